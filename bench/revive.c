/* revive.c - how long nobody is served when something is killed under load: the worker, the warden,
 * the init of a sandbox.
 *
 * Callers have jobs run without a break; after some answers one of the three gets SIGKILL. A worker
 * that has ended is started again 100 ms later, as its systemd unit has it; the time is from the
 * kill to the first job that passes. Of an init nobody but its own job should notice anything. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "bench/measure.h"
#include "bench/once.h"
#include "bench/options.h"
#include "bench/requests.h"
#include "bench/service.h"

enum { CALLERS = 8, RESTART_MS = 100, ANSWERS_LEAST = 20, ANSWERS_SPREAD = 40 };

enum victim { WORKER, WARDEN, INIT, VICTIMS };
static const char *const victims[VICTIMS] = {"worker", "warden", "init"};

struct revive {
    struct bl_loop *loop;
    struct bl_service_run service;
    struct bl_request empty;
    struct bl_caller *callers[CALLERS];
    struct bl_caller_calls with[CALLERS];
    struct crew {
        struct revive *revive;
        unsigned number;
    } crew[CALLERS];
    unsigned open, answers, enough; /* enough: how many answers until the loop stops */
    bool over;                      /* nobody calls again */
    uint64_t passed_ns, seed;
    struct bl_sample back[VICTIMS]; /* from the kill to the first that passes */
    struct bl_sample died, up;      /* of a worker: until it has ended, and from its start on */
};

/* ---- the load ---------------------------------------------------------------------------------
 */

static void call(struct crew *crew)
{
    struct revive *revive = crew->revive;
    struct bl_err err;

    if (!revive->over && bl_caller_call(revive->callers[crew->number], "Run", &revive->empty,
                                        &revive->with[crew->number], &err) == 0)
        revive->open++;
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length, uint64_t told_ns)
{
    struct crew *crew = ctx;

    if (bl_once_passed(bytes, length))
        crew->revive->passed_ns = told_ns;
}

static void on_end(void *ctx, enum bl_rpc_status status, const char *message)
{
    struct crew *crew = ctx;
    struct revive *revive = crew->revive;

    (void)message;
    revive->open--;
    revive->answers += status == BL_RPC_OK;
    if (status == BL_RPC_OK)
        call(crew);
    if (revive->open == 0 || revive->answers >= revive->enough)
        bl_loop_stop(revive->loop);
}

static int connect_all(struct revive *revive, struct bl_err *err)
{
    revive->over = false;
    revive->answers = revive->open = 0;
    for (unsigned i = 0; i < CALLERS; i++) {
        revive->crew[i] = (struct crew){revive, i};
        revive->with[i] = (struct bl_caller_calls){on_message, on_end, &revive->crew[i]};
        if (bl_caller_new(&revive->callers[i], revive->loop, &revive->service.address, err) < 0)
            return -1;
        call(&revive->crew[i]);
    }
    return 0;
}

static void leave_all(struct revive *revive)
{
    revive->over = true;
    for (unsigned i = 0; i < CALLERS; i++)
        bl_caller_free(&revive->callers[i]);
}

/* Until so many more have been answered, or nobody is served any more. */
static int go_on(struct revive *revive, unsigned answers, struct bl_err *err)
{
    revive->enough = revive->answers + answers;
    return bl_loop_run(revive->loop, err);
}

/* ---- the victims ------------------------------------------------------------------------------
 */

/* The number-th child of a process; the last one where it has fewer; 0: it has none. */
static pid_t child_of(pid_t pid, unsigned number)
{
    char path[64];
    pid_t child = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(path, "re");
    for (unsigned i = 0; file && i <= number; i++) {
        int one;

        if (fscanf(file, "%d", &one) != 1)
            break;
        child = one;
    }
    if (file)
        (void)fclose(file); /* read only */
    return child;
}

static pid_t victim_of(const struct revive *revive, enum victim victim)
{
    pid_t warden = child_of(revive->service.pid, 0);

    return victim == WORKER   ? revive->service.pid
           : victim == WARDEN ? warden
                              : child_of(warden, (unsigned)(revive->seed >> 32) % 4);
}

static int bring_back(struct revive *revive, const struct bl_bench_options *options,
                      uint64_t killed_ns, struct bl_err *err)
{
    int ignored;

    leave_all(revive);
    while (waitpid(revive->service.pid, &ignored, 0) < 0 && errno == EINTR)
        ;
    revive->service.pid = -1;
    if (bl_sample_add(&revive->died, bl_now_ns() - killed_ns, err) < 0)
        return -1;
    (void)poll(NULL, 0, RESTART_MS); /* as systemd waits */
    uint64_t from_ns = bl_now_ns();
    if (bl_service_again(&revive->service, options->programs, err) < 0 ||
        connect_all(revive, err) < 0)
        return -1;
    if (go_on(revive, 1, err) < 0)
        return -1;
    return bl_sample_add(&revive->up, bl_now_ns() - from_ns, err);
}

