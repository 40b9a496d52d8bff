/* @EXPECTED_RESULTS@: TIMELIMIT
 * A stopped program uses no CPU time, and is not over. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    (void)kill(0, SIGSTOP);
    (void)raise(SIGSTOP);
    for (;;)
        pause();
}
