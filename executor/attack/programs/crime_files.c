/* crime_files - tries to write where nothing may be written, and to read what is not there.
 *
 *   crime_files mounts   one line for each mount of /proc/self/mountinfo
 *   crime_files host     one line for each place of the host that must be absent
 *   crime_files proc     one line for each file of /proc that tells of the host or changes it
 *   crime_files leave    ways back to the root that was left
 *   crime_files change   ways to change a file that may be read */
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <utime.h>

#include "crime.h"

/* A new file in a folder, or opening what is no folder for writing. */
static int write_there(const char *path)
{
    struct stat is;
    char name[600];
    int fd;

    if (stat(path, &is) < 0)
        return -1;
    if (S_ISDIR(is.st_mode)) {
        (void)snprintf(name, sizeof(name), "%s/crime", path);
        fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    } else {
        fd = open(path, O_WRONLY | O_CLOEXEC);
    }
    if (fd >= 0)
        (void)close(fd);
    return fd < 0 ? -1 : 0;
}

static int crime_mounts(void)
{
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char line[1024], path[512];

    while (mounts && fgets(line, sizeof(line), mounts))
        if (sscanf(line, "%*s %*s %*s %*s %511s", path) == 1)
            crime_report(path, write_there(path) == 0 ? 0 : errno);
    return mounts ? fclose(mounts) : 1;
}

static long try_open(long path)
{
    return open((const char *)path, O_RDONLY | O_CLOEXEC);
}

static long try_write(long path)
{
    return open((const char *)path, O_WRONLY | O_CLOEXEC);
}

/* Reads something: an open of what is covered works and finds nothing. */
static long try_read(long path)
{
    int fd = open((const char *)path, O_RDONLY | O_CLOEXEC);
    char byte;
    ssize_t length = fd < 0 ? -1 : read(fd, &byte, 1);

    if (length == 0)
        errno = ENODATA;
    return length > 0 ? 0 : -1;
}

static long try_list(long path)
{
    DIR *folder = opendir((const char *)path);

    if (!folder)
        return -1;
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return 0;
    errno = ENODATA;
    return -1;
}

static int crime_host(void)
{
#define ABSENT(path)                 \
    {                                \
        path, try_open, (long)(path) \
    }
    static const struct crime crimes[] = {
        ABSENT("/etc/shadow"),  ABSENT("/etc/ssh"),   ABSENT("/root"),
        ABSENT("/home"),        ABSENT("/var"),       ABSENT("/sys"),
        ABSENT("/boot"),        ABSENT("/srv"),       ABSENT("/mnt"),
        ABSENT("/opt"),         ABSENT("/media"),     ABSENT("/run/systemd"),
        ABSENT("/run/lock"),    ABSENT("/dev/mem"),   ABSENT("/dev/kmsg"),
        ABSENT("/dev/mqueue"),  ABSENT("/dev/pts"),   ABSENT("/dev/tty"),
        ABSENT("/dev/console"), ABSENT("/dev/vda"),   ABSENT("/dev/sda"),
        ABSENT("/dev/kvm"),     ABSENT("/dev/fuse"),  ABSENT("/dev/net/tun"),
        ABSENT("/dev/ptmx"),    ABSENT("/dev/loop0"), ABSENT("/dev/userfaultfd"),
        ABSENT("/etc/hostname")};

    return crime_try_all(crimes, CRIME_COUNT(crimes));
}

static int crime_proc(void)
{
#define OF_PROC(verb, path)                               \
    {                                                     \
#verb " " path, try_##verb, (long)("/proc/" path) \
    }
    static const struct crime crimes[] = {
        OF_PROC(read, "kcore"),
        OF_PROC(read, "keys"),
        OF_PROC(read, "key-users"),
        OF_PROC(read, "timer_list"),
        OF_PROC(read, "sched_debug"),
        OF_PROC(read, "interrupts"),
        OF_PROC(read, "kallsyms"),
        OF_PROC(read, "modules"),
        OF_PROC(read, "diskstats"),
        OF_PROC(read, "config.gz"),
        OF_PROC(read, "cmdline"),
        OF_PROC(read, "swaps"),
        OF_PROC(read, "locks"),
        OF_PROC(read, "kmsg"),
        OF_PROC(list, "acpi"),
        OF_PROC(list, "asound"),
        OF_PROC(list, "scsi"),
        OF_PROC(list, "bus"),
        OF_PROC(list, "irq"),
        OF_PROC(list, "fs"),
        OF_PROC(list, "driver"),
        OF_PROC(list, "pressure"),
        OF_PROC(write, "sysrq-trigger"),
        OF_PROC(write, "sys/kernel/core_pattern"),
        OF_PROC(write, "sys/kernel/hostname"),
        OF_PROC(write, "sys/vm/drop_caches"),
        OF_PROC(write, "sys/user/max_user_namespaces"),
        OF_PROC(write, "sys/net/ipv4/ip_forward"),
        OF_PROC(write, "sys/kernel/shmmax"),
        OF_PROC(write, "sys/fs/binfmt_misc/register"),
        OF_PROC(write, "self/oom_score_adj"),
        OF_PROC(write, "self/mem"),
        OF_PROC(write, "self/timerslack_ns"),
        OF_PROC(write, "self/setgroups"),
        OF_PROC(write, "self/attr/current"),
        OF_PROC(write, "self/timens_offsets"),
    };

    return crime_try_all(crimes, CRIME_COUNT(crimes));
}

