/* strike.c - see strike.h: the processes (process: a test). */
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
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/support/strike_private.h"

enum { PATIENCE_S = 90 };

static struct bl_strike_task *find(struct bl_strike_tracer *t, pid_t pid)
{
    for (size_t i = 0; i < BL_STRIKE_TASKS_MAX; i++)
        if (t->tasks[i].pid == pid)
            return &t->tasks[i];
    return NULL;
}

static struct bl_strike_task *enter(struct bl_strike_tracer *t, pid_t pid)
{
    struct bl_strike_task *task = find(t, pid);

    if (!task) {
        task = find(t, 0);
        assert_non_null(task);
        *task = (struct bl_strike_task){.pid = pid};
    }
    return task;
}

/* One that was killed meanwhile is told of by waitpid(2). */
static void resume(const struct bl_strike_task *task, int signal)
{
    (void)ptrace(PTRACE_SYSCALL, task->pid, NULL, (void *)(intptr_t)signal);
}

/* ---- processes
 * -------------------------------------------------------------------------------------
 */

static void on_child(struct bl_strike_tracer *t, struct bl_strike_task *parent)
{
    unsigned long pid;

    if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) < 0)
        return; /* the parent was killed; the child is let go when it is told of */
    struct bl_strike_task *child = enter(t, (pid_t)pid);
    (void)snprintf(child->name, sizeof(child->name), "%.20s.%u", parent->name,
                   parent->children++ % 100000);
    child->depth = parent->depth + 1;
    child->named = true;
    if (child->stopped)
        resume(child, 0);
}

/* Stopped by an event, a signal or a call. */
static void on_stop(struct bl_strike_tracer *t, struct bl_strike_task *task, int status)
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
        bl_strike_on_call(t, task);
    resume(task, event || signal == (SIGTRAP | 0x80) ? 0 : signal);
}

static void on_end(struct bl_strike_tracer *t, struct bl_strike_task *task, int status)
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
static bool await(const struct bl_strike_tracer *t, pid_t *pid, int *status)
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

static void kill_all(struct bl_strike_tracer *t)
{
    for (size_t i = 0; i < BL_STRIKE_TASKS_MAX; i++)
        if (t->tasks[i].pid)
            (void)kill(t->tasks[i].pid, SIGKILL); /* a tracee: not reaped, its number its own */
}

static void follow(struct bl_strike_tracer *t)
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
        struct bl_strike_task *task = enter(t, pid);
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
    static struct bl_strike_tracer tracer; /* large */
    sigset_t child, before;
    int gate[2];

    (void)sigemptyset(&child); /* these can't fail */
    (void)sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &child, &before);
    strike->struck = 0;
    strike->hung = false;
    tracer = (struct bl_strike_tracer){.strike = strike, .deadline = now_s() + PATIENCE_S};
    assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate), errno);
    tracer.program = launch(gate, argv);
    bl_close_fd(&gate[0]);
    *enter(&tracer, tracer.program) =
        (struct bl_strike_task){.pid = tracer.program, .name = "0", .named = true};
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
    (void)prctl(BL_STRIKE_MARK, mark); /* EINVAL, as meant */
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

void bl_strike_try_all(const char *process, bl_strike_try try, void *ctx)
{
    unsigned errors = 1;

    for (unsigned long at = bl_strike_first(); errors > 0; at++) {
        errors = try(ctx, process, at, 0);
        for (unsigned choice = 1; choice < errors && !bl_strike_once(); choice++)
            (void)try(ctx, process, at, choice);
    }
}
