/* look_around [stay] - tells what a program finds itself to be: a line "name: value" for each fact.
 * "stay": then closes standard error, which says that all is told, and waits for the end of
 * standard input. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void tell_link(const char *what, const char *name, const char *path)
{
    char target[512];
    ssize_t length = readlink(path, target, sizeof(target) - 1);

    target[length < 0 ? 0 : length] = '\0';
    (void)printf("%s %s: %s\n", what, name, target);
}

static void tell_namespaces(void)
{
    static const char *const kinds[] = {"user", "pid", "mnt",    "net",
                                        "ipc",  "uts", "cgroup", "time"};
    char path[64];

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
        tell_link("ns", kinds[i], path);
    }
}

/* The first line of a file, blanks made one. */
static void tell_file(const char *name, const char *path)
{
    FILE *file = fopen(path, "re");
    char line[512] = "", word[128];

    (void)printf("%s:", name);
    if (file && fgets(line, sizeof(line), file))
        for (int used, at = 0; sscanf(line + at, "%127s%n", word, &used) == 1; at += used)
            (void)printf(" %s", word);
    (void)printf("\n");
    if (file)
        (void)fclose(file);
}

/* "Name:\tvalue" of /proc/self/status becomes "status Name: value". */
static void tell_status(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[512];

    while (file && fgets(line, sizeof(line), file)) {
        char *value = strchr(line, ':');
        if (!value)
            continue;
        *value++ = '\0';
        value += strspn(value, " \t");
        value[strcspn(value, "\n")] = '\0';
        for (char *at = value; *at; at++)
            if (*at == '\t')
                *at = ' ';
        (void)printf("status %s: %s\n", line, value);
    }
    if (file)
        (void)fclose(file);
}

static void tell_limit(const char *name, __rlimit_resource_t resource)
{
    struct rlimit limit;

    (void)getrlimit(resource, &limit);
    (void)printf("limit %s: %lld %lld\n", name, (long long)limit.rlim_cur,
                 (long long)limit.rlim_max);
}

static void tell_limits(void)
{
    tell_limit("cpu", RLIMIT_CPU);
    tell_limit("fsize", RLIMIT_FSIZE);
    tell_limit("stack", RLIMIT_STACK);
    tell_limit("nofile", RLIMIT_NOFILE);
    tell_limit("core", RLIMIT_CORE);
    tell_limit("memlock", RLIMIT_MEMLOCK);
    tell_limit("rtprio", RLIMIT_RTPRIO);
    tell_limit("nice", RLIMIT_NICE);
    tell_limit("msgqueue", RLIMIT_MSGQUEUE);
    tell_limit("sigpending", RLIMIT_SIGPENDING);
    tell_limit("as", RLIMIT_AS);
    tell_limit("data", RLIMIT_DATA);
    tell_limit("nproc", RLIMIT_NPROC);
    tell_limit("rttime", RLIMIT_RTTIME);
}

static void tell_fds(void)
{
    char fds[256] = "";

    for (int fd = 0; fd < 16384; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            (void)snprintf(fds + strlen(fds), sizeof(fds) - strlen(fds), " %d", fd);
    (void)printf("fds:%s\n", fds);
}

static void tell_signals(void)
{
    unsigned long changed = 0;

    for (int number = 1; number < NSIG; number++) {
        struct sigaction now;
        if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_DFL)
            changed++;
    }
    (void)printf("signals not default: %lu\n", changed);
}

static void tell_self(void)
{
    struct utsname names;
    struct timespec now;
    char folder[256];
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);

    (void)uname(&names);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)printf("host name: %s\n", names.nodename);
    (void)printf("monotonic seconds: %lld\n", (long long)now.tv_sec);
    (void)printf("working directory: %s\n", getcwd(folder, sizeof(folder)) ? folder : "?");
    (void)printf("session: %s\n", getsid(0) == getpid() ? "own" : "another's");
    (void)printf("group: %s\n", getpgrp() == getpid() ? "own" : "another's");
    (void)printf("parent: %d\n", (int)getppid());
    (void)printf("terminal: %s\n", terminal >= 0 ? "yes" : "none");
}

int main(int argc, char **argv)
{
    tell_namespaces();
    tell_status();
    tell_limits();
    tell_fds();
    tell_signals();
    tell_self();
    tell_file("uid map", "/proc/self/uid_map");
    tell_file("gid map", "/proc/self/gid_map");
    tell_file("cgroup", "/proc/self/cgroup");
    tell_file("OOM score", "/proc/self/oom_score_adj");
    tell_file("core filter", "/proc/self/coredump_filter");
    tell_file("uptime", "/proc/uptime");
    for (char **variable = environ; *variable; variable++)
        (void)printf("environment: %s\n", *variable);
    (void)fflush(stdout);
    if (argc > 1 && strcmp(argv[1], "stay") == 0) {
        char byte;
        (void)close(2);
        while (read(0, &byte, 1) > 0)
            ;
    }
    return 0;
}
