/* pool.c - see pool.h (process: worker). */
#include "executor/sandbox/pool.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/sandbox/pool_spares.h"

/* When the next spare is begun. Not at once: the program's end, whoever is told of it and the
 * spare's making would want the same CPUs. A long program leaves time enough while it runs. */
#define AFTER_END_NS (300 * BL_NS_PER_US)

/* A program that ends sooner finds the worker awake (bl_loop_expect()). */
#define AWAKE_NS (1500 * BL_NS_PER_US)

static unsigned usable_cpus(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

struct bl_pool_options bl_pool_default_options(void)
{
    const unsigned cpus = usable_cpus(), spares = 2 * cpus;

    return (struct bl_pool_options){
        .spares_max = spares < BL_POOL_SPARES_MAX ? spares : BL_POOL_SPARES_MAX,
        .idle_ns = 10 * BL_NS_PER_S,
        .cpus = cpus,
    };
}

static bool same(const struct bl_sandbox_order *a, const struct bl_sandbox_order *b)
{
    return a->profile == b->profile && a->box_bytes == b->box_bytes &&
           a->box_files == b->box_files && a->tmp_bytes == b->tmp_bytes &&
           a->tmp_files == b->tmp_files;
}

static struct bl_kind *find_kind(struct bl_pool *pool, const struct bl_sandbox_order *order)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(pool->kinds); i++)
        if (pool->kinds[i].used && same(&pool->kinds[i].order, order))
            return &pool->kinds[i];
    return NULL;
}

/* NULL: as many kinds are in use as there are places; this one goes without spares. */
static struct bl_kind *add_kind(struct bl_pool *pool, const struct bl_sandbox_order *order)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(pool->kinds); i++)
        if (!pool->kinds[i].used) {
            pool->kinds[i] = (struct bl_kind){
                .used = true, .order = *order, .demand.period_ns = pool->options.idle_ns};
            return &pool->kinds[i];
        }
    return NULL;
}

static void drop_kind(struct bl_pool *pool, struct bl_kind *kind)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(pool->spares); i++)
        if (pool->spares[i].kind == kind)
            bl_spare_discard(&pool->spares[i]);
    *kind = (struct bl_kind){0};
}

/* Fewer come than did. */
static void drop_excess(struct bl_pool *pool, struct bl_kind *kind, uint64_t now_ns)
{
    unsigned stock = bl_kind_wanted(pool, kind, now_ns);

    for (size_t i = 0; i < BL_ARRAY_LEN(pool->spares) && kind->spares > stock; i++)
        if (pool->spares[i].kind == kind)
            bl_spare_discard(&pool->spares[i]);
}

static void on_tick(void *ctx)
{
    struct bl_pool *pool = ctx;
    uint64_t now_ns = bl_now_ns();

    for (size_t i = 0; i < BL_ARRAY_LEN(pool->kinds); i++) {
        struct bl_kind *k = &pool->kinds[i];
        if (k->used && k->in_use == 0 && now_ns - k->asked_ns > pool->options.idle_ns)
            drop_kind(pool, k);
        else if (k->used)
            drop_excess(pool, k, now_ns);
    }
    bl_timer_arm(pool->tick, now_ns + pool->options.idle_ns);
}

/* ---- the pool ---------------------------------------------------------------------------------
 */

