/* calls ABI SEED ROUNDS [FIRST LAST] - every system call number there is, with arguments by chance.
 *
 * ABI: native, i386 (int 0x80), x32. Each number is tried ROUNDS times, each time by a child of its
 * own, which is ended if it does not end. The same seed gives the same arguments. What came of it:
 *
 *     native: 601 numbers, 1200 ended, 2 died, 8 stuck
 *     i386 call 20: succeeded        a foreign call that came back
 *
 * calls here NUMBER SEED - one number, a few times, by this very process: for policies that allow
 * no child. calls chance SEED COUNT - COUNT children, each with 24 calls of any number. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "crime.h"

enum {
    LAST = 600,
    ARENA = 1 << 16,
    STUCK_MS = 40,
    FOREIGN_MS = 10000,
    TRIES = 3,
    CALLS_BY_CHANCE = 24
};

enum abi { NATIVE, I386, X32 };

static uint64_t state;
static char *arena; /* below 4 GiB, so that it can be pointed to by other ABIs as well */

/* xorshift64*: the same on every machine. */
static uint64_t chance(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545F4914F6CDD1DULL;
}

static void seed_for(uint64_t seed, long number, long round)
{
    state = seed * 0x9E3779B97F4A7C15ULL + (uint64_t)number * 1000003 + (uint64_t)round + 1;
    for (int i = 0; i < 4; i++)
        (void)chance();
}

static void fill_arena(void)
{
    static const char *const texts[] = {"/box/x", "/etc/passwd",  "/proc/self/mem", "/dev/null",
                                        ".",      "/proc/1/root", "/usr/bin/env",   "tmpfs"};
    uint64_t *words = (uint64_t *)(void *)arena;

    for (size_t i = 0; i < ARENA / sizeof(*words); i++)
        words[i] = chance() & 3 ? chance() % 64 : chance();
    for (size_t i = 0; i < CRIME_COUNT(texts); i++)
        (void)snprintf(arena + i * 64, 64, "%s", texts[i]);
}

static long argument(void)
{
    switch (chance() % 10) {
    case 0:
        return 0;
    case 1:
        return -1;
    case 2:
        return (long)chance();
    case 3:
        return (long)(1ULL << (chance() % 64));
    case 4:
        return (long)(uintptr_t)(arena + (chance() % 8) * 64);
    case 5:
    case 6:
        return (long)(uintptr_t)(arena + chance() % ARENA);
    case 7:
        return (long)(chance() % 8); /* descriptors, init, small numbers */
    default:
        return (long)(chance() % 5000);
    }
}

#ifdef __x86_64__
static long call_i386(long number, const long a[6])
{
    long answer;

    __asm__ volatile("int $0x80"
                     : "=a"(answer)
                     : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                     : "memory", "r8", "r9", "r10", "r11");
    return answer;
}
#endif

