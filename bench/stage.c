#include "bench/stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"
#include "limits/policy.h"
#include "limits/verdict.h"

#define LOOK_AGAIN_NS (500 * BL_NS_PER_US)
#define PATIENCE_NS (10 * BL_NS_PER_S)

static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};

/* ---- the stage --------------------------------------------------------------------------------
 */

static int fill_plan(struct bl_stage *stage, const char *programs, struct bl_err *err)
{
    bl_autofree struct bl_policy *policy = malloc(sizeof(*policy));
    unsigned root, number;

    if (!policy)
        return bl_fail(err, BL_STEP_MEMORY, errno, "policy");
    if (bl_plan_new(&stage->plan, err) < 0 || bl_plan_add_host_root(stage->plan, &root, err) < 0 ||
        bl_plan_add_entry(stage->plan, root, BL_ENTRY_BIND, programs, BL_STAGE_PROGRAMS, false,
                          false, err) < 0 ||
        bl_policy_load(policy, "default", err) < 0 ||
        bl_plan_add_policy(stage->plan, policy, &number, err) < 0)
        return -1;
    return bl_plan_add_profile(stage->plan, "bench", root, number, BL_NETWORK_NONE, &stage->profile,
                               err);
}

/* The warden is the child that was started last; its handle does not tell. */
static pid_t last_child(void)
{
    FILE *file = fopen("/proc/thread-self/children", "re");
    int pid = -1;

    while (file && fscanf(file, "%d", &pid) == 1)
        ;
    if (file)
        (void)fclose(file); /* read only */
    return pid;
}

static int open_pool(struct bl_stage *stage, struct bl_err *err)
{
    struct bl_pool_options options = bl_pool_default_options();

    if (stage->spares_max > 0)
        options.spares_max = stage->spares_max;
    if (stage->cpus > 0)
        options.cpus = stage->cpus;
    options.idle_ns = 3600 * BL_NS_PER_S; /* others are measured meanwhile: no kind is given up */
    return bl_pool_new(&stage->pool, stage->warden, &options, err);
}

int bl_stage_open(struct bl_stage *stage, const char *programs, bool with_pool, struct bl_err *err)
{
    if (bl_loop_new(&stage->loop, err) < 0 || fill_plan(stage, programs, err) < 0 ||
        bl_warden_start(&stage->warden, stage->loop, stage->plan, err) < 0)
        return -1;
    stage->warden_pid = last_child();
    stage->spec = (struct bl_spec){
        .env = environment, .limits = bl_limits_default(), .profile = stage->profile};
    stage->order = (struct bl_run_order){.spec = &stage->spec};
    return with_pool ? open_pool(stage, err) : 0;
}

void bl_stage_close(struct bl_stage *stage)
{
    bl_pool_free(&stage->pool);
    bl_warden_free(&stage->warden);
    if (stage->plan)
        bl_plan_free(&stage->plan);
    if (stage->loop)
        bl_loop_free(&stage->loop);
}

/* ---- waiting for the stock --------------------------------------------------------------------
 */

struct wait {
    struct bl_stage *stage;
    struct bl_timer *timer;
    unsigned spares;
    uint64_t until_ns;
};

static void look_again(void *ctx)
{
    struct wait *wait = ctx;

    if (bl_pool_stats(wait->stage->pool).ready >= wait->spares || bl_now_ns() > wait->until_ns)
        bl_loop_stop(wait->stage->loop);
    else
        bl_timer_arm(wait->timer, bl_now_ns() + LOOK_AGAIN_NS);
}

int bl_stage_restock(struct bl_stage *stage, unsigned spares, struct bl_err *err)
{
    struct wait wait = {.stage = stage, .spares = spares, .until_ns = bl_now_ns() + PATIENCE_NS};

    if (bl_pool_stats(stage->pool).ready >= spares)
        return 0;
    if (bl_timer_new(&wait.timer, stage->loop, look_again, &wait, err) < 0)
        return -1;
    bl_timer_arm(wait.timer, bl_now_ns());
    int status = bl_loop_run(stage->loop, err);
    bl_timer_free(&wait.timer);
    if (status == 0 && bl_pool_stats(stage->pool).ready < spares)
        return bl_fail(err, BL_STEP_SLOTS, 0, "no spare became ready");
    return status;
}

