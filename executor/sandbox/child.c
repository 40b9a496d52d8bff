/* child.c - the program's process until it is the program (process: the program's; system calls and
 * plain arithmetic only; see child.h). */
#include "executor/sandbox/child.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/sandbox/launch.h"
#include "executor/sandbox/syscalls.h"

/* The exec order as it arrived, and the pointers into it. Static: only one order ever comes, and
 * the pages of a copy that is never touched cost nothing. */
static union {
    struct bl_launch header;
    char bytes[BL_LAUNCH_BYTES_MAX + 1];
} order;
static struct bl_launch_words words;
static int stdio[3] = {-1, -1, -1};

/* ---- launch: after the order ------------------------------------------------------------------
 */

/* Moves the received descriptors to 0, 1, 2 and closes every other but the channels. 0 to 2 have
 * been the warden's /dev/null all along, so what arrived lies above. Closed, not only marked: the
 * listener of a filter that is still to come needs a number below the limit of open files. */
static int place_stdio(struct bl_init *init)
{
    for (int i = 0; i < 3; i++) {
        init->index = i;
        if (dup2(stdio[i], i) < 0)
            return -1;
    }
    init->index = -1;
    if (close_range(3, BL_CHILD_ORDER_FD - 1, 0) < 0)
        return -1;
    return close_range(BL_POLICY_LAUNCH_FD + 1, ~0U, 0);
}

static int enter_workdir(struct bl_init *init)
{
    (void)init;
    return strcmp(words.workdir, BL_BOX) == 0 ? 0 : chdir(words.workdir); /* settled there */
}

static int set_rlimits(struct bl_init *init)
{
    const struct bl_launch *l = &order.header;
    const struct bl_child_limit limits[] = {
        {RLIMIT_CPU, l->cpu_seconds, l->cpu_seconds + 1},
        {RLIMIT_FSIZE, l->file_size_bytes, l->file_size_bytes},
        {RLIMIT_STACK, l->stack_bytes, l->stack_bytes},
        {RLIMIT_NOFILE, l->open_files, l->open_files},
    };

    return bl_child_set_limits(init, limits, BL_ARRAY_LEN(limits));
}

static int load_seccomp_late(struct bl_init *init)
{
    return init->loads_late ? bl_child_load_seccomp(init) : 0;
}

static const struct bl_init_step launch[] = {
    {BL_STEP_CHILD_FDS, place_stdio},
    {BL_STEP_WORKDIR, enter_workdir},
    {BL_STEP_CHILD_RLIMIT, set_rlimits},
    {BL_STEP_CHILD_SECCOMP_LATE, load_seccomp_late},
};

/* ---- the exec ----------------------------------------------------------------------------------
 */

__attribute__((noreturn)) static void fail(struct bl_init *init,
                                           const struct bl_setup_failure *failure)
{
    /* Init tells the worker. The copy first: it works on both sides of the filter. */
    if (bl_wire_send(BL_POLICY_LAUNCH_FD, failure, sizeof(*failure), NULL, 0) < 0)
        (void)bl_wire_send(init->inner[1], failure, sizeof(*failure), NULL, 0);
    _exit(125);
}

__attribute__((noreturn)) static void fail_at(struct bl_init *init, enum bl_step step)
{
    const struct bl_setup_failure failure = {(int32_t)step, errno, -1};

    fail(init, &failure);
}

static void stamp(struct bl_init *init)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
    init->page->started_ns = (uint64_t)now.tv_sec * BL_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* The pages that the launch will write to and run, and those of this time namespace's clock: a
 * fault less for each between the order and the exec. An order of one empty word is read for that.
 */
static void touch_pages(struct bl_init *init)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
    init->page->started_ns = 0;
    order.header.argc = 1;
    (void)bl_launch_read(&words, order.bytes, sizeof(order.header) + 2);
    stdio[0] = -1;
}

/* Not the C library's own: its page would be touched for the first time, and syscall()'s is there.
 * Returns only where it failed, with errno. */
