/* inherit - writes what it was given by whoever started it: open descriptors, ignored and blocked
 * signals, environment, working directory. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

int main(void)
{
    DIR *folder = opendir("/proc/self/fd");
    char where[256] = "?";
    sigset_t blocked;

    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
            (void)printf("fd %s\n", entry->d_name);
    (void)sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int number = 1; number < 65; number++) {
        struct sigaction action;

        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            (void)printf("ignored %d\n", number);
        if (sigismember(&blocked, number) == 1)
            (void)printf("blocked %d\n", number);
    }
    for (char **variable = environ; *variable; variable++)
        (void)printf("env %s\n", *variable);
    (void)printf("in %s\n", getcwd(where, sizeof(where)));
    return 0;
}
