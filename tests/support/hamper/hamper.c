/* hamper.c - a library to be preloaded: what a program asks of its C library fails, is interrupted,
 * moves half, or tells another time, as long as somebody wants that.
 *
 * BAILIFF_HAMPER names a file of six numbers of 64 bits, which whoever hampers maps as well:
 *   0  allocation of that number fails; 0: none        3  not 0: transfers on sockets and pipes
 * move 1  allocations since that was set                     half at most 2  what was done so far:
 * failures, interruptions,  4  not 0: every second such call says EINTR halves, steps 5  seconds by
 * which CLOCK_REALTIME steps, to and fro, with every look at it Messages (SOCK_SEQPACKET) go by
 * sendmsg(2) and recvmsg(2), which are let alone. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { FAILS_AT, COUNT, DONE, HALVES, INTERRUPTS, STEP_S, NUMBERS };

static _Atomic uint64_t *numbers; /* NULL: nothing is wanted */

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("BAILIFF_HAMPER");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *mapped;

    if (fd < 0)
        return;
    mapped = mmap(NULL, NUMBERS * sizeof(*numbers), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd); /* it is mapped */
    if (mapped != MAP_FAILED)
        numbers = mapped;
}

static bool is_wanted(int number)
{
    return numbers && atomic_load(&numbers[number]) != 0;
}

static void note(void)
{
    (void)atomic_fetch_add(&numbers[DONE], 1);
}

/* ---- memory: the C library's own names for what is replaced */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);

static bool runs_out(void)
{
    if (!is_wanted(FAILS_AT) ||
        atomic_fetch_add(&numbers[COUNT], 1) + 1 != atomic_load(&numbers[FAILS_AT]))
        return false;
    note();
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return runs_out() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return runs_out() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    return runs_out() ? NULL : __libc_realloc(pointer, size);
}

/* ---- transfers */

static bool is_stream(int fd)
{
    struct stat is;

    return fstat(fd, &is) == 0 && (S_ISSOCK(is.st_mode) || S_ISFIFO(is.st_mode));
}

static bool is_interrupted(int fd)
{
    static atomic_uint turn;

    if (!is_wanted(INTERRUPTS) || !is_stream(fd) || atomic_fetch_add(&turn, 1) % 2)
        return false;
    note();
    errno = EINTR;
    return true;
}

static size_t shorter(int fd, size_t length)
{
    if (!is_wanted(HALVES) || length < 2 || !is_stream(fd))
        return length;
    note();
    return length / 2;
}

ssize_t read(int fd, void *bytes, size_t length)
{
    return is_interrupted(fd) ? -1 : syscall(SYS_read, fd, bytes, shorter(fd, length));
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    return is_interrupted(fd) ? -1 : syscall(SYS_write, fd, bytes, shorter(fd, length));
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    return is_interrupted(fd)
               ? -1
               : syscall(SYS_recvfrom, fd, bytes, shorter(fd, length), flags, NULL, NULL);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    return is_interrupted(fd) ? -1
                              : syscall(SYS_sendto, fd, bytes, shorter(fd, length), flags, NULL, 0);
}

ssize_t splice(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags)
{
    return is_interrupted(from)
               ? -1
               : syscall(SYS_splice, from, from_at, to, to_at, shorter(from, length), flags);
}

/* ---- time */

static int64_t step_s(void)
{
    static atomic_uint turn;
    static const int64_t way[] = {0, 1, -1, 3, -2};

    if (!is_wanted(STEP_S))
        return 0;
    note();
    return (int64_t)atomic_load(&numbers[STEP_S]) *
           way[atomic_fetch_add(&turn, 1) % (sizeof(way) / sizeof(way[0]))];
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const long failed = syscall(SYS_clock_gettime, clock, now);

    if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += step_s();
    return (int)failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;

    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &exact); /* always there */
    *now = (struct timeval){exact.tv_sec, exact.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out)
{
    struct timespec exact;

    (void)clock_gettime(CLOCK_REALTIME, &exact); /* always there */
    if (out)
        *out = exact.tv_sec;
    return exact.tv_sec;
}
