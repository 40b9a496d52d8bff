/* balloon WHAT MIB - takes that much memory of a kind that a careless limit does not count, then
 * exits with 0. 3: the kernel refused it. What anybody counts is eat.c's matter.
 *
 * children   pages, in 16 processes that all stay
 * reserve    pages of a mapping that promised to need none (MAP_NORESERVE)
 * mapped     a file in /dev/shm, written through a mapping
 * moved      pages, given to the kernel (vmsplice) or, where that is refused, sent through sockets
 * sockets    what was sent and not received
 * flight     the same, by sockets that are themselves under way in messages
 * udp, tcp   the same, on the loopback, once that is seen to work; 3 where they hold less than
 * asked locks      locks on regions of a file, which nobody counts; prints 1 where one holds tables
 * page tables: one page read in every 2 MiB locked     pages, locked sysv       System V shared
 * memory that nobody is attached to bss        a variable, all of it stack      the stack, by
 * recursion arguments  the arguments of a program that it becomes */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1 << 20, PAGE = 4096, REFUSED = 3, CHILDREN = 16, STRIDE = 2 << 20 };

static char block[MIB];
static char everything[128UL << 20]; /* bss: costs nothing before it is written to */

static int touch(char *at, size_t length)
{
    for (size_t i = 0; i < length; i += PAGE)
        ((volatile char *)at)[i] = 1;
    return 0;
}

static int map_and_touch(size_t length, int flags, int fd)
{
    char *at = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, fd, 0);

    return at == MAP_FAILED ? REFUSED : touch(at, length);
}

static int by_children(size_t length)
{
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();
        if (pid < 0)
            return REFUSED;
        if (pid == 0) {
            (void)map_and_touch(length / CHILDREN, MAP_PRIVATE | MAP_ANONYMOUS, -1);
            (void)pause();
        }
    }
    (void)sleep(1); /* they are killed meanwhile, and this process with them */
    return 0;
}

static int by_mapped_file(size_t length)
{
    int fd = open("/dev/shm/mapped", O_CREAT | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0 || ftruncate(fd, (off_t)length) < 0)
        return REFUSED;
    return map_and_touch(length, MAP_SHARED, fd);
}

static ssize_t fill_socket(int into)
{
    ssize_t got, sent = 0;

    while ((got = send(into, block, 65536, MSG_DONTWAIT)) > 0)
        sent += got;
    return sent;
}

static int by_sockets(size_t length)
{
    for (size_t sent = 0; sent < length;) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
            return REFUSED;
        sent += (size_t)fill_socket(pair[0]);
    }
    return 0;
}

/* Sends a descriptor away and closes it: what it holds is held by nobody's table then. */
static int send_away(int through, int fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec data = {block, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t sent;

    memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    sent = sendmsg(through, &message, MSG_DONTWAIT);
    (void)close(fd);
    return sent == 1 ? 0 : -1;
}

static int by_flight(size_t length)
{
    int carrier[2] = {-1, -1};

    for (size_t sent = 0; sent < length;) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
            return REFUSED;
        sent += (size_t)fill_socket(pair[0]);
        (void)close(pair[0]);
        if (carrier[0] >= 0 && send_away(carrier[0], pair[1]) == 0)
            continue;
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, carrier) < 0) /* the last one is full: another */
            return REFUSED;
    }
    return 0;
}

static int inet_socket(int type, struct sockaddr_in *own)
{
    socklen_t length = sizeof(*own);
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *own = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (fd < 0 || bind(fd, (const struct sockaddr *)own, sizeof(*own)) < 0 ||
        getsockname(fd, (struct sockaddr *)own, &length) < 0)
        return -1;
    return fd;
}

/* Before much is held: who holds much may be killed. */
static void say_works(const char *what)
{
    (void)printf("%s: works\n", what);
    (void)fflush(stdout);
}

/* What does not fit is dropped without a word: what is held is what can still be received. */
static int by_udp(size_t length)
{
    enum { SOCKETS = 1000, PER_SOCKET = 8, DATAGRAM = 32000 };
    static int sockets[SOCKETS];
    struct sockaddr_in own;
    size_t held = 0;
    ssize_t got;

    for (int i = 0; i < SOCKETS; i++) {
        sockets[i] = inet_socket(SOCK_DGRAM, &own);
        if (sockets[i] < 0)
            return REFUSED;
        for (int n = 0; n < PER_SOCKET; n++)
            (void)sendto(sockets[i], block, DATAGRAM, 0, (const struct sockaddr *)&own,
                         sizeof(own));
        if (i == 0 && recv(sockets[i], block, sizeof(block), 0) == DATAGRAM)
            say_works("udp");
    }
    for (int i = 0; i < SOCKETS; i++)
        while ((got = recv(sockets[i], block, sizeof(block), 0)) > 0)
            held += (size_t)got;
    return held < length ? REFUSED : 0;
}

