#include "tests/support/strike.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
/* after <sys/ptrace.h>: */
#include <linux/magic.h>
#include <linux/ptrace.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/support/strike_errors.h"

enum {
    MARK = 0x626c7374, /* of prctl(2): no kernel has it */
    TASKS_MAX = 256,
    PATIENCE_S = 90,
};

struct task {
    pid_t pid; /* 0: free */
    char name[BL_STRIKE_NAME_MAX];
    unsigned depth, children;
    unsigned long calls;
    bool named, stopped; /* it is told of twice, in any order: only then does it go on */
    bool spared;
    unsigned chance;
    bool has_result;
    long result;
};

struct tracer {
    struct bl_strike *strike;
    struct task tasks[TASKS_MAX];
    pid_t program;
    bool armed;
    time_t deadline;
};

static struct task *find(struct tracer *t, pid_t pid)
{
    for (size_t i = 0; i < TASKS_MAX; i++)
        if (t->tasks[i].pid == pid)
            return &t->tasks[i];
    return NULL;
}

static struct task *enter(struct tracer *t, pid_t pid)
{
    struct task *task = find(t, pid);

    if (!task) {
        task = find(t, 0);
        assert_non_null(task);
        *task = (struct task){.pid = pid};
    }
    return task;
}

/* One that was killed meanwhile is told of by waitpid(2). */
static void resume(const struct task *task, int signal)
{
    (void)ptrace(PTRACE_SYSCALL, task->pid, NULL, (void *)(intptr_t)signal);
}

/* ---- registers
 * -------------------------------------------------------------------------------------
 */

static void set_register(const struct task *task, size_t offset, long value)
{
    (void)ptrace(PTRACE_POKEUSER, task->pid, (void *)offset, (void *)value);
}

#ifdef __x86_64__
static const size_t argument_at[] = {
    offsetof(struct user_regs_struct, rdi), offsetof(struct user_regs_struct, rsi),
    offsetof(struct user_regs_struct, rdx), offsetof(struct user_regs_struct, r10),
    offsetof(struct user_regs_struct, r8),  offsetof(struct user_regs_struct, r9),
};
static const size_t number_at = offsetof(struct user_regs_struct, orig_rax);
static const size_t result_at = offsetof(struct user_regs_struct, rax);
#else
#error "which registers of this machine hold a system call?"
#endif

/* Instead of the call one that every policy allows, and changes nothing. */
static void fail_call(struct tracer *t, struct task *task, long nr, int error)
{
    if (nr != SYS_close)
        set_register(task, number_at, SYS_getpid);
    task->has_result = true;
    task->result = -error;
    t->strike->struck++;
    t->strike->nr = nr;
    t->strike->told = error;
}

/* ---- what is struck
 * --------------------------------------------------------------------------------
 */

static void strike_one(struct tracer *t, struct task *task, long nr, unsigned long what)
{
    const int *errors = bl_strike_errors(nr, what);
    struct bl_strike *strike = t->strike;

    if (!errors || ++task->calls != strike->at || strcmp(task->name, strike->process) != 0)
        return;
    for (strike->errors = 0; errors[strike->errors];)
        strike->errors++;
    fail_call(t, task, nr, strike->error ? strike->error : errors[strike->choice % strike->errors]);
}

/* Does what the descriptor is begin with one of these words, ended by NULL? */
static bool is_one_of(const struct task *task, int fd, const char *const *words)
{
    char path[64], target[256];

    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)task->pid, fd);
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    for (; *words; words++)
        if (strncmp(target, *words, strlen(*words)) == 0)
            return true;
    return false;
}

