/* The cgroup hierarchy, as the warden would find and use it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/doctor.h"
#include "limits/cgroup_tree.h"

/* What a tree and one group in it were seen to have. */
struct facts {
    unsigned version;
    bool clone_into_works;
    uint32_t present; /* as in struct bl_cgroup_files */
};

enum { SERIAL = 1 };

static int look_into_group(struct bl_cgroup_tree *tree, struct facts *facts, struct bl_err *err)
{
    struct bl_cgroup_files files;
    struct bl_cgroup_join join;
    bool gone = false;

    bl_cgroup_files_init(&files);
    bl_cgroup_join_init(&join);
    if (bl_cgroup_create(tree, SERIAL, &files, &join, err) < 0)
        return -1;
    facts->present = files.present;
    bl_cgroup_files_release(&files);
    bl_cgroup_join_release(&join);
    return bl_cgroup_remove(tree, SERIAL, &gone, err);
}

static int try_tree(void *ctx, struct bl_err *err)
{
    struct facts *facts = ctx;
    struct bl_cgroup_tree *tree = NULL;
    int status = bl_cgroup_tree_open(&tree, NULL, err);

    if (status < 0)
        return -1;
    facts->version = bl_cgroup_tree_version(tree);
    facts->clone_into_works = bl_cgroup_tree_clone_into_works(tree);
    status = look_into_group(tree, facts, err);
    bl_cgroup_tree_free(&tree);
    return status;
}

static void look_tree(const struct bl_check *check, struct bl_finding *finding)
{
    struct facts facts = {0};
    struct bl_err err;
    int status = bl_doctor_try(try_tree, &facts, sizeof(facts), &err);

    (void)check;
    bl_doctor_tell(finding, status, &err,
                   facts.version == 2 ? "version 2: a group was made, opened and removed"
                                      : "version 1: a group was made, opened and removed");
}

/* Has the group the control file of this role? */
static void look_role(const struct bl_check *check, struct bl_finding *finding)
{
    struct facts facts = {0};
    struct bl_err err;
    bool has;

    if (bl_doctor_try(try_tree, &facts, sizeof(facts), &err) < 0) {
        bl_found(finding, true, "no group could be made");
        return;
    }
    has = facts.present & (1u << check->argument);
    bl_found(finding, !has, has ? "present" : "absent");
}

static bool swap_is_on(void)
{
    FILE *swaps = fopen("/proc/swaps", "re");
    int newlines = 0, c;

    if (!swaps)
        return false; /* a kernel without swap */
    while ((c = fgetc(swaps)) != EOF)
        newlines += c == '\n';
    (void)fclose(swaps); /* read only */
    return newlines > 1; /* the first line is a heading */
}

static void look_swap_limit(const struct bl_check *check, struct bl_finding *finding)
{
    if (!swap_is_on()) {
        bl_found(finding, false, "not needed: there is no swap");
        return;
    }
    look_role(check, finding);
}

static void look_swap(const struct bl_check *check, struct bl_finding *finding)
{
    bool on = swap_is_on();

    (void)check;
    bl_found(finding, on, on ? "on" : "off");
}

/* The kernels that kill a child cloned into a group whose kill counter differs from its parent's
 * (6.14, stable 6.12.16 and 6.1.129, until 6.12.115 and 6.1.191). */
static void look_clone_into(const struct bl_check *check, struct bl_finding *finding)
{
    struct facts facts = {0};
    struct bl_err err;

    (void)check;
    if (bl_doctor_try(try_tree, &facts, sizeof(facts), &err) < 0)
        bl_found(finding, true, "no group could be made");
    else if (facts.version == 1)
        bl_found(finding, false, "not used with cgroup version 1");
    else
        bl_found(finding, !facts.clone_into_works, "%s",
                 facts.clone_into_works ? "a child cloned into a group lives"
                                        : "the kernel kills children that are cloned into a group");
}

/* cgroup.kill is of version 2 only. */
static void look_kill(const struct bl_check *check, struct bl_finding *finding)
{
    struct facts facts = {0};
    struct bl_err err;

    if (bl_doctor_try(try_tree, &facts, sizeof(facts), &err) == 0 && facts.version == 1)
        bl_found(finding, false, "version 1: killing goes through the pid namespace");
    else
        look_role(check, finding);
}

static void look_pressure(const struct bl_check *check, struct bl_finding *finding)
{
    char line[128];
    bool has = bl_doctor_read("/proc/pressure/cpu", line, sizeof(line));

    (void)check;
    bl_found(finding, !has, "%s", has ? line : strerrordesc_np(errno));
}

#define BOOT(parameter) "boot with " parameter " on the kernel's command line, then look again"

static const struct bl_check checks[] = {
    {"cgroup", true, look_tree, "no program's memory, processes and CPU time can be limited",
     "mount cgroup2 on /sys/fs/cgroup; under systemd, a unit with Delegate=yes; in a container, "
     "docker run --privileged --cgroupns=private; memory is missing: boot with "
     "cgroup_enable=memory",
     0},
    {"swap-limit", true, look_swap_limit, "programs escape their memory limit into swap",
     "swapoff -a, or " BOOT("swapaccount=1"), BL_CGROUP_SWAP_MAX},
    {"swap", false, look_swap,
     "what is swapped out and in again while a program runs takes its time",
     "swapoff -a, and no swap in /etc/fstab", 0},
    {"memory-peak", false, look_role, "memory_peak_bytes is unknown (null)", "Linux 5.19 or newer",
     BL_CGROUP_MEMORY_PEAK},
    {"cpu-bandwidth", false, look_role, "--cpus can't be held",
     "a kernel with CONFIG_CFS_BANDWIDTH; the cpu controller delegated", BL_CGROUP_CPU_MAX},
    {"cpuset", false, look_role, "--cpuset can't be held", "the cpuset controller delegated",
     BL_CGROUP_CPUSET_CPUS},
    {"cgroup-kill", false, look_kill, "a fork bomb takes longer to end", "Linux 5.14 or newer",
     BL_CGROUP_KILL},
    {"clone-into-cgroup", false, look_clone_into,
     "sandboxes start a little later: their first process joins its group by hand",
     "Linux 6.1.191, 6.12.115 or newer of these series", 0},
    {"pressure", false, look_pressure, "reports can't tell whether the machine was overloaded",
     BOOT("psi=1"), 0},
};

const struct bl_check_group bl_doctor_cgroups = {"Control groups", checks, BL_ARRAY_LEN(checks)};
