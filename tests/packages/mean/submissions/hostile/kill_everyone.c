/* @EXPECTED_RESULTS@: CORRECT
 * Kills whoever it can reach, init first; that is nobody, and so its answer is right. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int n;
    double sum = 0, x = 0;

    (void)kill(1, SIGKILL);
    (void)kill(1, SIGTERM);
    (void)kill(getppid(), SIGKILL);
    (void)kill(-1, SIGKILL);
    for (int pid = 2; pid < 5000; pid++)
        if (pid != getpid())
            (void)kill(pid, SIGKILL);
    if (scanf("%d", &n) != 1)
        return 1;
    for (int i = 0; i < n; i++) {
        if (scanf("%lf", &x) != 1)
            return 1;
        sum += x;
    }
    printf("%.9f %s\n", sum / n, x > sum / n ? "high" : "low");
    return 0;
}