/* A file is never waited for so that a signal could end it. */
static void interrupt(struct tracer *t, struct task *task, long nr, int fd)
{
    static const char *const waited_for[] = {"socket:", "pipe:", "anon_inode:", NULL};

    if (!bl_strike_can_wait(nr) ||
        (bl_strike_has_descriptor(nr) && !is_one_of(task, fd, waited_for)))
        return;
    /* By chance, not in turn: a loop of two calls would have the same one interrupted for ever. */
    task->chance = task->chance * 1103515245U + 12345U;
    if (task->chance >> 31)
        fail_call(t, task, nr, EINTR);
}

/* What may move less than was asked for: not a control file, nor a message. By its file system, for
 * a path tells nothing of what is mounted there: a template begins at /proc. */
static bool is_stream(const struct task *task, int fd)
{
    static const char *const streams[] = {"/", "pipe:", NULL};
    char path[64];
    struct statfs on;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)task->pid, fd);
    return is_one_of(task, fd, streams) && statfs(path, &on) == 0 &&
           on.f_type != PROC_SUPER_MAGIC && on.f_type != SYSFS_MAGIC &&
           on.f_type != CGROUP_SUPER_MAGIC && on.f_type != CGROUP2_SUPER_MAGIC;
}

static void shorten(struct tracer *t, const struct task *task,
                    const struct __ptrace_syscall_info *info)
{
    int fd_of, length_of = bl_strike_length_of((long)info->entry.nr, &fd_of);

    if (length_of < 0 || info->entry.args[length_of] < 2 ||
        !is_stream(task, (int)info->entry.args[fd_of]))
        return;
    set_register(task, argument_at[length_of], (long)(info->entry.args[length_of] / 2));
    t->strike->struck++;
    t->strike->nr = (long)info->entry.nr;
}

static void on_mark(struct tracer *t, struct task *task, uint64_t mark)
{
    switch (mark) {
    case BL_STRIKE_BEGIN:
        t->armed = true;
        break;
    case BL_STRIKE_OTHERS:
        task->spared = true;
        break;
    default:
        t->armed = false;
    }
}

static void on_call(struct tracer *t, struct task *task)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof(info), &info) < 0)
        return; /* it was killed */
    if (info.op == PTRACE_SYSCALL_INFO_EXIT && task->has_result) {
        set_register(task, result_at, task->result);
        task->has_result = false;
    }
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return;
    if (info.entry.nr == SYS_prctl && info.entry.args[0] == MARK) {
        on_mark(t, task, info.entry.args[1]);
        return;
    }
    if (!t->armed || task->spared)
        return;
    switch (t->strike->mode) {
    case BL_STRIKE_ONE:
        strike_one(t, task, (long)info.entry.nr, info.entry.args[1]);
        break;
    case BL_STRIKE_INTERRUPT:
        interrupt(t, task, (long)info.entry.nr, (int)info.entry.args[0]);
        break;
    case BL_STRIKE_SHORT:
        shorten(t, task, &info);
        break;
    }
}

/* ---- processes
 * -------------------------------------------------------------------------------------
 */

static void on_child(struct tracer *t, struct task *parent)
{
    unsigned long pid;

    if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) < 0)
        return; /* the parent was killed; the child is let go when it is told of */
    struct task *child = enter(t, (pid_t)pid);
    (void)snprintf(child->name, sizeof(child->name), "%.20s.%u", parent->name,
                   parent->children++ % 100000);
    child->depth = parent->depth + 1;
    child->named = true;
    if (child->stopped)
        resume(child, 0);
}

/* Stopped by an event, a signal or a call. */
static void on_stop(struct tracer *t, struct task *task, int status)
{
    const int event = status >> 16, signal = WSTOPSIG(status);

    task->stopped = true;
    if (!task->named)
        return;
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
        on_child(t, task);
    if (event == PTRACE_EVENT_EXEC && t->strike->let_go && task->depth >= t->strike->let_go) {
        (void)ptrace(PTRACE_DETACH, task->pid, NULL, NULL); /* it may have been killed */
        task->pid = 0;
        return;
    }
    if (signal == (SIGTRAP | 0x80))
        on_call(t, task);
    resume(task, event || signal == (SIGTRAP | 0x80) ? 0 : signal);
}

