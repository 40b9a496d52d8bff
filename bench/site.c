#include "bench/site.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "executor/base/loop.h"
#include "executor/sandbox/syscalls.h"
#include "limits/ceilings.h"
#include "limits/cgroup.h"

/* ---- the site
 * -------------------------------------------------------------------------------------
 */

__attribute__((noreturn)) static void echo(int socket)
{
    char byte;

    while (recv(socket, &byte, 1, 0) == 1 && send(socket, &byte, 1, 0) == 1)
        ;
    _exit(0);
}

static int start_echo(struct bl_site *site, struct bl_err *err)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return bl_fail(err, BL_STEP_PIPE, errno, "socketpair");
    site->echo = ends[0];
    bl_autoclose int theirs = ends[1];
    pid_t pid = fork();
    if (pid == 0) {
        bl_close_fd(&site->echo);
        echo(theirs);
    }
    return pid < 0 ? bl_fail(err, BL_STEP_FORK, errno, "echo") : 0;
}

/* The cgroup tree last: the echo must not hold a copy of its lock. */
int bl_site_prepare(struct bl_site *site, struct bl_err *err)
{
    site->policy = malloc(sizeof(*site->policy));
    site->page =
        mmap(NULL, sizeof(*site->page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!site->policy || site->page == MAP_FAILED)
        return bl_fail(err, BL_STEP_MEMORY, errno, "steps");
    if (bl_policy_load(site->policy, "default", err) < 0 || start_echo(site, err) < 0)
        return -1;
    return bl_cgroup_tree_open(&site->tree, NULL, err);
}

/* The end of the channel ends the echo. */
void bl_site_release(struct bl_site *site)
{
    bl_close_fd(&site->echo);
    if (site->tree)
        bl_cgroup_tree_free(&site->tree);
    free(site->policy);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
}

/* ---- four ways to time a step
 * ---------------------------------------------------------------------
 */

static int reap(pid_t pid, const struct bl_bench_step *step, struct bl_err *err)
{
    while (waitpid(pid, NULL, 0) < 0)
        if (errno != EINTR)
            return bl_fail(err, BL_STEP_FORK, errno, "%s", step->name);
    return 0;
}

/* From the clone until the child, which ends at once, is reaped. */
int bl_step_clone(struct bl_site *site, const struct bl_bench_step *step, uint64_t *took_ns,
                  struct bl_err *err)
{
    struct clone_args args = {.flags = step->flags, .exit_signal = SIGCHLD};
    uint64_t from_ns = bl_now_ns();
    pid_t pid = bl_clone3(&args);

    (void)site;
    if (pid == 0)
        _exit(0);
    if (pid < 0)
        return bl_fail(err, BL_STEP_FORK, errno, "%s", step->name);
    if (reap(pid, step, err) < 0)
        return -1;
    *took_ns = bl_now_ns() - from_ns;
    return 0;
}

__attribute__((noreturn)) static void try(struct bl_site *site, const struct bl_bench_step *step)
{
    site->page->failed = 0;
    errno = 0;
    if (step->prepare && step->prepare(site) < 0)
        site->page->failed = errno;
    uint64_t from_ns = bl_now_ns();
    if (!site->page->failed && step->work(site) < 0)
        site->page->failed = errno;
    site->page->took_ns = bl_now_ns() - from_ns;
    _exit(0);
}

int bl_step_in_child(struct bl_site *site, const struct bl_bench_step *step, uint64_t *took_ns,
                     struct bl_err *err)
{
    pid_t pid = fork();

    if (pid == 0)
        try(site, step);
    if (pid < 0)
        return bl_fail(err, BL_STEP_FORK, errno, "%s", step->name);
    if (reap(pid, step, err) < 0)
        return -1;
    if (site->page->failed)
        return bl_fail(err, BL_STEP_EXEC, site->page->failed, "%s", step->name);
    *took_ns = site->page->took_ns;
    return 0;
}

static int use_group(struct bl_cgroup *group, uint64_t ns[], struct bl_err *err)
{
    const struct bl_limits limits = bl_limits_default();
    struct bl_usage usage;
    uint64_t from_ns = bl_now_ns();

    if (bl_cgroup_limit(group, &limits, err) < 0)
        return -1;
    ns[BL_GROUP_LIMIT] = bl_now_ns() - from_ns;
    from_ns = bl_now_ns();
    if (bl_cgroup_usage(group, &usage, err) < 0)
        return -1;
    ns[BL_GROUP_READ] = bl_now_ns() - from_ns;
    return 0;
}

/* A group's whole life, without a process in it; one part of it is told. */
int bl_step_group(struct bl_site *site, const struct bl_bench_step *step, uint64_t *took_ns,
                  struct bl_err *err)
{
    struct bl_cgroup_files files;
    struct bl_cgroup_join join;
    struct bl_cgroup *group;
    uint64_t ns[BL_GROUP_PHASES], from_ns = bl_now_ns();
    bool gone = false;

    bl_cgroup_files_init(&files);
    bl_cgroup_join_init(&join);
    if (bl_cgroup_create(site->tree, ++site->serial, &files, &join, err) < 0)
        return -1;
    ns[BL_GROUP_CREATE] = bl_now_ns() - from_ns;
    bl_cgroup_join_release(&join);
    int status = bl_cgroup_adopt(&group, &files, err);
    if (status == 0) {
        status = use_group(group, ns, err);
        bl_cgroup_free(&group);
    }
    from_ns = bl_now_ns();
    if (bl_cgroup_remove(site->tree, site->serial, &gone, err) < 0 || status < 0)
        return -1;
    ns[BL_GROUP_REMOVE] = bl_now_ns() - from_ns;
    *took_ns = ns[step->phase];
    return 0;
}

/* One order and one answer: two processes woken. */
int bl_step_round_trip(struct bl_site *site, const struct bl_bench_step *step, uint64_t *took_ns,
                       struct bl_err *err)
{
    uint64_t from_ns = bl_now_ns();
    char byte = 0;

    if (send(site->echo, &byte, 1, 0) != 1 || recv(site->echo, &byte, 1, 0) != 1)
        return bl_fail(err, BL_STEP_PIPE, errno, "%s", step->name);
    *took_ns = bl_now_ns() - from_ns;
    return 0;
}
