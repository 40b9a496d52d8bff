#include "tests/support/strike_errors.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "bailiff/own.h"

#define ERRORS(...)    \
    (const int[])      \
    {                  \
        __VA_ARGS__, 0 \
    }

static const struct {
    long nr;
    const int *errors;
} table[] = {
    /* descriptors */
    {SYS_open, ERRORS(EMFILE, ENOMEM)},
    {SYS_openat, ERRORS(EMFILE, ENOMEM)},
    {SYS_openat2, ERRORS(EMFILE, ENOMEM, EAGAIN)},
    {SYS_socket, ERRORS(EMFILE, ENOBUFS)},
    {SYS_socketpair, ERRORS(EMFILE, ENOBUFS)},
    {SYS_accept4, ERRORS(EMFILE, ENOMEM)},
    {SYS_pipe2, ERRORS(EMFILE, ENFILE)},
    {SYS_eventfd2, ERRORS(EMFILE, ENOMEM)},
    {SYS_timerfd_create, ERRORS(EMFILE, ENOMEM)},
    {SYS_signalfd4, ERRORS(EMFILE, ENOMEM)},
    {SYS_epoll_create1, ERRORS(EMFILE, ENOMEM)},
    {SYS_memfd_create, ERRORS(EMFILE, ENOMEM)},
    {SYS_pidfd_open, ERRORS(EMFILE, ENOMEM)},
    {SYS_dup, ERRORS(EMFILE)},
    {SYS_dup2, ERRORS(EMFILE, EINTR)},
    {SYS_dup3, ERRORS(EMFILE, EINTR)},
    {SYS_fcntl, ERRORS(EMFILE, ENOMEM)},
    {SYS_close, ERRORS(EINTR, EIO)},
    {SYS_close_range, ERRORS(EMFILE, ENOMEM)},
    {SYS_epoll_ctl, ERRORS(ENOMEM, ENOSPC)},
    /* transfers */
    {SYS_read, ERRORS(EIO, EINTR)},
    {SYS_write, ERRORS(ENOSPC, EINTR, EIO)},
    {SYS_pread64, ERRORS(EIO, EINTR)},
    {SYS_pwrite64, ERRORS(ENOSPC, EINTR)},
    {SYS_sendmsg, ERRORS(ENOBUFS, EINTR, ENOMEM)},
    {SYS_recvmsg, ERRORS(ENOMEM, EINTR)},
    {SYS_splice, ERRORS(ENOMEM, EINTR)},
    {SYS_ftruncate, ERRORS(ENOSPC, EINTR)},
    {SYS_fallocate, ERRORS(ENOSPC, EINTR)},
    /* waiting */
    {SYS_poll, ERRORS(ENOMEM, EINTR)},
    {SYS_ppoll, ERRORS(ENOMEM, EINTR)},
    {SYS_epoll_wait, ERRORS(EINTR)},
    {SYS_epoll_pwait, ERRORS(EINTR)},
    {SYS_wait4, ERRORS(EINTR)},
    {SYS_waitid, ERRORS(EINTR)},
    {SYS_flock, ERRORS(ENOMEM, EINTR)},
    /* processes and their rights */
    {SYS_fork, ERRORS(EAGAIN, ENOMEM)},
    {SYS_vfork, ERRORS(EAGAIN, ENOMEM)},
    {SYS_clone, ERRORS(EAGAIN, ENOMEM)},
    {SYS_clone3, ERRORS(EAGAIN, ENOMEM, ENOSPC)},
    {SYS_unshare, ERRORS(ENOSPC, ENOMEM)},
    {SYS_setns, ERRORS(ENOMEM, EPERM)},
    {SYS_setresuid, ERRORS(EAGAIN, EPERM)},
    {SYS_setresgid, ERRORS(ENOMEM, EPERM)},
    {SYS_setgroups, ERRORS(ENOMEM, EPERM)},
    {SYS_capset, ERRORS(EPERM, ENOMEM)},
    {SYS_prctl, ERRORS(ENOMEM, EPERM)},
    {SYS_setrlimit, ERRORS(EPERM)},
    {SYS_prlimit64, ERRORS(EPERM)},
    {SYS_keyctl, ERRORS(EDQUOT, ENOMEM)},
    {SYS_seccomp, ERRORS(ENOMEM, EMFILE)},
    {SYS_sched_setscheduler, ERRORS(EPERM)},
    /* files and mounts */
    {SYS_mkdir, ERRORS(ENOSPC, ENOMEM)},
    {SYS_mkdirat, ERRORS(ENOSPC, ENOMEM)},
    {SYS_symlinkat, ERRORS(ENOSPC, ENOMEM)},
    {SYS_mount, ERRORS(ENOMEM, ENOSPC)},
    {SYS_move_mount, ERRORS(ENOSPC, ENOMEM)},
    {SYS_open_tree, ERRORS(EMFILE, ENOSPC)},
    {SYS_fsopen, ERRORS(EMFILE, ENOMEM)},
    {SYS_fsmount, ERRORS(EMFILE, ENOSPC)},
    {SYS_rmdir, ERRORS(EBUSY, ENOMEM)},
    {SYS_unlinkat, ERRORS(EBUSY, ENOMEM)},
    /* can't fail */
    {SYS_exit, NULL},
    {SYS_exit_group, NULL},
    {SYS_rt_sigreturn, NULL},
    {SYS_rt_sigprocmask, NULL},
    {SYS_rt_sigaction, NULL},
    {SYS_restart_syscall, NULL},
    {SYS_kill, NULL},
    {SYS_pidfd_send_signal, NULL},
    {SYS_getpid, NULL},
    {SYS_gettid, NULL},
    {SYS_getppid, NULL},
    {SYS_getuid, NULL},
    {SYS_geteuid, NULL},
    {SYS_getgid, NULL},
    {SYS_getegid, NULL},
    {SYS_getresuid, NULL},
    {SYS_umask, NULL},
    {SYS_sched_yield, NULL},
    {SYS_munmap, NULL},
    {SYS_brk, NULL},
    {SYS_clock_gettime, NULL},
    {SYS_timerfd_settime, NULL},
    {SYS_madvise, NULL},
    {SYS_lseek, NULL},
    {SYS_getrandom, NULL},
    {SYS_sched_getaffinity, NULL},
    {SYS_futex, NULL}, /* waking, and waiting for what has happened */
    {SYS_set_tid_address, NULL},
    {SYS_set_robust_list, NULL},
    {SYS_rseq, NULL},
    {SYS_arch_prctl, NULL},
};