static void on_end(struct tracer *t, struct task *task, int status)
{
    if (task->pid == t->program)
        t->strike->status = status;
    task->pid = 0;
}

static time_t now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* always there */
    return now.tv_sec;
}

/* False: it takes too long, or goes round and round. */
static bool await(const struct tracer *t, pid_t *pid, int *status)
{
    const struct timespec patience = {1, 0};
    sigset_t child;

    (void)sigemptyset(&child); /* these can't fail */
    (void)sigaddset(&child, SIGCHLD);
    for (;;) {
        *pid = waitpid(-1, status, __WALL | WNOHANG);
        if (now_s() > t->deadline)
            return false;
        if (*pid != 0)
            return true;
        (void)sigtimedwait(&child, NULL, &patience); /* then look again */
    }
}

static void kill_all(struct tracer *t)
{
    for (size_t i = 0; i < TASKS_MAX; i++)
        if (t->tasks[i].pid)
            (void)kill(t->tasks[i].pid, SIGKILL); /* a tracee: not reaped, its number its own */
}

static void follow(struct tracer *t)
{
    int status;
    pid_t pid;

    for (;;) {
        if (!await(t, &pid, &status)) {
            assert_false(t->strike->hung); /* not even SIGKILL */
            t->strike->hung = true;
            t->deadline = now_s() + PATIENCE_S;
            kill_all(t);
            continue;
        }
        if (pid < 0)
            break;
        struct task *task = enter(t, pid);
        if (WIFSTOPPED(status))
            on_stop(t, task, status);
        else
            on_end(t, task, status);
    }
    assert_int_equal(errno, ECHILD);
}

/* ---- the program
 * -------------------------------------------------------------------------------------
 */

static pid_t launch(const int gate[2], char *const argv[])
{
    pid_t pid = fork();
    sigset_t none;
    char byte;

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    (void)sigemptyset(&none); /* these can't fail */
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)close(gate[1]);           /* the other one's */
    (void)!read(gate[0], &byte, 1); /* end of file: it is traced */
    (void)execv(argv[0], argv);
    _exit(127);
}

void bl_strike_run(struct bl_strike *strike, char *const argv[])
{
    static struct tracer tracer; /* large */
    sigset_t child, before;
    int gate[2];

    (void)sigemptyset(&child); /* these can't fail */
    (void)sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &child, &before);
    strike->struck = 0;
    strike->hung = false;
    tracer = (struct tracer){.strike = strike, .deadline = now_s() + PATIENCE_S};
    assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate), errno);
    tracer.program = launch(gate, argv);
    bl_close_fd(&gate[0]);
    *enter(&tracer, tracer.program) =
        (struct task){.pid = tracer.program, .name = "0", .named = true};
    assert_return_code(ptrace(PTRACE_SEIZE, tracer.program, NULL,
                              PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL),
                       errno);
    assert_return_code(ptrace(PTRACE_INTERRUPT, tracer.program, NULL, NULL), errno);
    bl_close_fd(&gate[1]);
    follow(&tracer);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

void bl_strike_mark(enum bl_strike_mark mark)
{
    (void)prctl(MARK, mark); /* EINVAL, as meant */
}

static bool is_asked_for(const char *what)
{
    const char *every = getenv("BAILIFF_EVERY_CALL");

    return every && strcmp(every, what) == 0;
}

bool bl_strike_every(void)
{
    return is_asked_for("1") || is_asked_for("once");
}

bool bl_strike_once(void)
{
    return is_asked_for("once");
}

bool bl_strike_wants(const char *process)
{
    const char *alone = getenv("BAILIFF_PROCESS");

    return !alone || strcmp(alone, process) == 0;
}

unsigned long bl_strike_first(void)
{
    const char *from = getenv("BAILIFF_FROM");

    return from ? strtoul(from, NULL, 10) : 1;
}
