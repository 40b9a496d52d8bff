/* crime_refused - makes system calls that policies refuse; bpf(2) with arguments that mean nothing
 * stands for them all.
 *
 *   crime_refused once             one call
 *   crime_refused many N           N calls, then tells how many were answered ENOSYS
 *   crime_refused kinds            one call of each of many numbers
 *   crime_refused threads T N      N calls in each of T threads
 *   crime_refused forever T        T threads that never stop
 *   crime_refused child            by a grandchild, with its parents waiting
 *   crime_refused processes P      P processes that never stop, and their parent exits */
#include <pthread.h>

#include "crime.h"

enum { THREADS_MAX = 64 };

static long refused_call(void)
{
    return syscall(SYS_bpf, 0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666);
}

static int once(void)
{
    long result = refused_call();

    crime_report("bpf", result < 0 ? errno : 0);
    return 0;
}

static void *call_many(void *count)
{
    long left = *(long *)count, refused = 0;

    for (; left != 0; left--)
        refused += refused_call() < 0 && errno == ENOSYS;
    *(long *)count = refused;
    return NULL;
}

static int many(long count)
{
    (void)call_many(&count);
    (void)printf("refused: %ld\n", count);
    return 0;
}

static int threads(long thread_count, long each)
{
    pthread_t ids[THREADS_MAX];
    long counts[THREADS_MAX], total = 0;

    for (long i = 0; i < thread_count; i++) {
        counts[i] = each;
        if (pthread_create(&ids[i], NULL, call_many, &counts[i]) != 0)
            return 1;
    }
    for (long i = 0; i < thread_count; i++) {
        (void)pthread_join(ids[i], NULL);
        total += counts[i];
    }
    (void)printf("refused: %ld\n", total);
    return 0;
}

static int kinds(void)
{
    static const long numbers[] = {SYS_bpf,    SYS_kexec_load, SYS_init_module, SYS_acct,
                                   SYS_mount,  SYS_swapon,     SYS_reboot,      SYS_setns,
                                   SYS_chroot, SYS_unshare,    SYS_bpf};

    for (size_t i = 0; i < CRIME_COUNT(numbers); i++)
        (void)syscall(numbers[i], (long)i, 0, 0, 0, 0, 0); /* refused, as the test expects */
    return 0;
}

__attribute__((noreturn)) static int by_grandchild(void)
{
    if (crime_fork() == 0) {
        if (crime_fork() == 0)
            (void)refused_call();
        for (;;)
            (void)pause();
    }
    for (;;)
        (void)pause();
}

static int processes(long count)
{
    for (long i = 0; i < count; i++)
        if (crime_fork() == 0)
            for (;;)
                (void)refused_call();
    (void)refused_call();
    return 7;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    long first = argc > 2 ? strtol(argv[2], NULL, 10) : 0;

    if (strcmp(what, "once") == 0)
        return once();
    if (strcmp(what, "many") == 0)
        return many(first);
    if (strcmp(what, "kinds") == 0)
        return kinds();
    if (strcmp(what, "threads") == 0 && argc > 3 && first <= THREADS_MAX)
        return threads(first, strtol(argv[3], NULL, 10));
    if (strcmp(what, "forever") == 0 && first <= THREADS_MAX)
        return threads(first, -1);
    if (strcmp(what, "child") == 0)
        return by_grandchild();
    if (strcmp(what, "processes") == 0)
        return processes(first);
    return 2;
}
