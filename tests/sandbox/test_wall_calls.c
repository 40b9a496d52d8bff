/* test_wall_calls.c - system calls that would lead out of a sandbox, or up: each is tried twice,
 * under the default policy, and under one that allows everything, because the other walls must hold
 * alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "bailiff/own.h"
#include "tests/support/lines.h"

enum { ROWS_MAX = 40 };

/* What each crime of a program must come to. '*': under a policy that allows it, what the host's
 * own settings say (perf_event_paranoid, unprivileged_bpf_disabled...): here seccomp is the only
 * wall. */
struct row {
    const char *crime, *by_policy, *by_walls;
};

static const struct row namespaces[] = {
    {"unshare user", "refused ENOSYS", "refused ENOSPC"},
    {"unshare mount", "refused ENOSYS", "refused EPERM"},
    {"unshare pid", "refused ENOSYS", "refused EPERM"},
    {"unshare net", "refused ENOSYS", "refused EPERM"},
    {"unshare ipc", "refused ENOSYS", "refused EPERM"},
    {"unshare uts", "refused ENOSYS", "refused EPERM"},
    {"unshare cgroup", "refused ENOSYS", "refused EPERM"},
    {"unshare time", "refused ENOSYS", "refused EPERM"},
    {"unshare user+mount", "refused ENOSYS", "refused ENOSPC"},
    {"clone user", "refused ENOSYS", "refused ENOSPC"},
    {"clone user+net", "refused ENOSYS", "refused ENOSPC"},
    {"clone mount", "refused ENOSYS", "refused EPERM"},
    {"clone3 user", "refused ENOSYS", "refused ENOSPC"},
    {"clone3 net", "refused ENOSYS", "refused EPERM"},
    {"setns user", "refused ENOSYS", "refused EINVAL"},
    {"setns mount", "refused ENOSYS", "refused EPERM"},
    {"setns pid", "refused ENOSYS", "refused EPERM"},
    {"setns net", "refused ENOSYS", "refused EPERM"},
    {"setns ipc", "refused ENOSYS", "refused EPERM"},
    {"setns uts", "refused ENOSYS", "refused EPERM"},
    {"setns cgroup", "refused ENOSYS", "refused EPERM"},
    {"setns time", "refused ENOSYS", "refused EPERM"},
    {"setns init's mount", "refused ENOSYS", "refused EPERM"},
    {"setns init's user", "refused ENOSYS", "refused EPERM"},
};

static const struct row mounts[] = {
    {"mount tmpfs", "refused ENOSYS", "refused EPERM"},
    {"mount proc", "refused ENOSYS", "refused EPERM"},
    {"mount cgroup2", "refused ENOSYS", "refused EPERM"},
    {"mount bind", "refused ENOSYS", "refused EPERM"},
    {"remount / writable", "refused ENOSYS", "refused EPERM"},
    {"remount /usr writable", "refused ENOSYS", "refused EPERM"},
    {"mount move", "refused ENOSYS", "refused EPERM"},
    {"umount /tmp", "refused ENOSYS", "refused EPERM"},
    {"umount /proc/keys", "refused ENOSYS", "refused EPERM|refused ENOENT"},
    {"umount /", "refused ENOSYS", "refused EPERM"},
    {"pivot_root", "refused ENOSYS", "refused EPERM"},
    {"chroot", "refused ENOSYS", "refused EPERM"},
    {"fsopen tmpfs", "refused ENOSYS", "refused EPERM"},
    {"fsopen ext4", "refused ENOSYS", "refused EPERM"},
    {"fspick", "refused ENOSYS", "refused EPERM"},
    {"open_tree clone", "refused ENOSYS", "refused EPERM"},
    {"move_mount", "refused ENOSYS", "refused EPERM"},
    {"mount_setattr", "refused ENOSYS", "refused EPERM"},
    {"mknod character", "refused ENOSYS", "refused EPERM"},
    {"mknod block", "refused ENOSYS", "refused EPERM"},
    {"open_by_handle_at", "refused ENOSYS", "refused EPERM"},
};

