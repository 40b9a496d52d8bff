/* One /bin/true in a sandbox, by the same way as `bailiff run`. */
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/doctor.h"
#include "executor/cli/message.h"
#include "executor/cli/run_plan.h"
#include "executor/job/run.h"
#include "limits/ceilings.h"
#include "limits/verdict.h"

struct attempt {
    struct bl_loop *loop;
    struct bl_warden *warden;
    struct bl_run *run;
    struct bl_doctor_trial *trial;
    char message[BL_MESSAGE_MAX]; /* how it ended, where that was not OK */
};

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct attempt *attempt = ctx;
    struct bl_doctor_trial *trial = attempt->trial;

    (void)run;
    trial->start_ns = result->start_latency_ns;
    trial->wall_ns = result->usage.wall_time_ns;
    (void)snprintf(trial->verdict, sizeof(trial->verdict), "%s", bl_verdict_name(result->verdict));
    if (result->verdict != BL_VERDICT_OK)
        (void)bl_result_message(result, attempt->message);
    bl_loop_stop(attempt->loop);
}

static int run(struct attempt *attempt, const struct bl_plan *plan, struct bl_err *err)
{
    static const char *const argv[] = {"/bin/true", NULL}, *const env[] = {NULL};
    struct bl_spec spec = {.argv = argv,
                           .env = env,
                           .limits = bl_limits_default(),
                           .collect_bytes_max = bl_limits_default().box_bytes};
    struct bl_run_order order = {.spec = &spec, .on_end = on_end, .ctx = attempt};
    uint64_t began_ns = bl_now_ns();

    for (size_t i = 0; i < BL_ARRAY_LEN(order.streams); i++)
        order.streams[i] = (struct bl_stream){BL_STREAM_NULL, -1};
    if (bl_loop_new(&attempt->loop, err) < 0 ||
        bl_warden_start(&attempt->warden, attempt->loop, plan, err) < 0)
        return -1;
    attempt->trial->warden_ns = bl_now_ns() - began_ns;
    if (bl_run_start(&attempt->run, attempt->loop, attempt->warden, &order, err) < 0)
        return -1;
    return bl_loop_run(attempt->loop, err);
}

int bl_doctor_trial(struct bl_doctor_trial *trial, struct bl_err *err)
{
    struct attempt attempt = {.trial = trial};
    struct bl_run_options options = {.seccomp = "default"};
    struct bl_run_files files = {0};
    struct bl_plan *plan = NULL;
    uint64_t began_ns = bl_now_ns();
    int status;

    *trial = (struct bl_doctor_trial){0};
    if (bl_run_plan_new(&plan, &options, &files, err) < 0)
        return -1;
    status = run(&attempt, plan, err);
    bl_run_free(&attempt.run);
    bl_warden_free(&attempt.warden);
    if (attempt.loop)
        bl_loop_free(&attempt.loop);
    bl_plan_free(&plan);
    trial->total_ns = bl_now_ns() - began_ns;
    if (status == 0 && attempt.message[0])
        return bl_fail(err, BL_STEP_EXEC, 0, "/bin/true: %s", attempt.message);
    return status;
}
