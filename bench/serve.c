/* serve.c - what a job costs from a client's call to its answer, through a whole bailiffd on a Unix
 * socket: its own users, walls and admission included.
 *
 * empty: /bin/true, one call at a time, beside plain spawns of it in shuffled turns; before each
 * the pool is given the moment that it needs, untimed, as in spawn.c. hurried: the same without
 * that moment, so that the next spare is made while others are measured. submission: a compile and
 * a hundred testcases on one slot: how long after a testcase's end its result is in the client's
 * hands, and how the whole compares with the programs' own wall times. queue: jobs of /bin/true
 * from a hundred connections, all sent at once. */
#include <stdio.h>
#include <string.h>

#include "bench/measure.h"
#include "bench/options.h"
#include "bench/requests.h"
#include "bench/service.h"
#include "bench/turns.h"
#include "proto/message.h"

enum { CASES = 100, CONNECTIONS = 100, JOBS_PER_ROUND = 10 };
enum { MESSAGE_MAX = 17 << 20 };

static const char true_path[] = "/bin/true";

struct bench {
    struct bl_loop *loop;
    struct bl_service_run service;
    struct bl_request empty, submission;
    struct bl_turns steady, hurried;
    struct bl_sample told;          /* submission: from a testcase's end to the client */
    uint64_t programs_ns, whole_ns; /* submission: the last one's */
    uint64_t jobs, jobs_ns;         /* queue */
    unsigned long peak_kib;
};

/* ---- calls ------------------------------------------------------------------------------------
 */

/* Calls under way, and what came of them. */
struct calls {
    struct bench *bench;
    struct bl_caller_calls with;
    uint64_t open, passed;
    bool failed;
    struct bl_err err;
};

static void fail(struct calls *calls, const char *why)
{
    if (!calls->failed)
        (void)bl_fail(&calls->err, BL_STEP_CONNECT, 0, "%s", why);
    calls->failed = true;
}

static void on_end(void *ctx, enum bl_rpc_status status, const char *message)
{
    struct calls *calls = ctx;

    if (status != BL_RPC_OK)
        fail(calls, message);
    if (--calls->open == 0 || calls->failed)
        bl_loop_stop(calls->bench->loop);
}

static void on_result(void *ctx, const uint8_t *bytes, size_t length, uint64_t told_ns)
{
    struct calls *calls = ctx;
    struct bl_message message;

    (void)told_ns;
    if (bl_message_read(&message, &bailiff__v1__job_result__descriptor, bytes, length, MESSAGE_MAX,
                        BL_MESSAGE_OPEN, &calls->err) < 0) {
        calls->failed = true;
        return;
    }
    const Bailiff__V1__JobResult *result = (const Bailiff__V1__JobResult *)message.root;
    if (result->done && result->done->outcome == BAILIFF__V1__OUTCOME__OUTCOME_PASSED)
        calls->passed++;
    else
        fail(calls, "a job that should have passed did not");
    bl_message_release(&message);
}

static void note_case(struct calls *calls, const Bailiff__V1__CaseResult *ended, uint64_t told_ns)
{
    struct bench *bench = calls->bench;

    if (ended->outcome != BAILIFF__V1__OUTCOME__OUTCOME_PASSED || ended->n_commands != 1) {
        fail(calls, "a case that should have passed did not");
        return;
    }
    bench->programs_ns += ended->commands[0]->usage->wall_time_ns;
    if (ended->step == 1 &&
        bl_sample_add(&bench->told, told_ns - ended->commands[0]->ended_ns, &calls->err) < 0)
        calls->failed = true;
}

static void on_event(void *ctx, const uint8_t *bytes, size_t length, uint64_t told_ns)
{
    struct calls *calls = ctx;
    struct bl_message message;

    if (bl_message_read(&message, &bailiff__v1__event__descriptor, bytes, length, MESSAGE_MAX,
                        BL_MESSAGE_OPEN, &calls->err) < 0) {
        calls->failed = true;
        return;
    }
    const Bailiff__V1__Event *event = (const Bailiff__V1__Event *)message.root;
    if (event->what_case == BAILIFF__V1__EVENT__WHAT_CASE_ENDED)
        note_case(calls, event->case_ended, told_ns);
    if (event->what_case == BAILIFF__V1__EVENT__WHAT_DONE)
        calls->bench->whole_ns += event->done->ran_ns;
    bl_message_release(&message);
}

static int await_all(struct calls *calls, struct bl_err *err)
{
    if (bl_loop_run(calls->bench->loop, err) < 0)
        return -1;
    if (!calls->failed)
        return 0;
    *err = calls->err;
    return -1;
}

static int call_once(struct bench *bench, struct bl_caller *caller, const char *method,
                     const struct bl_request *request, struct bl_err *err)
{
    struct calls calls = {.bench = bench, .open = 1};

    calls.with =
        (struct bl_caller_calls){strcmp(method, "Run") == 0 ? on_result : on_event, on_end, &calls};
    return bl_caller_call(caller, method, request, &calls.with, err) < 0 ? -1
                                                                         : await_all(&calls, err);
}