static const struct row whole_machine[] = {
    {"bpf", "refused ENOSYS", "*"},
    {"perf_event_open", "refused ENOSYS", "*"},
    {"userfaultfd", "refused ENOSYS", "*"},
    {"io_uring_setup", "refused ENOSYS", "*"},
    {"kexec_load", "refused ENOSYS", "refused EPERM|refused ENOSYS"},
    {"init_module", "refused ENOSYS", "refused EPERM|refused ENOSYS"},
    {"delete_module", "refused ENOSYS", "refused EPERM|refused ENOSYS"},
    {"reboot", "refused ENOSYS", "refused EPERM"},
    {"swapon", "refused ENOSYS", "refused EPERM"},
    {"syslog read all", "refused ENOSYS", "refused EPERM"},
    {"syslog clear", "refused ENOSYS", "refused EPERM"},
    {"settimeofday", "refused ENOSYS", "refused EPERM"},
    {"clock_settime", "refused ENOSYS", "refused EPERM"},
    {"adjtimex", "refused ENOSYS", "refused EPERM"},
    {"sethostname", "refused ENOSYS", "refused EPERM"},
    {"setdomainname", "refused ENOSYS", "refused EPERM"},
    {"quotactl", "refused ENOSYS", "refused ENOTBLK|refused ENOSYS|refused EPERM"},
    {"acct", "refused ENOSYS", "refused EPERM"},
    {"fanotify_init", "refused ENOSYS", "refused EPERM"},
    {"setpriority -20", "refused EPERM", "refused EACCES"},
    {"sched_setscheduler FIFO", "refused EPERM", "refused EPERM"},
    {"ioprio_set real time", "refused ENOSYS", "refused EPERM"},
    {"raise stack limit", "refused EPERM", "refused EPERM"},
    {"raise CPU limit", "refused EPERM", "refused EPERM"},
    {"raise core limit", "refused EPERM", "refused EPERM"},
    {"lower core limit", "refused EPERM", "*"}, /* to 0: see child_settle.c */
    {"lower stack limit", "succeeded", "succeeded"},
    {"mlock 1 MiB", "refused EPERM", "refused ENOMEM"},
};

static const struct row ids[] = {
    {"setresuid 0", "refused ENOSYS", "refused EPERM"},
    {"setresuid 1001", "refused ENOSYS", "refused EINVAL"},
    {"setresgid 0", "refused ENOSYS", "refused EPERM"},
    {"setgroups 0", "refused ENOSYS", "refused EPERM"},
    {"setfsuid 0", "refused ENOSYS", "refused EPERM"},
    {"capset sys_admin", "refused ENOSYS", "refused EPERM"},
    {"capset setuid", "refused ENOSYS", "refused EPERM"},
    {"ambient sys_admin", "refused ENOSYS", "refused EPERM"},
    {"clear no_new_privs", "refused EINVAL", "refused EINVAL"},
    {"clear securebits", "refused ENOSYS", "refused EPERM"},
    {"chown to 0", "refused EPERM", "refused EPERM"},
    {"chmod /", "refused EROFS", "refused EROFS"},
    {"write uid_map", "refused EACCES", "refused EACCES"},
};