static long call(enum abi abi, long number, const long a[6])
{
#ifdef __x86_64__
    if (abi == I386)
        return call_i386(number, a);
    if (abi == X32)
        number |= 0x40000000;
#endif
    return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Whoever kills every process he may ends the trial itself: only that is not left to chance. */
static int aims_at_all(long number, const long a[6])
{
    switch (number) {
    case SYS_kill:
    case SYS_tkill:
    case SYS_tgkill:
    case SYS_rt_sigqueueinfo:
    case SYS_rt_tgsigqueueinfo:
        return (int)a[0] <= 1 || (int)a[0] == getppid();
    case SYS_pidfd_send_signal:
    case SYS_process_mrelease:
        return 1;
    default:
        return 0;
    }
}

static void try_number(enum abi abi, long number, int tries)
{
    for (int i = 0; i < tries; i++) {
        long a[6];
        for (int k = 0; k < 6; k++)
            a[k] = argument();
        if (abi == NATIVE && aims_at_all(number, a))
            a[0] = getpid();
        (void)call(abi, number, a);
    }
}

/* Beyond where the heap of a program linked at a fixed address may begin: up to 1 GiB after it, by
 * chance, and once in some ten thousand starts at 0x10000000. */
static int make_arena(void)
{
    arena = mmap((void *)0x70000000, ARENA, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    return arena == MAP_FAILED ? -1 : 0;
}

/* ---- children ---------------------------------------------------------------------------------
 */

struct tally {
    long ended, died, stuck, not_tried;
};

static void begin_child(void)
{
    int nothing = open("/dev/null", O_RDWR);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)setpgid(0, 0);
    for (int fd = 0; fd < 3; fd++) /* what it writes by chance is nobody's output */
        (void)dup2(nothing, fd);
}

/* What a child left of itself (children of its own) goes with its group. */
static int wait_for(pid_t child, struct tally *tally, int patience_ms)
{
    int status = 0;

    for (int ms = 0; waitpid(child, &status, WNOHANG) == 0; ms++) {
        if (ms == patience_ms) {
            tally->stuck++;
            (void)kill(-child, SIGKILL);
            (void)kill(child, SIGKILL);
            (void)waitpid(child, NULL, __WALL);
            return -1;
        }
        (void)poll(NULL, 0, ms == 0 ? 0 : 1);
    }
    (void)kill(-child, SIGKILL);
    while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
        ; /* children that were made its parent's */
    if (WIFSIGNALED(status))
        tally->died++;
    else
        tally->ended++;
    return WIFSIGNALED(status) ? -1 : 0;
}

static pid_t fork_patiently(void)
{
    for (int ms = 0; ms < 200; ms++) { /* those that were killed need a moment to be gone */
        pid_t child = crime_fork();
        if (child >= 0)
            return child;
        (void)poll(NULL, 0, 1);
    }
    return -1;
}

static void sweep(enum abi abi, const char *name, uint64_t seed, long rounds, long first, long last)
{
    struct tally tally = {0};

    for (long number = first; number <= last; number++)
        for (long round = 0; round < rounds; round++) {
            pid_t child = fork_patiently();
            if (child == 0) {
                begin_child();
                seed_for(seed, number, round);
                fill_arena();
                try_number(abi, number, abi == NATIVE ? TRIES : 1);
                _exit(0);
            }
            if (child < 0)
                tally.not_tried++;
            else if (wait_for(child, &tally, abi == NATIVE ? STUCK_MS : FOREIGN_MS) == 0 &&
                     abi != NATIVE)
                (void)printf("%s call %ld: succeeded\n", name, number);
        }
    (void)printf("%s: %ld numbers, %ld ended, %ld died, %ld stuck, %ld not tried\n", name,
                 last - first + 1, tally.ended, tally.died, tally.stuck, tally.not_tried);
}

static void by_chance(uint64_t seed, long count)
{
    struct tally tally = {0};

    for (long i = 0; i < count; i++) {
        pid_t child = fork_patiently();
        if (child == 0) {
            begin_child();
            seed_for(seed, i, 0);
            fill_arena();
            for (int k = 0; k < CALLS_BY_CHANCE; k++)
                try_number(NATIVE, (long)(chance() % (LAST + 1)), 1);
            _exit(0);
        }
        if (child < 0)
            tally.not_tried++;
        else
            (void)wait_for(child, &tally, STUCK_MS);
    }
    (void)printf("chance: %ld ended, %ld died, %ld stuck, %ld not tried\n", tally.ended, tally.died,
                 tally.stuck, tally.not_tried);
}

int main(int argc, char **argv)
{
    const char *what = argc > 3 ? argv[1] : "";
    enum abi abi = strcmp(what, "i386") == 0 ? I386 : strcmp(what, "x32") == 0 ? X32 : NATIVE;
    uint64_t seed = argc > 3 ? strtoull(argv[2], NULL, 0) : 0;
    long third = argc > 3 ? strtol(argv[3], NULL, 10) : 0;

    if (argc < 4 || make_arena() < 0)
        return 2;
    if (strcmp(what, "here") == 0) {
        seed_for((uint64_t)third, (long)seed, 0);
        fill_arena();
        try_number(NATIVE, (long)seed, TRIES);
    } else if (strcmp(what, "chance") == 0) {
        by_chance(seed, third);
    } else {
        long last = argc == 6 ? strtol(argv[5], NULL, 10) : LAST;
        sweep(abi, what, seed, third, argc == 6 ? strtol(argv[4], NULL, 10) : 0, last);
    }
    return 0;
}