static int kill_one(struct revive *revive, enum victim victim,
                    const struct bl_bench_options *options, struct bl_err *err)
{
    size_t order[2]; /* only for the state to move on */

    bl_order_shuffle(order, 2, &revive->seed);
    if (go_on(revive, ANSWERS_LEAST + (unsigned)(revive->seed >> 32) % ANSWERS_SPREAD, err) < 0)
        return -1;
    pid_t pid = victim_of(revive, victim);
    uint64_t killed_ns = bl_now_ns();
    if (pid <= 0 || kill(pid, SIGKILL) < 0)
        return victim == INIT ? 0 : bl_fail(err, BL_STEP_CONNECT, errno, "%s", victims[victim]);
    revive->passed_ns = 0;
    while (revive->open > 0 && revive->passed_ns == 0)
        if (go_on(revive, victim == INIT ? 1 : UINT32_MAX / 2, err) < 0)
            return -1;
    if (victim != INIT) {
        while (revive->open > 0)
            if (go_on(revive, UINT32_MAX / 2, err) < 0)
                return -1;
        revive->passed_ns = 0;
        if (bring_back(revive, options, killed_ns, err) < 0)
            return -1;
    }
    if (revive->passed_ns == 0)
        return bl_fail(err, BL_STEP_CONNECT, 0, "nothing passes behind a killed %s",
                       victims[victim]);
    return bl_sample_add(&revive->back[victim], revive->passed_ns - killed_ns, err);
}

static int measure(struct revive *revive, const struct bl_bench_options *options,
                   struct bl_err *err)
{
    const uint64_t until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S;

    revive->seed = 20261122;
    if (bl_loop_new(&revive->loop, err) < 0 || bl_request_of_empty(&revive->empty, err) < 0 ||
        bl_service_start(&revive->service, options->programs, err) < 0 ||
        connect_all(revive, err) < 0)
        return -1;
    for (uint64_t round = 0; round < options->rounds; round++) {
        if (round > 0 && bl_now_ns() > until_ns)
            break;
        for (enum victim victim = WORKER; victim < VICTIMS; victim++)
            if (kill_one(revive, victim, options, err) < 0)
                return -1;
    }
    return 0;
}

/* ---- the answer -------------------------------------------------------------------------------
 */

static json_t *row(struct bl_sample *sample)
{
    bl_sample_sort(sample);
    return json_pack("{s:f, s:f, s:i}", "p50_ms",
                     (double)bl_sample_at(sample, 50) / (double)BL_NS_PER_MS, "max_ms",
                     (double)bl_sample_at(sample, 100) / (double)BL_NS_PER_MS, "times",
                     (int)sample->count);
}

static json_t *answer(struct revive *revive)
{
    double worst = 0;

    for (enum victim victim = WORKER; victim < VICTIMS; victim++) {
        bl_sample_sort(&revive->back[victim]);
        double most = (double)bl_sample_at(&revive->back[victim], 100) / (double)BL_NS_PER_MS;
        worst = most > worst ? most : worst;
    }
    return json_pack("{s:{s:o, s:o, s:o, s:o, s:o, s:f}}", "revive", "worker",
                     row(&revive->back[WORKER]), "warden", row(&revive->back[WARDEN]), "init",
                     row(&revive->back[INIT]), "until_dead", row(&revive->died), "start_to_answer",
                     row(&revive->up), "worst_ms", worst);
}

static void release(struct revive *revive)
{
    leave_all(revive);
    bl_service_stop(&revive->service);
    bl_request_release(&revive->empty);
    for (enum victim victim = WORKER; victim < VICTIMS; victim++)
        bl_sample_release(&revive->back[victim]);
    bl_sample_release(&revive->died);
    bl_sample_release(&revive->up);
    if (revive->loop)
        bl_loop_free(&revive->loop);
}

int main(int argc, char **argv)
{
    struct bl_bench_options options = {.rounds = 10, .seconds = 60};
    static struct revive revive = {.service.pid = -1};
    struct bl_err err;
    int status = bl_bench_options_read(&options, argc, argv, &err);

    if (status == 0)
        status = measure(&revive, &options, &err);
    if (status == 0)
        status = bl_bench_answer(&options, answer(&revive), &err);
    release(&revive);
    return bl_bench_exit("revive", status, &err);
}
