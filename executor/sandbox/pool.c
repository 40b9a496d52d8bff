/* pool.c - see pool.h (process: worker). */
#include "executor/sandbox/pool.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/sandbox/pool_private.h"
#include "executor/sandbox/stock.h"
#include "executor/sandbox/warden_private.h"
#include "limits/cgroup.h"

#define RETRY_NS BL_NS_PER_S /* after a spare that could not be made; the next job is told why */

/* When the next spare is begun. Not at once: the program's end, whoever is told of it and the
 * spare's making would want the same CPUs. A long program leaves time enough while it runs. */
#define AFTER_END_NS (300 * BL_NS_PER_US)
#define AFTER_TAKE_NS (5 * BL_NS_PER_MS)

struct spare {
    struct bl_pool *pool;
    struct kind *kind; /* NULL: this place is free */
    struct bl_sandbox *sandbox;
    uint64_t ordered_ns;
    bool ready;
};

struct kind {
    bool used;
    struct bl_sandbox_order order;
    struct bl_demand demand;
    unsigned in_use; /* taken or made for jobs, not ended */
    unsigned spares;
    uint64_t asked_ns, retry_ns;
    struct bl_limits limits; /* of the last one that was launched */
    bool same_amounts;       /* the one before it had these of memory, processes and CPU time */
    bool same_cpus;          /* and ran there, too */
};

struct bl_pool {
    struct bl_warden *warden;
    struct bl_pool_options options;
    struct kind kinds[BL_POOL_KINDS_MAX];
    struct spare spares[BL_POOL_SPARES_MAX];
    struct bl_timer *refill;
    uint64_t refill_ns; /* when it is due; 0: not armed */
    bool waits;         /* the refill: for a launch, until wait_end_ns at most */
    uint64_t wait_end_ns;
    struct bl_timer *tick;
    struct bl_pool_stats stats;
};

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

static struct kind *find_kind(struct bl_pool *pool, const struct bl_sandbox_order *order)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(pool->kinds); i++)
        if (pool->kinds[i].used && same(&pool->kinds[i].order, order))
            return &pool->kinds[i];
    return NULL;
}

/* NULL: as many kinds are in use as there are places; this one goes without spares. */
static struct kind *add_kind(struct bl_pool *pool, const struct bl_sandbox_order *order)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(pool->kinds); i++)
        if (!pool->kinds[i].used) {
            pool->kinds[i] = (struct kind){
                .used = true, .order = *order, .demand.period_ns = pool->options.idle_ns};
            return &pool->kinds[i];
        }
    return NULL;
}

/* ---- spares -----------------------------------------------------------------------------------
 */

static void forget(struct spare *spare)
{
    struct bl_pool *pool = spare->pool;

    if (spare->ready)
        pool->stats.ready--;
    else
        pool->stats.making--;
    spare->kind->spares--;
    *spare = (struct spare){.pool = pool};
}

static void discard(struct spare *spare)
{
    struct bl_sandbox *sandbox = spare->sandbox;

    forget(spare);
    bl_sandbox_free(&sandbox);
}

/* The soonest wish counts. */
static void want_refill(struct bl_pool *pool, uint64_t delay_ns)
{
    uint64_t at_ns = bl_now_ns() + delay_ns;

    if (pool->refill_ns != 0 && pool->refill_ns <= at_ns)
        return;
    pool->refill_ns = at_ns;
    bl_timer_arm(pool->refill, at_ns);
}

/* The testcases of a job have the same limits; where there is one slot, or one job, the next
 * program also runs where the last one did. */
static void expect_limits(const struct spare *spare)
{
    struct bl_limits limits = spare->kind->limits;

    if (!spare->kind->same_cpus)
        limits.cpuset[0] = '\0';
    if (spare->kind->same_amounts)
        bl_cgroup_expect(bl_sandbox_cgroup(spare->sandbox), &limits);
}

/* A spare has only two things to say. */
static void on_spare(void *ctx, const struct bl_sandbox_event *event)
{
    struct spare *spare = ctx;
    struct bl_pool *pool = spare->pool;

    if (event->kind == BL_SANDBOX_READY) {
        spare->ready = true;
        bl_demand_made(&spare->kind->demand, bl_now_ns() - spare->ordered_ns);
        pool->stats.making--;
        pool->stats.ready++;
        expect_limits(spare);
    } else {
        pool->stats.failures++;
        spare->kind->retry_ns = bl_now_ns() + RETRY_NS;
        discard(spare);
    }
    want_refill(pool, 0);
}

static struct spare *free_place(struct bl_pool *pool)
{
    for (size_t i = 0; i < pool->options.spares_max; i++)
        if (!pool->spares[i].kind)
            return &pool->spares[i];
    return NULL;
}

/* Returns 0 where one is being made now. */
static int make_spare(struct bl_pool *pool, struct kind *kind)
{
    struct spare *spare = free_place(pool);
    struct bl_err err;

    if (!spare)
        return -1;
    *spare = (struct spare){.pool = pool, .kind = kind, .ordered_ns = bl_now_ns()};
    if (bl_sandbox_make(&spare->sandbox, pool->warden, &kind->order, true, on_spare, spare, &err) <
        0) {
        *spare = (struct spare){.pool = pool};
        kind->retry_ns = bl_now_ns() + RETRY_NS;
        pool->stats.failures++;
        return -1;
    }
    kind->spares++;
    pool->stats.making++;
    return 0;
}

