/* exhaust KIND - makes objects of the kernel until it refuses one, keeps them all, and tells why it
 * was refused: "KIND: EMFILE". "KIND: none" where nothing ever was, up to a great number. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 300000 };

static long make_file(long i)
{
    (void)i;
    return open("/dev/null", O_RDONLY);
}

static long make_pipe(long i)
{
    int ends[2];

    (void)i;
    return pipe2(ends, 0);
}

static long make_epoll(long i)
{
    struct epoll_event in = {.events = EPOLLIN};
    static int last = -1;
    int fd = epoll_create1(0);

    (void)i;
    if (fd >= 0 && last >= 0) /* each watches the one before: a chain, where it is let */
        (void)epoll_ctl(fd, EPOLL_CTL_ADD, last, &in);
    last = fd;
    return fd;
}

static long make_eventfd(long i)
{
    (void)i;
    return eventfd(0, 0);
}

static long make_timerfd(long i)
{
    (void)i;
    return timerfd_create(CLOCK_MONOTONIC, 0);
}

static long make_signalfd(long i)
{
    sigset_t all;

    (void)i;
    (void)sigfillset(&all);
    return signalfd(-1, &all, 0);
}

static long make_inotify(long i)
{
    (void)i;
    return inotify_init1(0);
}

static long make_timer(long i)
{
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    timer_t timer;

    (void)i;
    return timer_create(CLOCK_MONOTONIC, &none, &timer);
}

/* Queued and never taken: blocked. */
static long make_signal(long i)
{
    static int blocked;
    sigset_t all;

    if (!blocked++) {
        (void)sigfillset(&all);
        (void)sigprocmask(SIG_BLOCK, &all, NULL);
    }
    return sigqueue(getpid(), SIGRTMIN + (int)(i % 8), (union sigval){0});
}

static long make_mq(long i)
{
    struct mq_attr large = {.mq_maxmsg = 10, .mq_msgsize = 8192};
    char name[32];

    (void)snprintf(name, sizeof(name), "/q%ld", i);
    return mq_open(name, O_CREAT | O_RDWR, 0600, &large);
}

static long make_msgq(long i)
{
    (void)i;
    return msgget(IPC_PRIVATE, IPC_CREAT | 0600);
}

static long make_sem(long i)
{
    (void)i;
    return semget(IPC_PRIVATE, 1000, IPC_CREAT | 0600);
}

static long make_key(long i)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "k%ld", i);
    return syscall(SYS_add_key, "user", name, name, 32, KEY_SPEC_PROCESS_KEYRING);
}

static long make_memfd(long i)
{
    (void)i;
    return memfd_create("exhausted", 0);
}

static long make_socket(long i)
{
    (void)i;
    return socket(AF_UNIX, SOCK_DGRAM, 0);
}

/* Two rights in turn, so that no two become one. */
static long make_mapping(long i)
{
    void *at = mmap(NULL, 4096, i & 1 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED ? -1 : 0;
}

/* The kernel remembers also what does not exist. */
static long make_absence(long i)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "/box/there-is-no-such-file-%ld", i);
    (void)access(name, F_OK);
    return 0;
}

static long make_folder(long i)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "/tmp/d%ld", i);
    return mkdir(name, 0700);
}

static void *stay(void *argument)
{
    (void)pause();
    return argument;
}

static long make_thread(long i)
{
    pthread_attr_t small;
    pthread_t id;

    (void)i;
    (void)pthread_attr_init(&small);
    (void)pthread_attr_setstacksize(&small, 16384);
    errno = pthread_create(&id, &small, stay, NULL);
    return errno ? -1 : 0;
}

static long make_zombie(long i)
{
    pid_t pid = fork();

    (void)i;
    if (pid == 0)
        _exit(0);
    return pid;
}

static long make_process(long i)
{
    pid_t pid = fork();

    (void)i;
    if (pid == 0)
        for (;;)
            (void)pause();
    return pid;
}

/* Each waits for its own child to be gone, and it is the child that goes on in the loop. */
static long make_vfork(long i)
{
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL);

    (void)i;
    if (pid > 0)
        _exit(0);
    return pid;
}

static int stack_of_children[4096];

__attribute__((noreturn)) static int wait_for_ever(void *argument)
{
    (void)argument;
    for (;;)
        (void)pause();
}

/* Sharing all but the descriptors and the signals. */
static long make_clone(long i)
{
    (void)i;
    return clone(wait_for_ever, stack_of_children + 4000, CLONE_FILES | CLONE_FS | SIGCHLD, NULL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        long (*make)(long i);
    } kinds[] = {
        {"descriptors", make_file},  {"pipes", make_pipe},       {"epolls", make_epoll},
        {"eventfds", make_eventfd},  {"timerfds", make_timerfd}, {"signalfds", make_signalfd},
        {"inotifies", make_inotify}, {"timers", make_timer},     {"signals", make_signal},
        {"queues", make_mq},         {"messages", make_msgq},    {"semaphores", make_sem},
        {"keys", make_key},          {"memfds", make_memfd},     {"sockets", make_socket},
        {"mappings", make_mapping},  {"absences", make_absence}, {"folders", make_folder},
        {"threads", make_thread},    {"zombies", make_zombie},   {"processes", make_process},
        {"vforks", make_vfork},      {"clones", make_clone},
    };
    long i = 0;

    for (size_t k = 0; argc == 2 && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        if (strcmp(argv[1], kinds[k].name) != 0)
            continue;
        while (i < MANY && kinds[k].make(i) >= 0)
            i++;
        (void)printf("%s: %s\n", argv[1], i < MANY ? strerrorname_np(errno) : "none");
        return 0;
    }
    return 2;
}