/* ---- the three measurements -------------------------------------------------------------------
 */

static int measure_empty(struct bench *bench, struct bl_caller *caller,
                         const struct bl_bench_options *options, struct bl_err *err)
{
    struct bl_turns_order order = {
        .loop = bench->loop,
        .caller = caller,
        .request = &bench->empty,
        .program = true_path,
        .warden = bl_service_warden(&bench->service),
        .rounds = options->rounds,
        .until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S,
    };

    if (bl_turns_take(&bench->steady, &order, err) < 0)
        return -1;
    order.warden = 0;
    order.until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S;
    return bl_turns_take(&bench->hurried, &order, err);
}

static int measure_submission(struct bench *bench, struct bl_caller *caller, struct bl_err *err)
{
    if (call_once(bench, caller, "Watch", &bench->submission, err) < 0) /* fills caches */
        return -1;
    bench->told.count = 0;
    bench->programs_ns = bench->whole_ns = 0;
    return call_once(bench, caller, "Watch", &bench->submission, err);
}

static int send_all(struct bench *bench, struct bl_caller *callers[CONNECTIONS],
                    struct calls *calls, struct bl_err *err)
{
    for (int i = 0; i < CONNECTIONS; i++)
        if (bl_caller_new(&callers[i], bench->loop, &bench->service.address, err) < 0)
            return -1;
    for (calls->open = 0; calls->open < bench->jobs; calls->open++)
        if (bl_caller_call(callers[calls->open % CONNECTIONS], "Run", &bench->empty, &calls->with,
                           err) < 0)
            return -1;
    return 0;
}

static int measure_queue(struct bench *bench, struct bl_err *err)
{
    struct bl_caller *callers[CONNECTIONS] = {NULL};
    struct calls calls = {.bench = bench};
    const uint64_t from_ns = bl_now_ns();

    calls.with = (struct bl_caller_calls){on_result, on_end, &calls};
    int status = send_all(bench, callers, &calls, err);
    if (status == 0)
        status = await_all(&calls, err);
    bench->jobs_ns = bl_now_ns() - from_ns;
    bench->peak_kib = bl_service_peak_kib(&bench->service);
    for (int i = 0; i < CONNECTIONS; i++)
        bl_caller_free(&callers[i]);
    return status;
}

static int measure(struct bench *bench, const struct bl_bench_options *options, struct bl_err *err)
{
    struct bl_caller *caller = NULL;

    bench->jobs = options->rounds * JOBS_PER_ROUND;
    if (bl_loop_new(&bench->loop, err) < 0 || bl_request_of_empty(&bench->empty, err) < 0 ||
        bl_request_of_submission(&bench->submission, CASES, err) < 0 ||
        bl_service_start(&bench->service, options->programs, err) < 0 ||
        bl_caller_new(&caller, bench->loop, &bench->service.address, err) < 0)
        return -1;
    int status = measure_empty(bench, caller, options, err);
    if (status == 0)
        status = measure_submission(bench, caller, err);
    bl_caller_free(&caller);
    return status < 0 ? -1 : measure_queue(bench, err);
}

/* ---- the answer -------------------------------------------------------------------------------
 */

static json_t *answer(struct bench *bench)
{
    bl_sample_sort(&bench->told);
    return json_pack("{s:{s:o, s:o, s:{s:f, s:f, s:f, s:i}, s:{s:I, s:f, s:f}}}", "serve", "empty",
                     bl_turns_json(&bench->steady), "hurried", bl_turns_json(&bench->hurried),
                     "submission", "told_p50_ms",
                     (double)bl_sample_at(&bench->told, 50) / (double)BL_NS_PER_MS, "told_p99_ms",
                     (double)bl_sample_at(&bench->told, 99) / (double)BL_NS_PER_MS,
                     "whole_by_programs", (double)bench->whole_ns / (double)bench->programs_ns,
                     "cases", CASES, "queue", "jobs", (json_int_t)bench->jobs, "jobs_per_second",
                     (double)bench->jobs * (double)BL_NS_PER_S / (double)bench->jobs_ns,
                     "worker_peak_mib", (double)bench->peak_kib / 1024);
}

static void release(struct bench *bench)
{
    bl_service_stop(&bench->service);
    bl_request_release(&bench->empty);
    bl_request_release(&bench->submission);
    bl_turns_release(&bench->steady);
    bl_turns_release(&bench->hurried);
    bl_sample_release(&bench->told);
    if (bench->loop)
        bl_loop_free(&bench->loop);
}

int main(int argc, char **argv)
{
    struct bl_bench_options options = {.rounds = 500, .seconds = 60};
    static struct bench bench = {.service.pid = -1};
    struct bl_err err;
    int status = bl_bench_options_read(&options, argc, argv, &err);

    if (status == 0)
        status = measure(&bench, &options, &err);
    if (status == 0)
        status = bl_bench_answer(&options, answer(&bench), &err);
    release(&bench);
    return bl_bench_exit("serve", status, &err);
}