/* Is this folder another one than the root that "/" names? */
static long is_elsewhere(const char *path)
{
    struct stat root, here;

    if (stat("/", &root) < 0 || stat(path, &here) < 0)
        return -1;
    errno = EXDEV;
    return root.st_dev == here.st_dev && root.st_ino == here.st_ino ? -1 : 0;
}

static long try_dots(long argument)
{
    (void)argument;
    return is_elsewhere("/../../../../..");
}

static long try_dots_of_self(long argument)
{
    (void)argument;
    return is_elsewhere("/proc/self/root/../..");
}

/* Up by single steps, out of a working directory in a mount of its own. */
static long try_climb(long argument)
{
    (void)argument;
    if (chdir("/box") < 0)
        return -1;
    for (int i = 0; i < 64; i++)
        if (chdir("..") < 0)
            return -1;
    return is_elsewhere(".");
}

/* A descriptor of a folder that is moved away beneath it. */
static long try_moved_folder(long argument)
{
    int inner;

    (void)argument;
    if (mkdir("/box/a", 0700) < 0 || mkdir("/box/a/b", 0700) < 0 || chdir("/box/a/b") < 0)
        return -1;
    inner = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (inner < 0 || rename("/box/a/b", "/box/b") < 0)
        return -1;
    for (int i = 0; i < 64; i++)
        if (fchdir(inner) < 0 || chdir("..") < 0 || chdir("..") < 0 || chdir("..") < 0)
            return -1;
    return is_elsewhere(".");
}

/* chroot below, keep a descriptor above, climb from there: needs chroot(2). */
static long try_chroot_twice(long argument)
{
    int above = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)argument;
    if (above < 0 || chroot("/tmp") < 0 || fchdir(above) < 0)
        return -1;
    for (int i = 0; i < 64; i++)
        if (chdir("..") < 0)
            return -1;
    return chroot(".");
}

/* Standard streams that lead to a folder or to a file beside which there is something. */
static long try_streams(long argument)
{
    char path[64];

    (void)argument;
    for (int fd = 0; fd < 3; fd++) {
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/..", fd);
        if (open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0)
            return 0;
    }
    return -1;
}

static int crime_leave(void)
{
    static const struct crime crimes[] = {
        {"dots from the root", try_dots, 0},   {"dots from /proc/self/root", try_dots_of_self, 0},
        {"climb from /box", try_climb, 0},     {"climb from a moved folder", try_moved_folder, 0},
        {"chroot twice", try_chroot_twice, 0}, {"beside the streams", try_streams, 0},
    };

    return crime_try_all(crimes, CRIME_COUNT(crimes));
}

static long try_chmod(long path)
{
    return chmod((const char *)path, 0777);
}

static long try_unlink(long path)
{
    return unlink((const char *)path);
}

static long try_rename(long path)
{
    return rename((const char *)path, "/usr/bin/crime");
}

static long try_link(long path)
{
    return link((const char *)path, "/box/linked");
}

static long try_times(long path)
{
    return utime((const char *)path, NULL);
}

static long try_truncate(long path)
{
    return truncate((const char *)path, 0);
}

static long try_xattr(long path)
{
    return setxattr((const char *)path, "user.crime", "1", 1, 0);
}

static int crime_change(void)
{
    static const struct crime crimes[] = {
        {"open for writing", try_write, (long)"/usr/bin/true"},
        {"chmod", try_chmod, (long)"/usr/bin/true"},
        {"unlink", try_unlink, (long)"/usr/bin/true"},
        {"rename", try_rename, (long)"/usr/bin/true"},
        {"link", try_link, (long)"/usr/bin/true"},
        {"set times", try_times, (long)"/usr/bin/true"},
        {"truncate", try_truncate, (long)"/usr/bin/true"},
        {"set attribute", try_xattr, (long)"/usr/bin/true"},
        {"chmod /dev/null", try_chmod, (long)"/dev/null"},
        {"unlink /dev/null", try_unlink, (long)"/dev/null"},
        {"set times of /dev/null", try_times, (long)"/dev/null"},
        {"chmod an input", try_chmod, (long)"/app/hello"},
        {"truncate an input", try_truncate, (long)"/app/hello"},
        {"unlink an input", try_unlink, (long)"/app/hello"},
    };

    return crime_try_all(crimes, CRIME_COUNT(crimes));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*commit)(void);
    } kinds[] = {{"mounts", crime_mounts},
                 {"host", crime_host},
                 {"proc", crime_proc},
                 {"leave", crime_leave},
                 {"change", crime_change}};

    for (size_t i = 0; argc > 1 && i < CRIME_COUNT(kinds); i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            return kinds[i].commit();
    return 2;
}
