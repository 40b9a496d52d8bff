/* labour.c KIND - does a fixed amount of work of one kind and prints what it took itself:
 * "CPU_NS WALL_NS". Run bare and inside a sandbox, to tell what the walls cost once a program runs.
 *
 * Static; nothing is measured but the work: start and end are not in it. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    COMPUTE_STEPS = 20 * 1000 * 1000,
    SYSCALL_ROUNDS = 60 * 1000,
    FAULT_BYTES = 16 * 1024 * 1024,
    FAULT_ROUNDS = 3,
    PAGE_BYTES = 4096,
    FORKS = 100,
};

static int compute(void)
{
    volatile uint64_t sink;
    uint64_t state = 88172645463325252ULL;

    for (int i = 0; i < COMPUTE_STEPS; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    sink = state; /* so that the loop is not taken out */
    return sink == 0;
}

static int syscalls(void)
{
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), null = open("/dev/null", O_WRONLY);
    char byte;

    if (zero < 0 || null < 0)
        return -1;
    for (int i = 0; i < SYSCALL_ROUNDS; i++)
        if (syscall(SYS_getppid) < 0 || read(zero, &byte, 1) != 1 || write(null, &byte, 1) != 1)
            return -1;
    return 0;
}

/* Small pages: a huge one would be a single fault. */
static int faults(void)
{
    for (int round = 0; round < FAULT_ROUNDS; round++) {
        char *memory =
            mmap(NULL, FAULT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            return -1;
        (void)madvise(memory, FAULT_BYTES, MADV_NOHUGEPAGE); /* EINVAL: there are none */
        for (size_t at = 0; at < FAULT_BYTES; at += PAGE_BYTES)
            ((volatile char *)memory)[at] = 1;
        if (munmap(memory, FAULT_BYTES) < 0)
            return -1;
    }
    return 0;
}

static int forks(void)
{
    for (int i = 0; i < FORKS; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            return -1;
    }
    return 0;
}

static const struct {
    const char *name;
    int (*work)(void);
} kinds[] = {{"compute", compute}, {"syscalls", syscalls}, {"faults", faults}, {"forks", forks}};

static uint64_t wall_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Own and children's: clocks of the process alone would miss what forks cost. */
static uint64_t cpu_ns(void)
{
    struct rusage children;
    struct timespec own;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own); /* can't fail */
    (void)getrusage(RUSAGE_CHILDREN, &children);         /* nor this */
    return ((uint64_t)own.tv_sec + (uint64_t)children.ru_utime.tv_sec +
            (uint64_t)children.ru_stime.tv_sec) *
               1000000000 +
           (uint64_t)own.tv_nsec +
           (uint64_t)(children.ru_utime.tv_usec + children.ru_stime.tv_usec) * 1000;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(argv[1], kinds[i].name) != 0)
            continue;
        const uint64_t wall = wall_ns(), cpu = cpu_ns();
        if (kinds[i].work() != 0)
            return EXIT_FAILURE;
        const uint64_t cpu_after = cpu_ns();
        return printf("%llu %llu\n", (unsigned long long)(cpu_after - cpu),
                      (unsigned long long)(wall_ns() - wall)) > 0
                   ? EXIT_SUCCESS
                   : EXIT_FAILURE;
    }
    return EXIT_FAILURE;
}