/* Of a descriptor that is there. */
static bool is_flags(unsigned long what)
{
    return what == F_GETFD || what == F_SETFD || what == F_GETFL || what == F_SETFL;
}

const int *bl_strike_errors(long nr, unsigned long what)
{
    static const int otherwise[] = {ENOMEM, 0};

    if (nr == SYS_fcntl && is_flags(what))
        return NULL;
    for (size_t i = 0; i < BL_ARRAY_LEN(table); i++)
        if (table[i].nr == nr)
            return table[i].errors;
    return otherwise;
}

bool bl_strike_can_wait(long nr)
{
    static const long calls[] = {SYS_read,  SYS_write,  SYS_sendmsg,    SYS_recvmsg,
                                 SYS_poll,  SYS_ppoll,  SYS_epoll_wait, SYS_epoll_pwait,
                                 SYS_wait4, SYS_waitid, SYS_sendto,     SYS_recvfrom,
                                 SYS_splice};

    for (size_t i = 0; i < BL_ARRAY_LEN(calls); i++)
        if (calls[i] == nr)
            return true;
    return false;
}

bool bl_strike_has_descriptor(long nr)
{
    return nr != SYS_poll && nr != SYS_ppoll && nr != SYS_epoll_wait && nr != SYS_epoll_pwait &&
           nr != SYS_wait4 && nr != SYS_waitid;
}

int bl_strike_length_of(long nr, int *fd_of)
{
    *fd_of = 0;
    switch (nr) {
    case SYS_read:
    case SYS_write:
    case SYS_pread64:
    case SYS_pwrite64:
    case SYS_sendto:
    case SYS_recvfrom:
        return 2;
    case SYS_sendfile:
        *fd_of = 1;
        return 3;
    case SYS_splice:
        return 4;
    default:
        return -1;
    }
}