static int by_tcp(size_t length)
{
    enum { PAIRS = 200 };
    struct sockaddr_in at, own;
    int listener = inet_socket(SOCK_STREAM, &at);
    size_t held = 0;

    if (listener < 0 || listen(listener, PAIRS) < 0)
        return REFUSED;
    for (int i = 0; i < PAIRS; i++) {
        int fd = inet_socket(SOCK_STREAM, &own);
        if (fd < 0 ||
            (connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 && errno != EINPROGRESS))
            return REFUSED;
        held += (size_t)fill_socket(fd);
        if (i == 0 && held > 0)
            say_works("tcp");
    }
    return held < length ? REFUSED : 0;
}

/* Is another process told of a lock? */
static int any_locks(int fd, int count)
{
    int held = 0, status;
    pid_t pid = fork();

    if (pid == 0) {
        for (int i = 0; i < count; i++) {
            struct flock one = {.l_type = F_WRLCK, .l_start = 2L * i, .l_len = 1};
            held += fcntl(fd, F_GETLK, &one) == 0 && one.l_type != F_UNLCK;
        }
        _exit(held > 0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

static int by_locks(void)
{
    enum { LOCKS = 1000 };
    int fd = open("/tmp/locks", O_CREAT | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return REFUSED;
    for (int i = 0; i < LOCKS; i++) {
        struct flock one = {.l_type = F_WRLCK, .l_start = 2L * i, .l_len = 1};
        (void)fcntl(fd, F_SETLK, &one);
        (void)fcntl(fd, F_OFD_SETLK, &one);
    }
    (void)printf("locks: %d\n", any_locks(fd, LOCKS));
    return 0;
}

static int by_moving(size_t length)
{
    for (size_t moved = 0; moved < length; moved += 65536) {
        struct iovec pages = {
            mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 65536};
        int ends[2];
        if (pages.iov_base == MAP_FAILED || pipe2(ends, O_NONBLOCK) < 0)
            return REFUSED;
        (void)touch(pages.iov_base, 65536);
        if (syscall(SYS_vmsplice, ends[1], &pages, 1, 1 /* SPLICE_F_MOVE */) < 0)
            return by_sockets(length - moved);
        (void)munmap(pages.iov_base, 65536);
    }
    return 0;
}

/* A page that is only read is the one page of zeros: nothing but the tables is the program's. */
static int by_tables(size_t length)
{
    size_t tables = length / PAGE;
    size_t room = tables * STRIDE;
    char *at = mmap(NULL, room, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED)
        return REFUSED;
    (void)madvise(at, room, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < tables; i++)
        (void)((volatile char *)at)[i * STRIDE];
    return 0;
}

static int by_locking(size_t length)
{
    char *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED || mlock(at, length) < 0 ? REFUSED : touch(at, length);
}

static int by_sysv(size_t length)
{
    for (size_t got = 0; got < length; got += MIB) {
        int id = shmget(IPC_PRIVATE, MIB, IPC_CREAT | 0600);
        char *at = id < 0 ? (char *)-1 : shmat(id, NULL, 0);
        if (at == (char *)-1)
            return REFUSED;
        (void)touch(at, MIB);
        (void)shmdt(at);
    }
    return 0;
}

__attribute__((noinline)) static long descend(long left)
{
    volatile char frame[8192];

    frame[0] = frame[sizeof(frame) - 1] = (char)left;
    if (left <= 0)
        return frame[0];
    return descend(left - (long)sizeof(frame)) + frame[0];
}

static int by_arguments(size_t length)
{
    size_t count = length / 100000;
    char **argv = calloc(count + 2, sizeof(*argv)), *long_one = malloc(100001);

    if (!argv || !long_one)
        return REFUSED;
    memset(long_one, 'a', 100000);
    long_one[100000] = '\0';
    argv[0] = "/proc/self/exe";
    for (size_t i = 1; i <= count; i++)
        argv[i] = long_one;
    (void)execv("/proc/self/exe", argv);
    return REFUSED;
}

static int by_name(const char *what, size_t length)
{
    if (strcmp(what, "children") == 0)
        return by_children(length);
    if (strcmp(what, "reserve") == 0)
        return map_and_touch(length, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    if (strcmp(what, "mapped") == 0)
        return by_mapped_file(length);
    if (strcmp(what, "moved") == 0)
        return by_moving(length);
    if (strcmp(what, "sockets") == 0)
        return by_sockets(length);
    if (strcmp(what, "flight") == 0)
        return by_flight(length);
    if (strcmp(what, "udp") == 0)
        return by_udp(length);
    if (strcmp(what, "tcp") == 0)
        return by_tcp(length);
    if (strcmp(what, "locks") == 0)
        return by_locks();
    if (strcmp(what, "tables") == 0)
        return by_tables(length);
    if (strcmp(what, "locked") == 0)
        return by_locking(length);
    if (strcmp(what, "sysv") == 0)
        return by_sysv(length);
    if (strcmp(what, "bss") == 0)
        return touch(everything, length < sizeof(everything) ? length : sizeof(everything));
    if (strcmp(what, "arguments") == 0)
        return by_arguments(length);
    return descend((long)length) == 0;
}

int main(int argc, char **argv)
{
    long mib = argc == 3 ? atol(argv[2]) : 0;

    return mib < 1 ? 2 : by_name(argv[1], (size_t)mib * MIB);
}
