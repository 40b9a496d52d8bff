/* cgroup_files.c - the table of control files, and the bundle of descriptors that travels. */
#include "limits/cgroup_backend.h"

#include <fcntl.h>

#include "bailiff/own.h"

enum { R = O_RDONLY, W = O_WRONLY };                           /* how it is opened */
enum { NONE = 0, V1 = 1u << 1, V2 = 1u << 2, BOTH = V1 | V2 }; /* which version needs it */

#define ROW(role, controller, ...) \
    [BL_CGROUP_##role] = {BL_CGROUP_CONTROLLER_##controller, __VA_ARGS__}

/* clang-format off */
const struct bl_cgroup_row bl_cgroup_rows[BL_CGROUP_ROLE_COUNT] = {
    ROW(MEMORY_MAX,       MEMORY,  "memory.limit_in_bytes",       "memory.max",            W, BOTH),
    ROW(SWAP_MAX,         MEMORY,  "memory.memsw.limit_in_bytes", "memory.swap.max",       W, NONE),
    ROW(MEMORY_PEAK,      MEMORY,  "memory.max_usage_in_bytes",   "memory.peak",           R, V1),
    ROW(MEMORY_STAT,      MEMORY,  "memory.stat",                 "memory.stat",           R, BOTH),
    ROW(MEMORY_KERNEL,    MEMORY,  "memory.kmem.usage_in_bytes",  NULL,                    R, NONE),
    ROW(MEMORY_EVENTS,    MEMORY,  "memory.oom_control",          "memory.events",         R, BOTH),
    ROW(EVENT_CONTROL,    MEMORY,  "cgroup.event_control",        NULL,                    W, V1),
    ROW(OOM_GROUP,        MEMORY,  NULL,                          "memory.oom.group",      W, V2),
    ROW(PIDS_MAX,         PIDS,    "pids.max",                    "pids.max",              W, BOTH),
    ROW(PIDS_CURRENT,     PIDS,    "pids.current",                "pids.current",          R, BOTH),
    ROW(PIDS_PEAK,        PIDS,    "pids.peak",                   "pids.peak",             R, NONE),
    ROW(PIDS_EVENTS,      PIDS,    "pids.events",                 "pids.events",           R, NONE),
    ROW(PIDS_ABOVE,       PIDS,    NULL,                     "../../../pids.events.local", R, NONE),
    ROW(CPU_MAX,          CPU,     "cpu.cfs_quota_us",            "cpu.max",               W, NONE),
    ROW(CPU_STAT,         CPU,     "cpu.stat",                    "cpu.stat",              R, V2),
    ROW(CPU_USAGE,        CPUACCT, "cpuacct.usage",               NULL,                    R, V1),
    ROW(CPU_USAGE_USER,   CPUACCT, "cpuacct.usage_user",          NULL,                    R, V1),
    ROW(CPU_USAGE_SYS,    CPUACCT, "cpuacct.usage_sys",           NULL,                    R, V1),
    ROW(CPUSET_CPUS,      CPUSET,  "cpuset.cpus",                 "cpuset.cpus",           W, NONE),
    ROW(CPUSET_EFFECTIVE, CPUSET,  "cpuset.effective_cpus",       "cpuset.cpus.effective", R, NONE),
    ROW(IO_STAT,          IO,      NULL,                          "io.stat",               R, NONE),
    ROW(CPU_PRESSURE,     CPU,     NULL,                          "cpu.pressure",          R, NONE),
    ROW(MEMORY_PRESSURE,  MEMORY,  NULL,                          "memory.pressure",       R, NONE),
    ROW(IO_PRESSURE,      IO,      NULL,                          "io.pressure",           R, NONE),
    ROW(EVENTS,           PIDS,    NULL,                          "cgroup.events",         R, V2),
    ROW(KILL,             PIDS,    NULL,                          "cgroup.kill",           W, NONE),
};
/* clang-format on */

const char *bl_cgroup_file_name(uint32_t version, enum bl_cgroup_role role)
{
    return version == 1 ? bl_cgroup_rows[role].v1_file : bl_cgroup_rows[role].v2_file;
}

void bl_cgroup_files_init(struct bl_cgroup_files *files)
{
    *files = (struct bl_cgroup_files){0};
    for (int role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        files->fds[role] = -1;
}

void bl_cgroup_files_release(struct bl_cgroup_files *files)
{
    for (int role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        bl_close_fd(&files->fds[role]);
    files->present = 0;
}
