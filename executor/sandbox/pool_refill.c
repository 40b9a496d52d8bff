/* pool_refill.c - when spares are made, and of which kind (process: worker; see pool_spares.h). */
#include "bailiff/own.h"
#include "executor/sandbox/pool_spares.h"
#include "limits/cgroup.h"

#define RETRY_NS BL_NS_PER_S /* after a spare that could not be made; the next job is told why */

void bl_spare_forget(struct bl_spare *spare)
{
    struct bl_pool *pool = spare->pool;

    if (spare->ready)
        pool->stats.ready--;
    else
        pool->stats.making--;
    spare->kind->spares--;
    *spare = (struct bl_spare){.pool = pool};
}

void bl_spare_discard(struct bl_spare *spare)
{
    struct bl_sandbox *sandbox = spare->sandbox;

    bl_spare_forget(spare);
    bl_sandbox_free(&sandbox);
}

void bl_pool_want_refill(struct bl_pool *pool, uint64_t delay_ns)
{
    uint64_t at_ns = bl_now_ns() + delay_ns;

    if (pool->refill_ns != 0 && pool->refill_ns <= at_ns)
        return;
    pool->refill_ns = at_ns;
    bl_timer_arm(pool->refill, at_ns);
}

/* The testcases of a job have the same limits; where there is one slot, or one job, the next
 * program also runs where the last one did. */
static void expect_limits(const struct bl_spare *spare)
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
    struct bl_spare *spare = ctx;
    struct bl_pool *pool = spare->pool;

    if (event->kind == BL_SANDBOX_READY) {
        spare->ready = true;
        bl_demand_made(&spare->kind->demand, bl_now_ns() - spare->ordered_ns);
        pool->stats.making--;
        pool->stats.ready++;
        expect_limits(spare);
        bl_pipes_fill(&pool->pipes); /* as complete as the stock of spares is */
    } else {
        pool->stats.failures++;
        spare->kind->retry_ns = bl_now_ns() + RETRY_NS;
        bl_spare_discard(spare);
    }
    bl_pool_want_refill(pool, 0);
}

static struct bl_spare *free_place(struct bl_pool *pool)
{
    for (size_t i = 0; i < pool->options.spares_max; i++)
        if (!pool->spares[i].kind)
            return &pool->spares[i];
    return NULL;
}

/* Returns 0 where one is being made now. */
static int make_spare(struct bl_pool *pool, struct bl_kind *kind)
{
    struct bl_spare *spare = free_place(pool);
    struct bl_err err;

    if (!spare)
        return -1;
    *spare = (struct bl_spare){.pool = pool, .kind = kind, .ordered_ns = bl_now_ns()};
    if (bl_sandbox_make(&spare->sandbox, pool->warden, &kind->order, true, on_spare, spare, &err) <
        0) {
        *spare = (struct bl_spare){.pool = pool};
        kind->retry_ns = bl_now_ns() + RETRY_NS;
        pool->stats.failures++;
        return -1;
    }
    kind->spares++;
    pool->stats.making++;
    bl_loop_expect_no_more(bl_warden_loop(pool->warden), false); /* the warden needs a CPU */
    return 0;
}

unsigned bl_kind_wanted(const struct bl_pool *pool, const struct bl_kind *kind, uint64_t now_ns)
{
    return bl_stock_wanted(&kind->demand, now_ns, pool->options.spares_max);
}

/* The kind that lacks most; NULL: none lacks any. */
static struct bl_kind *neediest(struct bl_pool *pool, uint64_t now_ns)
{
    struct bl_kind *found = NULL;
    unsigned lack_max = 0;

    for (size_t i = 0; i < BL_ARRAY_LEN(pool->kinds); i++) {
        struct bl_kind *k = &pool->kinds[i];
        if (!k->used || now_ns < k->retry_ns)
            continue;
        unsigned stock = bl_kind_wanted(pool, k, now_ns);
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
        pool->wait_end_ns = now_ns + BL_POOL_LAUNCH_NS;
    pool->waits = between && now_ns < pool->wait_end_ns;
    return pool->waits;
}

/* While nobody is there whose CPU they could take. */
static void alert_spares(const struct bl_pool *pool)
{
    if (in_hand(pool) > 0)
        return;
    for (size_t i = 0; i < pool->options.spares_max; i++)
        if (pool->spares[i].ready)
            bl_sandbox_alert(pool->spares[i].sandbox);
}

/* A CPU for each program and for each spare in the making. Beyond that none is made: whatever its
 * priority, a making takes wall time from the programs then (docs/performance.md), and the next job
 * that finds no spare comes when a program has left its CPU, on which its sandbox is made. */
void bl_pool_refill(void *ctx)
{
    struct bl_pool *pool = ctx;
    const uint64_t now_ns = bl_now_ns();
    struct bl_kind *kind;

    pool->refill_ns = 0;
    if (must_wait(pool, now_ns)) {
        bl_pool_want_refill(pool, pool->wait_end_ns - now_ns);
        return;
    }
    alert_spares(pool);
    bl_pipes_fill(&pool->pipes);
    bl_warden_bury_dead(pool->warden); /* the warden is one thread, and busy with a spare soon */
    while (in_hand(pool) + pool->stats.making < pool->options.cpus &&
           (kind = neediest(pool, now_ns)))
        if (make_spare(pool, kind) < 0)
            return;
}
