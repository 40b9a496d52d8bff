/* burn HOW COUNT MS - burns CPU time in one of the ways that escape a careless limit, then says how
 * much it was by its own clocks ("123456789 ns", children included). MS of each burner; 0: for
 * ever.
 *
 * alone      this process
 * processes  COUNT children, waited for
 * threads    COUNT threads
 * bursts     3 ms of work, 1 ms of sleep, and so on
 * daemons    COUNT children of children, in sessions of their own; this process sleeps
 * orphans    as daemons, but this process exits at once with 0
 * system     like alone, in the kernel */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long limit_ns;

static long long clock_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void work(clockid_t clock, long long ns)
{
    long long start = clock_ns(clock);

    while (clock_ns(clock) - start < ns || ns == 0)
        for (volatile int i = 0; i < 20000; i++)
            ;
}

static void work_in_bursts(void)
{
    long long start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    const struct timespec pause = {0, 1000000};

    while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start < limit_ns || limit_ns == 0) {
        work(CLOCK_PROCESS_CPUTIME_ID, 3000000);
        (void)nanosleep(&pause, NULL);
    }
}

static void work_in_kernel(void)
{
    static char block[1 << 20];
    long long start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    FILE *zero = fopen("/dev/zero", "r");

    while (zero && (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start < limit_ns || limit_ns == 0))
        (void)!read(fileno(zero), block, sizeof(block));
}

static void *work_in_thread(void *unused)
{
    (void)unused;
    work(CLOCK_THREAD_CPUTIME_ID, limit_ns);
    return NULL;
}

static void threads(int count)
{
    pthread_t thread[64];

    for (int i = 0; i < count; i++)
        if (pthread_create(&thread[i], NULL, work_in_thread, NULL) != 0)
            exit(3);
    for (int i = 0; i < count; i++)
        (void)pthread_join(thread[i], NULL);
}

static void processes(int count)
{
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();

        if (pid < 0)
            exit(3);
        if (pid == 0) {
            work(CLOCK_PROCESS_CPUTIME_ID, limit_ns);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
}

static void daemons(int count)
{
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            (void)setsid();
            if (fork() == 0)
                work(CLOCK_PROCESS_CPUTIME_ID, limit_ns);
            _exit(0);
        }
        (void)waitpid(pid, NULL, 0);
    }
}

static long long children_ns(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000LL +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
}

int main(int argc, char **argv)
{
    int count = argc == 4 ? atoi(argv[2]) : 0;

    if (argc != 4 || count < 1 || count > 64)
        return 2;
    limit_ns = atoll(argv[3]) * 1000000;
    if (strcmp(argv[1], "alone") == 0)
        work(CLOCK_PROCESS_CPUTIME_ID, limit_ns);
    else if (strcmp(argv[1], "processes") == 0)
        processes(count);
    else if (strcmp(argv[1], "threads") == 0)
        threads(count);
    else if (strcmp(argv[1], "bursts") == 0)
        work_in_bursts();
    else if (strcmp(argv[1], "system") == 0)
        work_in_kernel();
    else
        daemons(count);
    while (strcmp(argv[1], "daemons") == 0)
        (void)pause();
    (void)printf("%lld ns\n", clock_ns(CLOCK_PROCESS_CPUTIME_ID) + children_ns());
    return 0;
}
