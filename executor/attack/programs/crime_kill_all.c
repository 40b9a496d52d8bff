/* crime_kill_all - starts some processes and kills everything that can be: they die, init does not.
 */
#include <signal.h>

#include "crime.h"

enum { CHILDREN = 5 };

int main(int argc, char **argv)
{
    unsigned died = 0;

    (void)argc;
    (void)argv;
    for (int i = 0; i < CHILDREN; i++)
        if (crime_fork() == 0)
            for (;;)
                (void)pause();
    (void)signal(SIGTERM, SIG_IGN);
    crime_report("kill everybody", kill(-1, SIGKILL) == 0 ? 0 : errno);
    for (int status; wait(&status) > 0;)
        died += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    (void)printf("children dead: %u\n", died);
    crime_report("kill init", kill(1, SIGKILL) == 0 ? 0 : errno);
    crime_report("stop init", kill(1, SIGSTOP) == 0 ? 0 : errno);
    crime_report("kill nobody else", kill(-1, SIGKILL) == 0 ? 0 : errno);
    return 0;
}
