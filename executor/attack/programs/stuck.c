/* stuck HOW - is hard to end, or to say of when it has.
 *
 * vfork      waits, without taking signals, for a child that never ends
 * traced     is stopped by the process that traces it, which stops itself
 * exec       becomes itself again and again, for ever
 * relay      forks a child and ends, which does the same: never the same process twice
 * relays     many of them, at once, in sessions of their own; this process sleeps
 * unmap      gives much memory back only when it ends
 * futex      threads that wait for each other
 * storm      processes that send each other signals, for ever
 * stopped    all its processes stop, each as soon as another continues it
 * orphans    leaves children that sleep, stopped and deaf, and ends with 0 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CROWD = 8, MIB = 1 << 20, HELD_MIB = 40 };

__attribute__((noreturn)) static void sleep_for_ever(void)
{
    for (;;)
        (void)pause();
}

static void by_vfork(void)
{
    if (syscall(SYS_clone, 0x4000 /* CLONE_VFORK */ | SIGCHLD, NULL, NULL, NULL, NULL) == 0)
        sleep_for_ever();
}

static void by_tracing(void)
{
    pid_t child = fork();

    if (child == 0) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)raise(SIGSTOP);
        sleep_for_ever();
    }
    (void)waitpid(child, NULL, WUNTRACED);
    (void)raise(SIGSTOP);
}

static void relay(void)
{
    while (fork() == 0)
        ;
    _exit(0);
}

static void relays(void)
{
    for (int i = 0; i < CROWD; i++)
        if (fork() == 0) {
            (void)setsid();
            relay();
        }
    sleep_for_ever();
}

static void by_unmapping(void)
{
    char *at = mmap(NULL, (size_t)HELD_MIB * MIB, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    for (int i = 0; at != MAP_FAILED && i < CROWD; i++)
        if (fork() == 0) {
            memset(at, i, (size_t)HELD_MIB * MIB); /* mapped by all of them, page by page */
            sleep_for_ever();
        }
    sleep_for_ever();
}

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void *lock_the_other_way(void *argument)
{
    (void)pthread_mutex_lock(&second);
    (void)pthread_mutex_lock(&first);
    return argument;
}

static void by_futex(void)
{
    pthread_t other;

    (void)pthread_mutex_lock(&first);
    (void)pthread_create(&other, NULL, lock_the_other_way, NULL);
    (void)pthread_join(other, NULL);
}

static void on_signal(int number)
{
    (void)number;
}

static void storm(int number, int stop_too)
{
    pid_t group = getpgrp();

    (void)signal(number, on_signal);
    for (int i = 0; i < CROWD; i++)
        if (fork() == 0)
            break;
    for (;;) {
        (void)kill(-group, stop_too ? SIGCONT : number);
        if (stop_too)
            (void)raise(SIGSTOP);
    }
}

static void orphans(void)
{
    for (int i = 0; i < CROWD; i++)
        if (fork() == 0) {
            (void)setsid();
            for (int number = 1; number < 65; number++)
                (void)signal(number, SIG_IGN);
            if (i & 1)
                (void)raise(SIGSTOP);
            sleep_for_ever();
        }
}

int main(int argc, char **argv)
{
    const char *how = argv[argc - 1]; /* as part of bailiff-selftest, "exec" comes one later */

    if (strcmp(how, "vfork") == 0)
        by_vfork();
    else if (strcmp(how, "traced") == 0)
        by_tracing();
    else if (strcmp(how, "exec") == 0)
        (void)execl("/proc/self/exe", "stuck", "stuck", "exec", (char *)NULL);
    else if (strcmp(how, "relay") == 0)
        relay();
    else if (strcmp(how, "relays") == 0)
        relays();
    else if (strcmp(how, "unmap") == 0)
        by_unmapping();
    else if (strcmp(how, "futex") == 0)
        by_futex();
    else if (strcmp(how, "storm") == 0)
        storm(SIGUSR1, 0);
    else if (strcmp(how, "stopped") == 0)
        storm(SIGCONT, 1);
    else if (strcmp(how, "orphans") == 0)
        orphans();
    else
        return 2;
    return 0;
}
