/* worker_crimes_processes.c - on processes, programs and code. */
#include "tests/sandbox/worker_crimes.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/sandbox/worker_scene.h"

long crime_trace(void)
{
    return ptrace(PTRACE_SEIZE, worker_scene.sibling, NULL, NULL);
}

long crime_be_traced(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

long crime_read_memory(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    return process_vm_readv(worker_scene.sibling, &here, 1, &there, 1, 0);
}

long crime_write_memory(void)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    return process_vm_writev(worker_scene.sibling, &here, 1, &there, 1, 0);
}

long crime_take_descriptor(void)
{
    return syscall(SYS_pidfd_getfd, worker_scene.sibling_fd, 0, 0);
}

long crime_signal_sibling(void)
{
    return kill(worker_scene.sibling, SIGKILL);
}

long crime_signal_all(void)
{
    return kill(-1, SIGKILL);
}

long crime_signal_thread(void)
{
    return syscall(SYS_tgkill, worker_scene.sibling, worker_scene.sibling, SIGKILL);
}

long crime_signal_by_pidfd(void)
{
    return syscall(SYS_pidfd_send_signal, worker_scene.sibling_fd, SIGKILL, NULL, 0);
}

/* The one signal that the filter lets through, for abort(3), is for itself. */
long crime_abort_sibling(void)
{
    return syscall(SYS_tgkill, worker_scene.sibling, worker_scene.sibling, SIGABRT);
}

long crime_change_siblings_limits(void)
{
    static const struct rlimit none = {0, 0};

    return syscall(SYS_prlimit64, worker_scene.sibling, RLIMIT_CPU, &none, NULL);
}

long crime_raise_own_limit(void)
{
    static const struct rlimit many = {1 << 20, 1 << 20};

    return setrlimit(RLIMIT_NOFILE, &many);
}

long crime_execute(void)
{
    char name[] = "sh";
    char *const argv[] = {name, NULL};

    return execve("/bin/sh", argv, NULL);
}

long crime_execute_descriptor(void)
{
    char name[] = "sh";
    char *const argv[] = {name, NULL};

    return syscall(SYS_execveat, 0, "", argv, NULL, AT_EMPTY_PATH);
}

long crime_make_process(void)
{
    return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

long crime_make_process_by_clone3(void)
{
    struct clone_args args = {.exit_signal = SIGCHLD};

    return syscall(SYS_clone3, &args, sizeof(args));
}

long crime_map_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? -1
               : 0;
}

long crime_turn_data_into_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}
