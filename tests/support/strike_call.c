/* strike_call.c - see strike_private.h (process: a test). */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
/* after <sys/ptrace.h>: */
#include <linux/magic.h>
#include <linux/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "tests/support/strike_errors.h"
#include "tests/support/strike_private.h"

/* ---- registers
 * -------------------------------------------------------------------------------------
 */

static void set_register(const struct bl_strike_task *task, size_t offset, long value)
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
static void fail_call(struct bl_strike_tracer *t, struct bl_strike_task *task, long nr, int error)
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

static void strike_one(struct bl_strike_tracer *t, struct bl_strike_task *task, long nr,
                       unsigned long what)
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
static bool is_one_of(const struct bl_strike_task *task, int fd, const char *const *words)
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
static void interrupt(struct bl_strike_tracer *t, struct bl_strike_task *task, long nr, int fd)
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
static bool is_stream(const struct bl_strike_task *task, int fd)
{
    static const char *const streams[] = {"/", "pipe:", NULL};
    char path[64];
    struct statfs on;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)task->pid, fd);
    return is_one_of(task, fd, streams) && statfs(path, &on) == 0 &&
           on.f_type != PROC_SUPER_MAGIC && on.f_type != SYSFS_MAGIC &&
           on.f_type != CGROUP_SUPER_MAGIC && on.f_type != CGROUP2_SUPER_MAGIC;
}

static void shorten(struct bl_strike_tracer *t, const struct bl_strike_task *task,
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

static void on_mark(struct bl_strike_tracer *t, struct bl_strike_task *task, uint64_t mark)
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

void bl_strike_on_call(struct bl_strike_tracer *t, struct bl_strike_task *task)
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
    if (info.entry.nr == SYS_prctl && info.entry.args[0] == BL_STRIKE_MARK) {
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