static void execute(const char *path)
{
    (void)syscall(SYS_execve, path, words.argv, words.envp);
}

/* Tries every folder of PATH, as execvp(3) does; without its fall-back to a shell. errno of the
 * first that is there but can't be executed, else ENOENT. */
static void exec_in_path(const char *path)
{
    static char candidate[PATH_MAX];
    const char *name = words.argv[0];
    size_t name_length = strlen(name);
    int denied = 0;

    for (const char *at = path, *end; *at; at = *end ? end + 1 : end) {
        end = strchr(at, ':');
        if (!end)
            end = at + strlen(at);
        size_t length = (size_t)(end - at);
        if (length == 0 || length + 1 + name_length >= sizeof(candidate))
            continue; /* an empty one would mean the working directory: the program's own */
        memcpy(candidate, at, length);
        candidate[length] = '/';
        memcpy(candidate + length + 1, name, name_length + 1);
        execute(candidate);
        if (errno != ENOENT && errno != ENOTDIR && !denied)
            denied = errno;
    }
    errno = denied ? denied : ENOENT;
}

static void exec_program(void)
{
    const char *path = "";

    if (strchr(words.argv[0], '/')) {
        execute(words.argv[0]);
        return;
    }
    for (char **e = words.envp; *e; e++)
        if (strncmp(*e, "PATH=", 5) == 0)
            path = *e + 5;
    exec_in_path(path);
}

/* ---- until the order comes ---------------------------------------------------------------------
 */

/* What the exec would have to take down for us. That needs other CPUs' consent where this memory
 * has been used there, which takes them as long to give as to wake up (kernel 6.18: a CPU stays in
 * mm_cpumask until a flush that frees page tables finds it elsewhere). The plan's table is its own,
 * so that this one asks them, here and now. */
static void let_go(struct bl_init *init)
{
    if (init->loads_late)
        return; /* the policy is in it */
    /* Where that fails no more than time is lost. */
    (void)munmap((void *)(uintptr_t)init->plan, sizeof(*init->plan));
    init->plan = NULL;
    init->profile = NULL;
    init->policy = NULL;
}

static bool is_alert(ssize_t length, unsigned fds)
{
    return length == 1 && fds == 0 && order.bytes[0] == BL_LAUNCH_ALERT;
}

/* As bl_wire_recv(). */
static ssize_t await_order(struct bl_init *init, unsigned *fds)
{
    ssize_t length = bl_wire_recv(init->launch, &order, BL_LAUNCH_BYTES_MAX, stdio, 3, fds);

    if (!is_alert(length, *fds))
        return length;
    let_go(init);
    return bl_wire_recv(init->launch, &order, BL_LAUNCH_BYTES_MAX, stdio, 3, fds);
}

void bl_child_main(struct bl_init *init)
{
    struct bl_setup_failure failure;
    unsigned fds = 0;
    char go;

    bl_close_fd(&init->inner[0]);
    if (bl_child_join(init, &failure) < 0)
        fail(init, &failure);
    /* Init's mounts stand when it says so; end of file: it failed, and has told. */
    if (bl_wire_recv(init->inner[1], &go, 1, NULL, 0, NULL) != 1)
        _exit(125);
    if (bl_child_settle(init, &failure) < 0)
        fail(init, &failure);
    touch_pages(init);
    ssize_t length = await_order(init, &fds);
    if (length == 0)
        _exit(125); /* the worker gave the sandbox up */
    if (length < 0 || fds != 3 || bl_launch_read(&words, order.bytes, (size_t)length) < 0)
        fail_at(init, BL_STEP_ORDER_SIZE);
    if (bl_init_walk(init, launch, BL_ARRAY_LEN(launch), &failure) < 0)
        fail(init, &failure);
    stamp(init);
    exec_program();
    init->page->started_ns = 0;
    fail_at(init, BL_STEP_EXEC);
}
