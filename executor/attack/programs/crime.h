/* crime.h - what the hostile programs share (process: the program's, inside a sandbox).
 *
 * Each crime is tried by a process of its own, so that one that works does not colour the next, and
 * a line on standard output says what came of it:
 *
 *     name: succeeded
 *     name: refused EPERM
 *     name: died 9           a signal ended whoever tried
 *
 * The tests hold every line to what it must be (tests/support/lines.h). */
#ifndef BL_TESTS_PROGRAMS_CRIME_H
#define BL_TESTS_PROGRAMS_CRIME_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CRIME_COUNT(crimes) (sizeof(crimes) / sizeof((crimes)[0]))

/* commit: 0 or more where it worked, -1 with errno where it was refused. argument: the row's. */
struct crime {
    const char *name;
    long (*commit)(long argument);
    long argument;
};

/* crime_fork - fork(2) without what the C library does beside it. A policy may refuse it. */
static inline pid_t crime_fork(void)
{
    (void)fflush(stdout); /* or both would write it */
    return fork();
}

static inline void crime_report(const char *name, int error)
{
    if (error == 0)
        (void)printf("%s: succeeded\n", name);
    else
        (void)printf("%s: refused %s\n", name,
                     strerrorname_np(error) ? strerrorname_np(error) : "?");
}

static inline void crime_try(const struct crime *crime)
{
    pid_t child = crime_fork();
    int status = 0;

    if (child < 0) {
        (void)printf("%s: not tried %s\n", crime->name, strerrorname_np(errno));
        return;
    }
    if (child == 0) {
        errno = 0;
        _exit(crime->commit(crime->argument) >= 0 ? 0 : errno);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        (void)printf("%s: died %d\n", crime->name, WTERMSIG(status));
    else
        crime_report(crime->name, WEXITSTATUS(status));
}

static inline int crime_try_all(const struct crime *crimes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        crime_try(&crimes[i]);
    return 0;
}

#endif
