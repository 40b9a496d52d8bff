/* linger HOW - takes wall time and no CPU time, and won't end.
 *
 * sleep    sleeps
 * deaf     the same, every signal ignored
 * stopped  stops itself
 * group    stops its whole process group, a child of it as well
 * input    waits for input that never comes */
#include <signal.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *how = argc == 2 ? argv[1] : "";
    char byte;

    if (strcmp(how, "deaf") == 0)
        for (int number = 1; number < 65; number++)
            (void)signal(number, SIG_IGN);
    if (strcmp(how, "stopped") == 0)
        (void)raise(SIGSTOP);
    if (strcmp(how, "group") == 0) {
        (void)fork();
        (void)kill(0, SIGSTOP);
    }
    while (strcmp(how, "input") == 0)
        if (read(0, &byte, 1) <= 0)
            return 1;
    for (;;)
        (void)pause();
}