static const struct row processes[] = {
    {"kill init", "refused EPERM", "refused EPERM"},
    {"sigqueue init", "refused EPERM", "refused EPERM"},
    {"pidfd signal init", "refused ENOSYS", "refused EPERM"},
    {"pidfd_getfd init", "refused ENOSYS", "refused EPERM"},
    {"ptrace seize init", "refused ENOSYS", "refused EPERM"},
    {"ptrace attach init", "refused ENOSYS", "refused EPERM"},
    {"read memory of init", "refused ENOSYS", "refused EPERM"},
    {"kcmp init", "refused ENOSYS", "refused EPERM"},
    {"prlimit init", "refused ENOSYS", "refused EPERM"},
    {"renice init", "refused EPERM", "refused EPERM"},
    {"set affinity of init", "refused EPERM", "refused EPERM"},
    {"open /proc/1", "refused ENOENT", "refused ENOENT"},
    {"open /proc/1/exe", "refused ENOENT", "refused ENOENT"},
    {"open /proc/1/root", "refused ENOENT", "refused ENOENT"},
    {"open /proc/1/ns/mnt", "refused ENOENT", "refused ENOENT"},
    {"open /proc/1/mem", "refused ENOENT", "refused ENOENT"},
    {"open /proc/1/environ", "refused ENOENT", "refused ENOENT"},
    {"open /proc/self/../1/cwd", "refused ENOENT", "refused ENOENT"},
    {"find others by number", "refused ESRCH", "refused ESRCH"},
    {"find others in /proc", "refused ESRCH", "refused ESRCH"},
};

static void hold(struct bl_rig *rig, const char *program, const struct row *rows, size_t count)
{
    struct bl_line by_policy[ROWS_MAX], by_walls[ROWS_MAX];

    assert_true(count <= ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        by_policy[i] = (struct bl_line){rows[i].crime, rows[i].by_policy};
        by_walls[i] = (struct bl_line){rows[i].crime, rows[i].by_walls};
    }
    bl_autofree char *guarded = bl_lines_of(rig, rig->standard, program, NULL);
    bl_lines_expect(guarded, by_policy, count);
    bl_autofree char *unguarded = bl_lines_of(rig, rig->open, program, NULL);
    bl_lines_expect(unguarded, by_walls, count);
}

static void calls__no_namespace_can_be_made_or_entered(void **state)
{
    hold(bl_rig_of(state), "crime_namespaces", namespaces, BL_ARRAY_LEN(namespaces));
}

static void calls__mounts_and_root_cannot_be_changed(void **state)
{
    hold(bl_rig_of(state), "crime_mounts", mounts, BL_ARRAY_LEN(mounts));
}

static void calls__the_machine_cannot_be_changed(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct row rows[BL_ARRAY_LEN(whole_machine)];

    memcpy(rows, whole_machine, sizeof(rows));
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].crime, "lower core limit") == 0 && bl_rig_core_limit() == 0)
            rows[i].by_policy = "succeeded"; /* there is nothing to lower */
    hold(rig, "crime_kernel", rows, BL_ARRAY_LEN(rows));
}

static void calls__ids_and_capabilities_cannot_be_gained(void **state)
{
    hold(bl_rig_of(state), "crime_ids", ids, BL_ARRAY_LEN(ids));
}

static void calls__init_and_other_processes_cannot_be_reached(void **state)
{
    hold(bl_rig_of(state), "crime_processes", processes, BL_ARRAY_LEN(processes));
}

#ifdef __x86_64__
/* 31: SIGSYS, the filter. 11: a kernel that was built without i386 calls. */
static void calls__foreign_abis_are_killed(void **state)
{
    static const struct row foreign[] = {
        {"i386 getpid", "died 31|died 11", "died 31|died 11"},
        {"x32 getpid", "died 31", "died 31"},
    };

    hold(bl_rig_of(state), "crime_abi", foreign, BL_ARRAY_LEN(foreign));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls__no_namespace_can_be_made_or_entered),
        cmocka_unit_test(calls__mounts_and_root_cannot_be_changed),
        cmocka_unit_test(calls__the_machine_cannot_be_changed),
        cmocka_unit_test(calls__ids_and_capabilities_cannot_be_gained),
        cmocka_unit_test(calls__init_and_other_processes_cannot_be_reached),
#ifdef __x86_64__
        cmocka_unit_test(calls__foreign_abis_are_killed),
#endif
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
