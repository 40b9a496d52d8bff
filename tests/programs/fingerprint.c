/* fingerprint - everything that a program can see of the state it starts in, a line for each thing:
 * settings, counters, lists, limits, mounts, folders and how full they are. Two that start in equal
 * sandboxes print the same, but for what the machine itself goes on counting. Left out is what
 * differs between any two: when it started (timens_offsets), how much it has read so far (io), and
 * which of the host's ids and numbers of mounts it was given. With any argument: only what is the
 * sandbox's own.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* The whole content as one line: other bytes than text are shown as '?'. */
static void tell_file(const char *path)
{
    static char text[1 << 16];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text));

    (void)printf("%s = ", path);
    if (length < 0)
        (void)printf("%s", strerrorname_np(errno));
    for (ssize_t i = 0; i < length; i++)
        (void)putchar(text[i] == '\n' ? ';' : text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?');
    (void)putchar('\n');
    if (fd >= 0)
        (void)close(fd);
}

/* Of the whole machine, and never still. */
static int is_counter(const char *path)
{
    static const char *const counters[] = {"/file-nr",      "/inode-nr",  "/inode-state",
                                           "/dentry-state", "/aio-nr",    "/sockstat",
                                           "/softnet_stat", "/protocols", "/pty/nr"};

    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        if (strstr(path, counters[i]))
            return 1;
    return 0;
}

static int tell_one(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    (void)is;
    (void)at;
    if (kind == FTW_F && !strstr(path, "random/") && !is_counter(path))
        tell_file(path);
    return 0;
}

/* Without what the scheduler and the page cache make of it. */
static void tell_status(void)
{
    static const char *const moving[] = {"Vm", "Rss", "voluntary", "nonvoluntary"};
    FILE *status = fopen("/proc/self/status", "re");
    char line[512];

    while (status && fgets(line, sizeof(line), status)) {
        size_t i = 0;
        while (i < 4 && strncmp(line, moving[i], strlen(moving[i])) != 0)
            i++;
        if (i == 4)
            (void)fputs(line, stdout);
    }
    if (status)
        (void)fclose(status);
}

/* Without numbers, and options, which name ids of the host. */
static void tell_mounts(void)
{
    FILE *mounts = fopen("/proc/self/mounts", "re");
    char line[2048], where[512], type[64];

    while (mounts && fgets(line, sizeof(line), mounts))
        if (sscanf(line, "%*s %511s %63s", where, type) == 2)
            (void)printf("mount %s %s\n", where, type);
    if (mounts)
        (void)fclose(mounts);
}

static void tell_folder(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);

    (void)printf("folder %s:", path);
    for (int i = 0; i < count; i++)
        (void)printf(" %s", entries[i]->d_name);
    (void)putchar('\n');
}

static void tell_fill(const char *path)
{
    struct statfs is;

    if (statfs(path, &is) == 0)
        (void)printf("fill %s: %llu of %llu, files %llu of %llu\n", path,
                     (unsigned long long)is.f_bfree, (unsigned long long)is.f_blocks,
                     (unsigned long long)is.f_ffree, (unsigned long long)is.f_files);
}

static void tell_limits(void)
{
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit limit;
        (void)getrlimit((__rlimit_resource_t)i, &limit);
        (void)printf("limit %d: %lld %lld\n", i, (long long)limit.rlim_cur,
                     (long long)limit.rlim_max);
    }
}

static void tell_self(void)
{
    struct itimerval timer;
    sigset_t set;

    (void)sigpending(&set);
    (void)printf("pending: %d\n", sigisemptyset(&set) ? 0 : 1);
    (void)sigprocmask(SIG_BLOCK, NULL, &set);
    (void)printf("blocked: %d\n", sigisemptyset(&set) ? 0 : 1);
    for (int which = 0; which < 3; which++) {
        (void)getitimer((__itimer_which_t)which, &timer);
        (void)printf("timer %d: %lld\n", which, (long long)timer.it_value.tv_sec);
    }
    (void)printf("pid %d, parent %d, session %d, group %d\n", getpid(), getppid(), getsid(0),
                 getpgrp());
    (void)printf("priority %d, policy %d, umask %o\n", getpriority(PRIO_PROCESS, 0),
                 sched_getscheduler(0), umask(0));
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            (void)printf("fd %d: flags %d\n", fd, fcntl(fd, F_GETFL));
}

int main(int argc, char **argv)
{
    static const char *const files[] = {
        "/proc/self/limits",
        "/proc/self/cgroup",
        "/proc/self/oom_score_adj",
        "/proc/self/setgroups",
        "/proc/self/loginuid",
        "/proc/self/sessionid",
        "/proc/self/timerslack_ns",
        "/proc/self/attr/current",
        "/proc/self/personality",
        "/proc/self/coredump_filter",
        "/proc/self/autogroup",
        "/proc/locks",
        "/proc/swaps",
        "/proc/keys",
        "/proc/key-users",
        "/proc/self/environ",
        "/proc/self/net/snmp",
    };
    static const char *const folders[] = {"/",    "/box", "/tmp",  "/dev",         "/dev/shm",
                                          "/run", "/etc", "/proc", "/proc/self/fd"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        tell_file(files[i]);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        tell_folder(folders[i]);
        tell_fill(folders[i]);
    }
    tell_status();
    tell_mounts();
    tell_limits();
    tell_self();
    (void)argv;
    tell_file("/proc/sys/user/max_user_namespaces");
    tell_file("/proc/self/net/dev");
    if (argc > 1)
        return 0;
    (void)nftw("/proc/sys", tell_one, 16, FTW_PHYS);
    (void)nftw("/proc/sysvipc", tell_one, 16, FTW_PHYS);
    (void)nftw("/proc/self/net", tell_one, 16, FTW_PHYS);
    return 0;
}
