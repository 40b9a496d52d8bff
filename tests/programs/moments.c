/* moments - what would tell that something was in a sandbox before, or that it went on while others
 * ran, beside what fingerprint tells: "NAME: VALUE" where two programs in sandboxes of their own
 * find the same, "NAME < NS" for a time that began with this program or its sandbox. Left out is
 * what the machine numbers for all: ids of the host, mounts, sockets. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_S = 1000000000, TICKS_FIELDS = 3 };

static void tell_time(const char *name, long long seconds, long long ns)
{
    (void)printf("%s < %lld\n", name, seconds * NS_PER_S + ns);
}

static void tell_number(const char *name, long number)
{
    if (number < 0)
        (void)printf("%s: %s\n", name, strerrorname_np(errno));
    else
        (void)printf("%s: %ld\n", name, number);
}

static void tell_clocks(void)
{
    static const struct {
        const char *name;
        clockid_t id;
    } clocks[] = {
        {"monotonic clock", CLOCK_MONOTONIC},
        {"boot clock", CLOCK_BOOTTIME},
        {"process's clock", CLOCK_PROCESS_CPUTIME_ID},
        {"thread's clock", CLOCK_THREAD_CPUTIME_ID},
    };
    struct timespec now;

    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
        if (clock_gettime(clocks[i].id, &now) == 0)
            tell_time(clocks[i].name, now.tv_sec, now.tv_nsec);
}

static void tell_usage(void)
{
    struct rusage own;

    (void)getrusage(RUSAGE_SELF, &own);
    tell_time("user time", own.ru_utime.tv_sec, own.ru_utime.tv_usec * 1000LL);
    tell_time("system time", own.ru_stime.tv_sec, own.ru_stime.tv_usec * 1000LL);
}

/* Fields as proc(5) numbers them, from 1. The name, the second, is ours and has no blank. */
static void tell_stat(void)
{
    static const struct {
        const char *name;
        int field;
    } ticks[TICKS_FIELDS] = {
        {"stat: user time", 14}, {"stat: system time", 15}, {"stat: start", 22}};
    char text[1024] = "";
    FILE *file = fopen("/proc/self/stat", "re");

    if (!file || !fgets(text, sizeof(text), file))
        return;
    (void)fclose(file); /* read only */
    for (int i = 0; i < TICKS_FIELDS; i++) {
        const char *at = text;
        for (int field = 1; at && field < ticks[i].field; field++)
            at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL;
        if (at)
            tell_time(ticks[i].name, 0, strtoll(at, NULL, 10) * (NS_PER_S / sysconf(_SC_CLK_TCK)));
    }
}

static void tell_uptime(void)
{
    FILE *file = fopen("/proc/uptime", "re");
    long seconds, hundredths;

    if (!file)
        return;
    if (fscanf(file, "%ld.%ld", &seconds, &hundredths) == 2)
        tell_time("uptime", seconds, hundredths * 10000000LL);
    (void)fclose(file); /* read only */
}

/* The last number of loadavg is the last one that was given in this namespace. */
static void tell_processes(void)
{
    FILE *file = fopen("/proc/loadavg", "re");
    DIR *processes = opendir("/proc");
    long last = -1;

    if (file && fscanf(file, "%*s %*s %*s %*s %ld", &last) == 1)
        tell_number("last pid", last);
    if (file)
        (void)fclose(file); /* read only */
    (void)printf("processes:");
    for (const struct dirent *entry; processes && (entry = readdir(processes));)
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
            (void)printf(" %s", entry->d_name);
    (void)printf("\n");
    if (processes)
        (void)closedir(processes); /* read only */
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        tell_number("next pid", child);
        (void)waitpid(child, NULL, 0);
    }
}

/* How old a folder is, what its number is, and that of a first file in it. */
static void tell_folder(const char *path)
{
    char name[64], file[64];
    struct timespec now;
    struct stat is;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (stat(path, &is) != 0)
        return;
    (void)printf("%s: inode %llu, mode %o, links %lu\n", path, (unsigned long long)is.st_ino,
                 is.st_mode, (unsigned long)is.st_nlink);
    (void)snprintf(name, sizeof(name), "%s changed", path);
    tell_time(name, now.tv_sec - is.st_mtim.tv_sec, now.tv_nsec - is.st_mtim.tv_nsec);
    (void)snprintf(file, sizeof(file), "%s/first", path);
    int fd = open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (fd >= 0 && fstat(fd, &is) == 0)
        (void)printf("%s: inode %llu, mode %o\n", file, (unsigned long long)is.st_ino, is.st_mode);
    (void)unlink(file);
}

static void tell_ids(void)
{
    timer_t timer = NULL;
    struct sigevent quiet = {.sigev_notify = SIGEV_NONE};

    tell_number("SysV shared memory", shmget(IPC_PRIVATE, 4096, 0600));
    tell_number("SysV message queue", msgget(IPC_PRIVATE, 0600));
    tell_number("SysV semaphore", semget(IPC_PRIVATE, 1, 0600));
    tell_number("timer", syscall(SYS_timer_create, CLOCK_MONOTONIC, &quiet, &timer));
    tell_number("timer's number", (long)(int)(ptrdiff_t)timer);
}

int main(void)
{
    static const char *const folders[] = {"/box", "/tmp", "/dev/shm"};

    tell_clocks();
    tell_usage();
    tell_stat();
    tell_uptime();
    tell_processes();
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        tell_folder(folders[i]);
    tell_ids();
    return 0;
}