int bl_pool_new(struct bl_pool **out, struct bl_warden *warden,
                const struct bl_pool_options *options, struct bl_err *err)
{
    assert(!bl_warden_pool(warden));
    if (options->spares_max < 1 || options->spares_max > BL_POOL_SPARES_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "spares: %u, from 1 to %d", options->spares_max,
                       BL_POOL_SPARES_MAX);
    if (options->idle_ns == 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "idle time of spares: 0, must be more");
    if (options->cpus == 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "CPUs of the pool: 0, must be more");
    struct bl_pool *pool = calloc(1, sizeof(*pool));
    if (!pool)
        return bl_fail(err, BL_STEP_MEMORY, errno, "the pool");
    pool->warden = warden;
    pool->options = *options;
    for (size_t i = 0; i < BL_ARRAY_LEN(pool->spares); i++)
        pool->spares[i].pool = pool;
    if (bl_timer_new(&pool->tick, bl_warden_loop(warden), on_tick, pool, err) < 0 ||
        bl_timer_new(&pool->refill, bl_warden_loop(warden), bl_pool_refill, pool, err) < 0) {
        if (pool->tick)
            bl_timer_free(&pool->tick);
        free(pool);
        return -1;
    }
    bl_timer_arm(pool->tick, bl_now_ns() + options->idle_ns);
    bl_pipes_fill(&pool->pipes);
    bl_warden_set_pool(warden, pool);
    *out = pool;
    return 0;
}

void bl_pool_free(struct bl_pool **pool)
{
    struct bl_pool *p = *pool;

    if (!p)
        return;
    *pool = NULL;
    bl_warden_set_pool(p->warden, NULL);
    for (size_t i = 0; i < BL_ARRAY_LEN(p->kinds); i++)
        if (p->kinds[i].used)
            drop_kind(p, &p->kinds[i]);
    bl_timer_free(&p->refill);
    bl_timer_free(&p->tick);
    bl_pipes_release(&p->pipes);
    free(p);
}

struct bl_pool_stats bl_pool_stats(const struct bl_pool *pool)
{
    return pool->stats;
}

struct bl_pipes *bl_pool_pipes(struct bl_pool *pool)
{
    return &pool->pipes;
}

struct bl_sandbox *bl_pool_take(struct bl_pool *pool, const struct bl_sandbox_order *order)
{
    struct bl_kind *kind = find_kind(pool, order);
    struct bl_spare *best = NULL;

    if (!kind)
        kind = add_kind(pool, order);
    if (!kind) {
        pool->stats.misses++;
        return NULL;
    }
    kind->asked_ns = bl_now_ns();
    kind->in_use++;
    bl_demand_arrived(&kind->demand, kind->asked_ns);
    for (size_t i = 0; i < BL_ARRAY_LEN(pool->spares); i++) {
        struct bl_spare *s = &pool->spares[i];
        if (s->kind == kind && (!best || (s->ready && !best->ready)))
            best = s;
    }
    if (best && best->ready)
        pool->stats.hits++;
    else
        pool->stats.misses++;
    bl_pool_want_refill(pool, BL_POOL_LAUNCH_NS);
    if (!best)
        return NULL;
    struct bl_sandbox *sandbox = best->sandbox;
    bl_spare_forget(best);
    return sandbox;
}

void bl_pool_note_limits(struct bl_pool *pool, const struct bl_sandbox_order *order,
                         const struct bl_limits *limits)
{
    struct bl_kind *kind = find_kind(pool, order);

    if (!kind)
        return;
    kind->same_amounts = kind->limits.memory_bytes == limits->memory_bytes &&
                         kind->limits.pids == limits->pids &&
                         kind->limits.cpus_milli == limits->cpus_milli;
    kind->same_cpus = strcmp(kind->limits.cpuset, limits->cpuset) == 0;
    kind->limits = *limits;
}

void bl_pool_launched(struct bl_pool *pool)
{
    if (pool->waits)
        bl_pool_want_refill(pool, 0);
    if (pool->stats.making == 0) /* else the warden needs our CPU */
        bl_loop_expect(bl_warden_loop(pool->warden), AWAKE_NS);
}

void bl_pool_released(struct bl_pool *pool, const struct bl_sandbox_order *order)
{
    struct bl_kind *kind = find_kind(pool, order);

    if (kind && kind->in_use > 0)
        kind->in_use--;
    bl_loop_expect_no_more(bl_warden_loop(pool->warden), true);
    bl_pool_want_refill(pool, AFTER_END_NS);
}
