/* residue.c - leaves in every kind of kernel object what a next program could find, or looks for
 * it.
 *
 *     residue leave      then lives on, if it can, as a child that holds an abstract socket; its
 *                        group has counted 16 MiB and two processes
 *     residue look       one line for each kind: "kind: nothing" or "kind: found"
 *     residue nothing
 *     residue cookie     "cookie: " and what identifies the network namespace
 *     residue scheduler  "scheduler: " and the number of its scheduling class */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { KEY = 0x6261696c, COUNTED_BYTES = 16 << 20 };

static const char *const files[] = {"/tmp/residue", "/box/residue", "/dev/shm/residue",
                                    "/run/residue", "/app/left"};

static socklen_t abstract(struct sockaddr_un *at)
{
    static const char name[] = "\0residue";

    memset(at, 0, sizeof(*at));
    at->sun_family = AF_UNIX;
    memcpy(at->sun_path, name, sizeof(name));
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(name));
}

/* Whatever fails here is a wall's doing, and no matter: only finding is a crime. */
static void leave(void)
{
    struct sockaddr_un at;
    struct mq_attr one = {.mq_maxmsg = 1, .mq_msgsize = 8};
    struct timespec step = {.tv_sec = 1000000000};

    (void)shmget(KEY, 4096, IPC_CREAT | 0666);
    (void)msgget(KEY, IPC_CREAT | 0666);
    (void)semget(KEY, 1, IPC_CREAT | 0666);
    (void)mq_open("/residue", O_CREAT | O_RDWR, 0666, &one);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        (void)close(open(files[i], O_CREAT | O_WRONLY, 0666));
    (void)syscall(SYS_add_key, "user", "residue", "x", 1, KEY_SPEC_USER_KEYRING);
    (void)syscall(SYS_add_key, "user", "residue", "x", 1, KEY_SPEC_SESSION_KEYRING);
    (void)!sethostname("residue", 7);
    (void)clock_settime(CLOCK_MONOTONIC, &step);
    (void)!write(open("/proc/sys/kernel/shm_rmid_forced", O_WRONLY), "1", 1);
    (void)!write(open("/proc/sys/kernel/msgmax", O_WRONLY), "1234", 4);
    (void)mmap(NULL, COUNTED_BYTES, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (fork() == 0) {
        int listener = socket(AF_UNIX, SOCK_STREAM, 0);
        socklen_t length = abstract(&at);
        if (bind(listener, (struct sockaddr *)&at, length) == 0 && listen(listener, 1) == 0)
            (void)puts("listening");
        (void)setsid();
        (void)pause();
    }
    (void)usleep(1000); /* for the child's sake; what it misses, nobody finds */
}

static void tell(const char *kind, int found)
{
    (void)printf("%s: %s\n", kind, found ? "found" : "nothing");
}

static int file_holds(const char *path, const char *text)
{
    char content[64] = "";
    int fd = open(path, O_RDONLY);

    return fd >= 0 && read(fd, content, sizeof(content) - 1) > 0 && strstr(content, text) != NULL;
}

static void look(void)
{
    struct sockaddr_un at;
    struct timespec now;
    char host[64] = "";
    socklen_t length = abstract(&at);
    int found = 0;

    tell("sysv shm", shmget(KEY, 0, 0) >= 0);
    tell("sysv msg", msgget(KEY, 0) >= 0);
    tell("sysv sem", semget(KEY, 0, 0) >= 0);
    tell("posix mq", mq_open("/residue", O_RDWR) >= 0);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        found |= access(files[i], F_OK) == 0;
    tell("files", found);
    tell("user key",
         syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", "residue", 0) >= 0);
    tell("session key",
         syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "residue", 0) >= 0);
    (void)gethostname(host, sizeof(host) - 1);
    tell("hostname", strcmp(host, "residue") == 0);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    tell("clock", now.tv_sec > 3600);
    tell("sysctl", file_holds("/proc/sys/kernel/msgmax", "1234"));
    tell("abstract socket",
         connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&at, length) == 0);
}

/* The number of a network namespace that the kernel never gives twice, where an inode's may come
 * again (SO_NETNS_COOKIE, Linux 5.14). */
static void cookie(void)
{
    unsigned long long number = 0;
    socklen_t length = sizeof(number);

    if (getsockopt(socket(AF_UNIX, SOCK_STREAM, 0), SOL_SOCKET, SO_NETNS_COOKIE, &number, &length))
        number = 0;
    (void)printf("cookie: %llu\n", number);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "leave") == 0)
        leave();
    else if (strcmp(what, "look") == 0)
        look();
    else if (strcmp(what, "cookie") == 0)
        cookie();
    else if (strcmp(what, "scheduler") == 0)
        (void)printf("scheduler: %d\n", sched_getscheduler(0));
    else if (strcmp(what, "nothing") != 0)
        return 2;
    return 0;
}
