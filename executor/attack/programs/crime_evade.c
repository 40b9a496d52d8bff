/* crime_evade - gets past the filter's comparisons: by bits that the kernel ignores, by numbers
 * that it cuts, by memory that changes while it is looked at, by a filter of one's own. */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "crime.h"

enum { READ_IMPLIES_EXEC_ = 0x0400000, ROUNDS = 20000 };
#define HIGH (1L << 32)

static long try_socket(long family)
{
    return syscall(SYS_socket, family | HIGH, SOCK_STREAM, 0);
}

static long try_type(long type)
{
    return syscall(SYS_socket, AF_UNIX | HIGH << 7, type | HIGH, 0) < 0 ? -1
                                                                        : (errno = ENODATA, -1);
}

static long try_clone(long flag)
{
    long child = syscall(SYS_clone, flag | HIGH | SIGCHLD, NULL, NULL, NULL, NULL);

    if (child == 0)
        _exit(0);
    return child;
}

static long try_ioctl(long request)
{
    return syscall(SYS_ioctl, 0, request | HIGH, "x");
}

static long try_prctl(long option)
{
    return syscall(SYS_prctl, option | HIGH, 2, 0, 0, 0);
}

static long try_personality(long persona)
{
    return syscall(SYS_personality, persona | HIGH);
}

static long try_lock(long command)
{
    struct flock whole = {.l_type = F_RDLCK};
    int fd = open("/usr/bin/env", O_RDONLY | O_CLOEXEC);

    return fd < 0 ? -1 : syscall(SYS_fcntl, fd, command | HIGH, &whole);
}

#ifdef __x86_64__
/* The number itself in 64 bits: the kernel takes the low half, as does the filter. */
static long try_wide_number(long number)
{
    long answer;

    __asm__ volatile("syscall"
                     : "=a"(answer)
                     : "a"(number | HIGH), "D"(0L), "S"(0L), "d"(0L)
                     : "rcx", "r11", "memory");
    if (answer >= 0)
        return answer;
    errno = (int)-answer;
    return -1;
}

static long try_negative_number(long number)
{
    return syscall(number - HIGH);
}
#endif

/* ---- a filter of one's own --------------------------------------------------------------------
 */

static long try_filter(long flags)
{
    struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {1, allow};

    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0)
        return -1;
    return syscall(SYS_bpf, 0, NULL, 0); /* it took: is there less of a wall now? */
}

static long try_strict_mode(long argument)
{
    (void)argument;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL);
}

/* ---- memory that changes ----------------------------------------------------------------------
 */

static volatile int racing;
static struct clone_args args;

static void *flip(void *argument)
{
    while (racing)
        ((volatile struct clone_args *)argument)->flags ^= CLONE_NEWUSER;
    return NULL;
}

/* Flags that are a new namespace's one moment and none the next. */
static long try_race(long argument)
{
    pthread_t other;
    long found = -1;

    (void)argument;
    racing = 1;
    args.exit_signal = SIGCHLD;
    if (pthread_create(&other, NULL, flip, &args) != 0)
        return -1;
    for (int i = 0; i < ROUNDS && found < 0; i++) {
        long child = syscall(SYS_clone3, &args, sizeof(args));
        if (child == 0)
            _exit(0);
        found = child;
    }
    racing = 0;
    int why = errno;
    (void)pthread_join(other, NULL);
    errno = why;
    return found;
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"wide AF_INET", try_socket, AF_INET},
        {"wide AF_NETLINK", try_socket, AF_NETLINK},
        {"wide AF_PACKET", try_socket, AF_PACKET},
        {"wide AF_VSOCK", try_socket, AF_VSOCK},
        {"wide socket type", try_type, SOCK_STREAM},
        {"wide CLONE_NEWUSER", try_clone, CLONE_NEWUSER},
        {"wide CLONE_NEWNET", try_clone, CLONE_NEWNET},
        {"wide TIOCSTI", try_ioctl, TIOCSTI},
        {"wide TIOCLINUX", try_ioctl, TIOCLINUX},
        {"wide PR_SET_SECCOMP", try_prctl, PR_SET_SECCOMP},
        {"wide PR_SET_MM", try_prctl, PR_SET_MM},
        {"wide personality", try_personality, READ_IMPLIES_EXEC_},
        {"wide F_SETLK", try_lock, F_SETLK},
        {"wide F_SETLEASE", try_lock, F_SETLEASE},
#ifdef __x86_64__
        {"wide number of bpf", try_wide_number, SYS_bpf},
        {"wide number of unshare", try_wide_number, SYS_unshare},
        {"negative number", try_negative_number, SYS_bpf},
#endif
        {"a filter that allows", try_filter, 0},
        {"a filter with a listener", try_filter, SECCOMP_FILTER_FLAG_NEW_LISTENER},
        {"seccomp's strict mode", try_strict_mode, 0},
        {"flags that change meanwhile", try_race, 0},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
