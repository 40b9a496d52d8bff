/* @EXPECTED_RESULTS@: WRONG-ANSWER
 * Leaves a daemon with the pipes open and ends: judging must not wait for it. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0) {
        (void)setsid();
        if (fork() == 0)
            for (;;)
                pause();
        _exit(0);
    }
    puts("0 high");
    return 0;
}
