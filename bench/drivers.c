#include "bench/drivers.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bench/bare.h"
#include "executor/base/loop.h"

enum { DRIVERS_MAX = 64 };

/* What a driver says when it is done. */
struct report {
    uint64_t runs;
    struct bl_err err; /* step NONE: all well */
};

int bl_driver_bare(pid_t *pid, const char *const *argv, struct bl_err *err)
{
    return bl_bare_start(pid, argv, -1, -1, err);
}

static int run_one(bl_driver_fn *start, const char *const *argv, struct bl_err *err)
{
    int status;
    pid_t pid;

    if (start(&pid, argv, err) < 0 || bl_bare_wait(pid, &status, err) < 0)
        return -1;
    return status == 0 ? 0 : bl_fail(err, BL_STEP_EXEC, 0, "%s: status %d", argv[0], status);
}

__attribute__((noreturn)) static void drive(bl_driver_fn *start, const char *const *argv,
                                            uint64_t until_ns, int to)
{
    struct report report = {.err.step = BL_STEP_NONE};

    while (bl_now_ns() < until_ns && run_one(start, argv, &report.err) == 0)
        report.runs++;
    _exit(write(to, &report, sizeof(report)) == (ssize_t)sizeof(report) ? 0 : 1);
}

/* Every report is read, also after a failure: the pipe's order is not the drivers'. */
static int gather(int from, unsigned drivers, uint64_t *runs, struct bl_err *err)
{
    int status = 0;

    *runs = 0;
    for (unsigned i = 0; i < drivers; i++) {
        struct report report;
        if (read(from, &report, sizeof(report)) != (ssize_t)sizeof(report))
            return bl_fail(err, BL_STEP_PIPE, errno, "a driver ended early");
        *runs += report.runs;
        if (report.err.step != BL_STEP_NONE) {
            *err = report.err;
            status = -1;
        }
    }
    return status;
}

/* How many could be forked. */
static unsigned fork_drivers(bl_driver_fn *start, const char *const *argv, unsigned at_once,
                             uint64_t until_ns, int to, pid_t pids[DRIVERS_MAX])
{
    unsigned count = 0;

    for (; count < at_once && count < DRIVERS_MAX; count++) {
        pids[count] = fork();
        if (pids[count] == 0)
            drive(start, argv, until_ns, to);
        if (pids[count] < 0)
            break;
    }
    return count;
}

int bl_drivers_run(bl_driver_fn *start, const char *const *argv, unsigned at_once, uint64_t for_ns,
                   uint64_t *runs, uint64_t *took_ns, struct bl_err *err)
{
    uint64_t from_ns = bl_now_ns();
    pid_t pids[DRIVERS_MAX];
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return bl_fail(err, BL_STEP_PIPE, errno, "drivers");
    bl_autoclose int from = ends[0];
    bl_autoclose int to = ends[1];
    unsigned count = fork_drivers(start, argv, at_once, from_ns + for_ns, to, pids);
    bl_close_fd(&to);
    int status = gather(from, count, runs, err);
    for (unsigned i = 0; i < count; i++)
        while (waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
            ;
    *took_ns = bl_now_ns() - from_ns;
    if (status == 0 && count < at_once)
        return bl_fail(err, BL_STEP_FORK, EAGAIN, "%u drivers", at_once);
    return status;
}
