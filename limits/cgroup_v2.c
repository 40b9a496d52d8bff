/* cgroup_v2.c - the handle's side of cgroup v2: limits, counters and the watch on memory.events. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>

#include "limits/cgroup_backend.h"

/* A changed file reports EPOLLPRI until it is read again from its start; a file never read counts
 * as changed. */
static void drain(struct bl_cgroup *group)
{
    struct bl_err ignored; /* unreadable: the caller's own look reports it */
    uint64_t kills;

    (void)bl_cgroup_oom_kills(group, &kills, &ignored);
}

static int watch(struct bl_cgroup *group, struct bl_err *err)
{
    drain(group);
    return bl_cgroup_watch_add(group, group->files.fds[BL_CGROUP_MEMORY_EVENTS], EPOLLPRI, err);
}

static int limit_memory(const struct bl_cgroup *group, uint64_t bytes, struct bl_err *err)
{
    char value[24];

    (void)snprintf(value, sizeof(value), "%" PRIu64, bytes);
    if (bl_cgroup_files_has(&group->files, BL_CGROUP_SWAP_MAX) &&
        bl_cgroup_put(group, BL_CGROUP_SWAP_MAX, "0", err) < 0)
        return -1;
    return bl_cgroup_put(group, BL_CGROUP_MEMORY_MAX, value, err);
}

static int limit_cpu(const struct bl_cgroup *group, uint64_t cpus_milli, struct bl_err *err)
{
    char value[48];

    (void)snprintf(value, sizeof(value), "%" PRIu64 " %d",
                   cpus_milli * BL_CGROUP_CPU_PERIOD_US / 1000, BL_CGROUP_CPU_PERIOD_US);
    return bl_cgroup_put(group, BL_CGROUP_CPU_MAX, value, err);
}

static bool read_us(const char *text, size_t length, const char *key, uint64_t *ns)
{
    uint64_t us;

    if (!bl_cgroup_parse_key(text, length, key, &us))
        return false;
    *ns = us * BL_NS_PER_US;
    return true;
}

static int cpu_ns(const struct bl_cgroup *group, uint64_t *ns, struct bl_err *err)
{
    uint64_t us;

    if (bl_cgroup_keyed(group, BL_CGROUP_CPU_STAT, "usage_usec", &us, err) < 0)
        return -1;
    *ns = us * BL_NS_PER_US;
    return 0;
}

/* One read: the kernel sums up its CPUs for each. */
static int usage_of_cpu(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err)
{
    char text[BL_CGROUP_TEXT_MAX];
    size_t length;

    if (bl_cgroup_text(group, BL_CGROUP_CPU_STAT, text, &length, err) < 0)
        return -1;
    out->has_throttled = bl_cgroup_files_has(&group->files, BL_CGROUP_CPU_MAX);
    if (!read_us(text, length, "usage_usec", &out->cpu_time_ns) ||
        !read_us(text, length, "user_usec", &out->user_time_ns) ||
        !read_us(text, length, "system_usec", &out->system_time_ns) ||
        (out->has_throttled && !read_us(text, length, "throttled_usec", &out->throttled_ns)))
        return bl_fail(err, BL_STEP_CGROUP_READ, EPROTO, "cpu.stat");
    return 0;
}

/* kernel_bytes - one line since 5.18; before that the sum of its parts. */
static uint64_t kernel_bytes(const char *text, size_t length)
{
    static const char *const parts[] = {"kernel_stack", "pagetables", "percpu", "sock", "slab"};
    uint64_t sum = 0, part;

    if (bl_cgroup_parse_key(text, length, "kernel", &sum))
        return sum;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (bl_cgroup_parse_key(text, length, parts[i], &part))
            sum += part;
    }
    return sum;
}

static int usage_of_memory(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err)
{
    char text[BL_CGROUP_TEXT_MAX];
    uint64_t file, shmem;
    size_t length;

    if (bl_cgroup_keyed(group, BL_CGROUP_MEMORY_EVENTS, "oom", &out->memory_limit_hits, err) < 0 ||
        bl_cgroup_text(group, BL_CGROUP_MEMORY_STAT, text, &length, err) < 0)
        return -1;
    out->has_memory_limit_hits = true;
    if (!bl_cgroup_parse_key(text, length, "file", &file) ||
        !bl_cgroup_parse_key(text, length, "shmem", &shmem))
        return bl_fail(err, BL_STEP_CGROUP_READ, EPROTO, "memory.stat");
    out->memory_file_bytes = file > shmem ? file - shmem : 0;
    out->memory_shmem_bytes = shmem;
    out->memory_kernel_bytes = kernel_bytes(text, length);
    out->has_memory_split = true;
    return 0;
}

static int usage_of_io(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err)
{
    char text[BL_CGROUP_TEXT_MAX];
    struct bl_cgroup_io io;
    size_t length;

    if (!bl_cgroup_files_has(&group->files, BL_CGROUP_IO_STAT))
        return 0;
    if (bl_cgroup_text(group, BL_CGROUP_IO_STAT, text, &length, err) < 0)
        return -1;
    bl_cgroup_parse_io_stat(text, length, &io);
    out->has_io = true;
    out->read_bytes = io.read_bytes;
    out->write_bytes = io.write_bytes;
    return 0;
}

/* pressure - false where the kernel has none for groups: the file is missing, or there and answers
 * EOPNOTSUPP (psi=0, or switched off through cgroup.pressure). */
static bool pressure(const struct bl_cgroup *group, enum bl_cgroup_role role, uint64_t *ns)
{
    char text[BL_CGROUP_TEXT_MAX];
    struct bl_err ignored;
    size_t length;
    uint64_t us;

    if (bl_cgroup_text(group, role, text, &length, &ignored) < 0 ||
        !bl_cgroup_parse_pressure(text, length, &us))
        return false;
    *ns = us * BL_NS_PER_US;
    return true;
}

static int usage(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err)
{
    if (usage_of_cpu(group, out, err) < 0 || usage_of_memory(group, out, err) < 0 ||
        usage_of_io(group, out, err) < 0)
        return -1;
    out->has_pressure = pressure(group, BL_CGROUP_CPU_PRESSURE, &out->cpu_pressure_ns) &&
                        pressure(group, BL_CGROUP_MEMORY_PRESSURE, &out->memory_pressure_ns) &&
                        pressure(group, BL_CGROUP_IO_PRESSURE, &out->io_pressure_ns);
    return 0;
}

static int empty(const struct bl_cgroup *group, bool *is_empty, struct bl_err *err)
{
    uint64_t populated;

    if (bl_cgroup_keyed(group, BL_CGROUP_EVENTS, "populated", &populated, err) < 0)
        return -1;
    *is_empty = populated == 0;
    return 0;
}

const struct bl_cgroup_backend bl_cgroup_backend_v2 = {
    .watch = watch,
    .drain = drain,
    .limit_memory = limit_memory,
    .limit_cpu = limit_cpu,
    .cpu_ns = cpu_ns,
    .usage = usage,
    .empty = empty,
};
