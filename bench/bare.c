#include "bench/bare.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor/base/loop.h"

static int start_redirected(pid_t *pid, const char *const *argv, int out, int complaints)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);

    if (failed)
        return failed;
    if (out >= 0)
        failed = posix_spawn_file_actions_adddup2(&actions, out, 1);
    if (!failed && complaints >= 0)
        failed = posix_spawn_file_actions_adddup2(&actions, complaints, 2);
    if (!failed)
        failed = posix_spawn(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions); /* can't fail in glibc */
    return failed;
}

int bl_bare_start(pid_t *pid, const char *const *argv, int out, int complaints, struct bl_err *err)
{
    int failed = out >= 0 || complaints >= 0 ? start_redirected(pid, argv, out, complaints)
                                             : posix_spawn(pid, argv[0], NULL, NULL,
                                                           (char *const *)(uintptr_t)argv, environ);

    return failed ? bl_fail(err, BL_STEP_EXEC, failed, "%s", argv[0]) : 0;
}

int bl_bare_wait(pid_t pid, int *exit_status, struct bl_err *err)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return bl_fail(err, BL_STEP_EXEC, errno, "wait for %d", (int)pid);
    if (!WIFEXITED(status))
        return bl_fail(err, BL_STEP_EXEC, 0, "ended by signal %d", WTERMSIG(status));
    *exit_status = WEXITSTATUS(status);
    return 0;
}

int bl_bare_run(const char *const *argv, int out, uint64_t *took_ns, struct bl_err *err)
{
    uint64_t from_ns = bl_now_ns();
    int status;
    pid_t pid;

    if (bl_bare_start(&pid, argv, out, -1, err) < 0 || bl_bare_wait(pid, &status, err) < 0)
        return -1;
    if (took_ns)
        *took_ns = bl_now_ns() - from_ns;
    return status == 0 ? 0 : bl_fail(err, BL_STEP_EXEC, 0, "%s: status %d", argv[0], status);
}