/* ---- runs -------------------------------------------------------------------------------------
 */

/* One run, or a stretch of them: whoever ends starts the next while there is one to come. */
struct flow {
    struct bl_stage *stage;
    const char *const *argv;
    int out;
    uint64_t runs_max, until_ns;
    uint64_t started, ended, warm;
    struct bl_turn last; /* took_ns: not yet a duration but the moment of the end */
    bool failed;
    struct bl_err err;
};

static void note_failure(struct flow *flow, const struct bl_result *result)
{
    if (flow->failed)
        return;
    flow->failed = true;
    if (result->error.step != BL_STEP_NONE)
        flow->err = result->error;
    else
        bl_err_fill(&flow->err, BL_STEP_EXEC, 0, "%s: %s", flow->argv[0],
                    bl_verdict_name(result->verdict));
}

static int start(struct flow *flow);

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct flow *flow = ctx;

    flow->last = (struct bl_turn){.took_ns = bl_now_ns(),
                                  .start_latency_ns = result->start_latency_ns,
                                  .program_ns = result->ended_ns - result->started_ns,
                                  .warm = result->warm};
    flow->last.end_ns = flow->last.took_ns - result->ended_ns;
    flow->ended++;
    flow->warm += result->warm;
    if (result->verdict != BL_VERDICT_OK)
        note_failure(flow, result);
    if (flow->stage->programs && !flow->failed &&
        bl_sample_add(flow->stage->programs, flow->last.program_ns, &flow->err) < 0)
        flow->failed = true;
    bl_run_free(&run);
    if (!flow->failed && flow->started < flow->runs_max && bl_now_ns() < flow->until_ns &&
        start(flow) < 0)
        flow->failed = true;
    if (flow->ended == flow->started)
        bl_loop_stop(flow->stage->loop);
}

static int start(struct flow *flow)
{
    struct bl_stage *stage = flow->stage;
    struct bl_run *run;

    stage->spec.argv = flow->argv;
    stage->order.on_end = on_end;
    stage->order.ctx = flow;
    stage->order.streams[1] = flow->out < 0 ? (struct bl_stream){BL_STREAM_NULL, -1}
                                            : (struct bl_stream){BL_STREAM_RELAY, flow->out};
    if (bl_run_start(&run, stage->loop, stage->warden, &stage->order, &flow->err) < 0)
        return -1;
    flow->started++;
    return 0;
}

static int serve(struct flow *flow, struct bl_err *err)
{
    if (flow->started > 0 && bl_loop_run(flow->stage->loop, err) < 0)
        return -1;
    if (!flow->failed)
        return 0;
    *err = flow->err;
    return -1;
}

int bl_stage_run(struct bl_stage *stage, const char *const *argv, int out, struct bl_turn *turn,
                 struct bl_err *err)
{
    struct flow flow = {.stage = stage, .argv = argv, .out = out, .runs_max = 1};
    uint64_t from_ns = bl_now_ns();

    flow.failed = start(&flow) < 0;
    if (serve(&flow, err) < 0)
        return -1;
    *turn = flow.last;
    turn->took_ns -= from_ns;
    return 0;
}

int bl_stage_stretch(struct bl_stage *stage, const char *const *argv, unsigned at_once,
                     uint64_t runs_max, uint64_t for_ns, struct bl_stretch *stretch,
                     struct bl_err *err)
{
    const uint64_t from_ns = bl_now_ns();
    struct flow flow = {.stage = stage,
                        .argv = argv,
                        .out = -1,
                        .runs_max = runs_max,
                        .until_ns = from_ns + for_ns};
    const unsigned spares = stage->pool ? bl_pool_stats(stage->pool).ready : 0;

    for (unsigned i = 0; i < at_once && flow.started < runs_max && !flow.failed; i++)
        flow.failed = start(&flow) < 0;
    if (serve(&flow, err) < 0 || (stage->pool && bl_stage_restock(stage, spares, err) < 0))
        return -1;
    *stretch = (struct bl_stretch){
        .runs = flow.ended, .warm = flow.warm, .took_ns = bl_now_ns() - from_ns};
    return 0;
}