static unsigned wanted(const struct bl_pool *pool, const struct kind *kind, uint64_t now_ns)
{
    return bl_stock_wanted(&kind->demand, now_ns, pool->options.spares_max);
}

/* The kind that lacks most; NULL: none lacks any. */
static struct kind *neediest(struct bl_pool *pool, uint64_t now_ns)
{
    struct kind *found = NULL;
    unsigned lack_max = 0;

    for (size_t i = 0; i < BL_ARRAY_LEN(pool->kinds); i++) {
        struct kind *k = &pool->kinds[i];
        if (!k->used || now_ns < k->retry_ns)
            continue;
        unsigned stock = wanted(pool, k, now_ns);
        if (stock > k->spares && stock - k->spares > lack_max) {
            lack_max = stock - k->spares;
            found = k;
        }
    }
    return found;
}

/* Taken or made for jobs, not ended. */
static unsigned taken(const struct bl_pool *pool)
{
    unsigned taken = 0;

    for (size_t i = 0; i < BL_ARRAY_LEN(pool->kinds); i++)
        taken += pool->kinds[i].in_use;
    return taken;
}

/* Programs that run or are about to: who has taken a sandbox has not launched in it yet, and needs
 * its CPU the more. Those beyond the kinds that there is place for count once they run. */
static unsigned in_hand(const struct bl_pool *pool)
{
    const unsigned running = *bl_warden_running(pool->warden), all = taken(pool);

    return all > running ? all : running;
}

/* Between a sandbox's taking and its launch the worker, the warden and init have work for it: a
 * making would have the CPU first, for a millisecond or two. Not for ever: inputs may have to be
 * read, and where many come there is always somebody in between. */
static bool must_wait(struct bl_pool *pool, uint64_t now_ns)
{
    const bool between = taken(pool) > *bl_warden_running(pool->warden);

    if (between && !pool->waits)
        pool->wait_end_ns = now_ns + AFTER_TAKE_NS;
    pool->waits = between && now_ns < pool->wait_end_ns;
    return pool->waits;
}

/* A CPU for each program and for each spare in the making. Beyond that none is made: whatever its
 * priority, a making takes wall time from the programs then (docs/performance.md), and the next job
 * that finds no spare comes when a program has left its CPU, on which its sandbox is made. */
static void refill(void *ctx)
{
    struct bl_pool *pool = ctx;
    const uint64_t now_ns = bl_now_ns();
    struct kind *kind;

    pool->refill_ns = 0;
    if (must_wait(pool, now_ns)) {
        want_refill(pool, pool->wait_end_ns - now_ns);
        return;
    }
    bl_warden_bury_dead(pool->warden); /* the warden is one thread, and busy with a spare soon */
    while (in_hand(pool) + pool->stats.making < pool->options.cpus &&
           (kind = neediest(pool, now_ns)))
        if (make_spare(pool, kind) < 0)
            return;
}

static void drop_kind(struct bl_pool *pool, struct kind *kind)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(pool->spares); i++)
        if (pool->spares[i].kind == kind)
            discard(&pool->spares[i]);
    *kind = (struct kind){0};
}

/* Fewer come than did. */
static void drop_excess(struct bl_pool *pool, struct kind *kind, uint64_t now_ns)
{
    unsigned stock = wanted(pool, kind, now_ns);

    for (size_t i = 0; i < BL_ARRAY_LEN(pool->spares) && kind->spares > stock; i++)
        if (pool->spares[i].kind == kind)
            discard(&pool->spares[i]);
}

static void on_tick(void *ctx)
{
    struct bl_pool *pool = ctx;
    uint64_t now_ns = bl_now_ns();

    for (size_t i = 0; i < BL_ARRAY_LEN(pool->kinds); i++) {
        struct kind *k = &pool->kinds[i];
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
        bl_timer_new(&pool->refill, bl_warden_loop(warden), refill, pool, err) < 0) {
        if (pool->tick)
            bl_timer_free(&pool->tick);
        free(pool);
        return -1;
    }
    bl_timer_arm(pool->tick, bl_now_ns() + options->idle_ns);
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
    free(p);
}

struct bl_pool_stats bl_pool_stats(const struct bl_pool *pool)
{
    return pool->stats;
}

struct bl_sandbox *bl_pool_take(struct bl_pool *pool, const struct bl_sandbox_order *order)
{
    struct kind *kind = find_kind(pool, order);
    struct spare *best = NULL;

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
        struct spare *s = &pool->spares[i];
        if (s->kind == kind && (!best || (s->ready && !best->ready)))
            best = s;
    }
    if (best && best->ready)
        pool->stats.hits++;
    else
        pool->stats.misses++;
    want_refill(pool, AFTER_TAKE_NS);
    if (!best)
        return NULL;
    struct bl_sandbox *sandbox = best->sandbox;
    forget(best);
    return sandbox;
}

void bl_pool_note_limits(struct bl_pool *pool, const struct bl_sandbox_order *order,
                         const struct bl_limits *limits)
{
    struct kind *kind = find_kind(pool, order);

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
        want_refill(pool, 0);
}

void bl_pool_released(struct bl_pool *pool, const struct bl_sandbox_order *order)
{
    struct kind *kind = find_kind(pool, order);

    if (kind && kind->in_use > 0)
        kind->in_use--;
    want_refill(pool, AFTER_END_NS);
}
