/* crime_ids - tries to become somebody else, to get capabilities, and to be rid of no_new_privs. */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "crime.h"

static long try_setresuid(long id)
{
    return syscall(SYS_setresuid, id, id, id);
}

static long try_setresgid(long id)
{
    return syscall(SYS_setresgid, id, id, id);
}

static long try_setgroups(long id)
{
    gid_t group = (gid_t)id;

    return syscall(SYS_setgroups, 1, &group);
}

/* It answers the previous id in either case; the second call tells. */
static long try_setfsuid(long id)
{
    (void)syscall(SYS_setfsuid, id);
    if (syscall(SYS_setfsuid, -1) == id)
        return 0;
    errno = errno ? errno : EPERM;
    return -1;
}

static long try_capset(long capability)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct wanted[2] = {{0}, {0}};

    wanted[0].effective = wanted[0].permitted = 1U << capability;
    return syscall(SYS_capset, &header, wanted);
}

static long try_ambient(long capability)
{
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

static long try_new_privs(long argument)
{
    (void)argument;
    return prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static long try_securebits(long bits)
{
    return prctl(PR_SET_SECUREBITS, bits, 0, 0, 0);
}

static long try_chown(long id)
{
    int fd = open("/box/chowned", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    return fd < 0 ? -1 : fchown(fd, (uid_t)id, (gid_t)id);
}

static long try_chmod_init_file(long argument)
{
    (void)argument;
    return chmod("/", 0777);
}

static long try_uid_map(long argument)
{
    int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);

    (void)argument;
    return fd < 0 ? -1 : write(fd, "0 0 1\n", 6);
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"setresuid 0", try_setresuid, 0},
        {"setresuid 1001", try_setresuid, 1001},
        {"setresgid 0", try_setresgid, 0},
        {"setgroups 0", try_setgroups, 0},
        {"setfsuid 0", try_setfsuid, 0},
        {"capset sys_admin", try_capset, CAP_SYS_ADMIN},
        {"capset setuid", try_capset, CAP_SETUID},
        {"ambient sys_admin", try_ambient, CAP_SYS_ADMIN},
        {"clear no_new_privs", try_new_privs, 0},
        {"clear securebits", try_securebits, 0},
        {"chown to 0", try_chown, 0},
        {"chmod /", try_chmod_init_file, 0},
        {"write uid_map", try_uid_map, 0},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
