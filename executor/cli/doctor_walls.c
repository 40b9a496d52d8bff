/* The other walls: system calls, files, ids, and what of the host could reach inside. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/cli/doctor.h"
#include "executor/sandbox/plan.h"
#include "executor/sandbox/syscalls.h"
#include "limits/ceilings.h"

static void look_seccomp_action(const struct bl_check *check, struct bl_finding *finding)
{
    uint32_t action = (uint32_t)check->argument;

    if (bl_seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
        bl_found(finding, true, "%s", strerrordesc_np(errno));
    else
        bl_found(finding, false, "present");
}

static void look_landlock(const struct bl_check *check, struct bl_finding *finding)
{
    int abi = bl_landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    (void)check;
    if (abi < 0)
        bl_found(finding, true, "%s", strerrordesc_np(errno));
    else
        bl_found(finding, false, "ABI %d", abi);
}

/* The host's ids that programs run under must be nobody else's. */
static void look_ids(const struct bl_check *check, struct bl_finding *finding)
{
    static const struct {
        const char *path;
        unsigned field;
        bool has_count;
    } files[] = {{"/etc/passwd", 2, false},
                 {"/etc/group", 2, false},
                 {"/etc/subuid", 1, true},
                 {"/etc/subgid", 1, true}};
    uint64_t count = (uint64_t)BL_CGROUP_INSTANCES_MAX * 2 * BL_PLAN_SANDBOXES_MAX;

    (void)check;
    bl_found(finding, false, "%u to %llu are nobody's", BL_PLAN_FIRST_ID,
             (unsigned long long)(BL_PLAN_FIRST_ID + count - 1));
    for (size_t i = 0; i < BL_ARRAY_LEN(files); i++) {
        FILE *file = fopen(files[i].path, "re");
        bl_autofree char *line = NULL;
        size_t room = 0;

        while (file && getline(&line, &room, file) >= 0) {
            line[strcspn(line, "\n")] = '\0';
            if (bl_doctor_ids_overlap(line, files[i].field, files[i].has_count, BL_PLAN_FIRST_ID,
                                      count))
                bl_found(finding, true, "%s has \"%.100s\"", files[i].path, line);
        }
        if (file)
            (void)fclose(file); /* read only */
    }
}

static void look_run(const struct bl_check *check, struct bl_finding *finding)
{
    bool writable = access("/run", W_OK | X_OK) == 0;

    (void)check;
    bl_found(finding, !writable, "%s", writable ? "writable" : strerrordesc_np(errno));
}

static void look_core_pattern(const struct bl_check *check, struct bl_finding *finding)
{
    char line[160];

    (void)check;
    if (!bl_doctor_read("/proc/sys/kernel/core_pattern", line, sizeof(line)))
        bl_found(finding, true, "%s", strerrordesc_np(errno));
    else
        bl_found(finding, line[0] == '|', "%s", line);
}

/* A hard rlimit below a default that Bailiff sets: it can only be lowered without
 * CAP_SYS_RESOURCE. */
static void look_ulimits(const struct bl_check *check, struct bl_finding *finding)
{
    static const struct {
        __rlimit_resource_t resource;
        const char *option; /* whose default is needed; NULL: there is to be no limit */
        const char *ulimit;
    } rows[] = {{RLIMIT_STACK, "stack", "-Hs"},
                {RLIMIT_NOFILE, "open-files", "-Hn"},
                {RLIMIT_FSIZE, "file-size", "-Hf"},
                {RLIMIT_AS, NULL, "-Hv"},
                {RLIMIT_DATA, NULL, "-Hd"}};

    (void)check;
    bl_found(finding, false, "stack, open files, file size and memory allow every default");
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        const struct bl_limit_row *row = rows[i].option ? bl_limit_find(rows[i].option) : NULL;
        struct rlimit limit;
        char text[BL_UNITS_TEXT_MAX];

        if (getrlimit(rows[i].resource, &limit) < 0 ||
            limit.rlim_max >= (row ? row->otherwise : RLIM_INFINITY))
            continue;
        bl_found(finding, true, "ulimit %s: %s", rows[i].ulimit,
                 row ? bl_limit_format(row, limit.rlim_max, text)
                     : bl_format_size(limit.rlim_max, text));
    }
}

#define NO_SANDBOX "no sandbox can be made"
#define SECCOMP_KERNEL \
    "a kernel with CONFIG_SECCOMP_FILTER; inside gVisor and the like it can't be had"

static const struct bl_check checks[] = {
    {"seccomp-filter", true, look_seccomp_action, NO_SANDBOX, SECCOMP_KERNEL, SECCOMP_RET_ERRNO},
    {"seccomp-kill", true, look_seccomp_action, NO_SANDBOX, SECCOMP_KERNEL,
     SECCOMP_RET_KILL_PROCESS},
    {"seccomp-notify", true, look_seccomp_action, NO_SANDBOX, SECCOMP_KERNEL,
     SECCOMP_RET_USER_NOTIF},
    {"landlock", false, look_landlock, "one wall less around the file system; the others stand",
     "a kernel with CONFIG_SECURITY_LANDLOCK and landlock in lsm= on its command line", 0},
    {"ids", false, look_ids, "a program's ids are somebody else's too",
     "give that entry other ids: 0x70000000 and up are Bailiff's", 0},
    {"run", false, look_run, "bailiff judge finds no place for its spool",
     "a writable /run, such as mount -t tmpfs tmpfs /run", 0},
    {"core-pattern", false, look_core_pattern,
     "each crash starts that program on the host, outside of the sandbox, and waits for it",
     "sysctl -w kernel.core_pattern=core; disable apport or systemd-coredump.socket", 0},
    {"ulimits", false, look_ulimits,
     "without CAP_SYS_RESOURCE a program can't be given more: runs with more fail",
     "raise it where Bailiff is started: ulimit -H, or Limit...= in its systemd unit", 0},
};

const struct bl_check_group bl_doctor_walls = {"Other walls", checks, BL_ARRAY_LEN(checks)};
