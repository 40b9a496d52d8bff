/* cgroup_v1.c - the handle's side of cgroup v1: limits, counters and the OOM eventfd. */
#include <errno.h>
#include <inttypes.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "limits/cgroup_backend.h"

enum {
    LOOKS_MAX = 8
}; /* after 1, 2, 4 ... 128 ms: an OOM kill takes microseconds, and some
      milliseconds where the console is slow in printing its report */

/* watch - memory.oom_control tells through an eventfd that is named to cgroup.event_control. Being
 * told comes before the kill is counted, so a timer for a second look stands beside it. */
static int watch(struct bl_cgroup *group, struct bl_err *err)
{
    char order[32];

    group->oom_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    group->oom_again = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (group->oom_event < 0 || group->oom_again < 0)
        return bl_fail(err, BL_STEP_CGROUP_OPEN, errno, "watch for OOM kills");
    (void)snprintf(order, sizeof(order), "%d %d", group->oom_event,
                   group->files.fds[BL_CGROUP_MEMORY_EVENTS]);
    if (bl_cgroup_put(group, BL_CGROUP_EVENT_CONTROL, order, err) < 0 ||
        bl_cgroup_watch_add(group, group->oom_event, EPOLLIN, err) < 0)
        return -1;
    return bl_cgroup_watch_add(group, group->oom_again, EPOLLIN, err);
}

static bool fired(int fd)
{
    uint64_t count;

    return read(fd, &count, sizeof(count)) == sizeof(count);
}

static void drain(struct bl_cgroup *group)
{
    struct itimerspec next = {{0}, {0}};
    struct bl_err ignored; /* unreadable: the caller's own look reports it */
    uint64_t kills = group->oom_seen;

    (void)fired(group->oom_again);
    if (fired(group->oom_event))
        group->looks_left = LOOKS_MAX;
    (void)bl_cgroup_oom_kills(group, &kills, &ignored);
    if (kills != group->oom_seen)
        group->looks_left = 0;
    group->oom_seen = kills;
    if (group->looks_left) {
        next.it_value.tv_nsec = (1000 * 1000L) << (LOOKS_MAX - group->looks_left);
        group->looks_left--;
    }
    (void)timerfd_settime(group->oom_again, 0, &next, NULL); /* cannot fail: a valid time */
}

/* limit_memory - the kernel holds memory <= memory+swap after each write, so the order depends on
 * whether the limit falls (memory first) or rises (memory+swap first, memory alone is EINVAL). */
static int limit_memory(const struct bl_cgroup *group, uint64_t bytes, struct bl_err *err)
{
    bool has_swap = bl_cgroup_files_has(&group->files, BL_CGROUP_SWAP_MAX);
    struct bl_err refused;
    char value[24];

    (void)snprintf(value, sizeof(value), "%" PRIu64, bytes);
    if (bl_cgroup_put(group, BL_CGROUP_MEMORY_MAX, value, &refused) < 0) {
        if (!has_swap || refused.sys_errno != EINVAL) {
            *err = refused;
            return -1;
        }
        if (bl_cgroup_put(group, BL_CGROUP_SWAP_MAX, value, err) < 0)
            return -1;
        return bl_cgroup_put(group, BL_CGROUP_MEMORY_MAX, value, err);
    }
    return has_swap ? bl_cgroup_put(group, BL_CGROUP_SWAP_MAX, value, err) : 0;
}

/* limit_cpu - EINVAL for a quota in range means that a group further up has less (v1 refuses a
 * child more than its parent): that one holds then, as it would in v2. */
static int limit_cpu(const struct bl_cgroup *group, uint64_t cpus_milli, struct bl_err *err)
{
    char quota[24];
    struct bl_err refused;

    (void)snprintf(quota, sizeof(quota), "%" PRIu64, cpus_milli * BL_CGROUP_CPU_PERIOD_US / 1000);
    if (bl_cgroup_put(group, BL_CGROUP_CPU_MAX, quota, &refused) == 0)
        return 0;
    if (refused.sys_errno == EINVAL)
        return bl_cgroup_put(group, BL_CGROUP_CPU_MAX, "-1", err);
    *err = refused;
    return -1;
}

static int cpu_ns(const struct bl_cgroup *group, uint64_t *ns, struct bl_err *err)
{
    return bl_cgroup_number(group, BL_CGROUP_CPU_USAGE, ns, err);
}

static int usage_of_cpu(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err)
{
    uint64_t user, system;

    if (cpu_ns(group, &out->cpu_time_ns, err) < 0 ||
        bl_cgroup_number(group, BL_CGROUP_CPU_USAGE_USER, &user, err) < 0 ||
        bl_cgroup_number(group, BL_CGROUP_CPU_USAGE_SYS, &system, err) < 0)
        return -1;
    bl_cgroup_split_cpu(out->cpu_time_ns, user, system, &out->user_time_ns, &out->system_time_ns);
    out->has_throttled = bl_cgroup_files_has(&group->files, BL_CGROUP_CPU_STAT);
    if (!out->has_throttled)
        return 0;
    return bl_cgroup_keyed(group, BL_CGROUP_CPU_STAT, "throttled_time", &out->throttled_ns, err);
}

static int usage_of_memory(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err)
{
    char text[BL_CGROUP_TEXT_MAX];
    uint64_t cache;
    size_t length;

    if (bl_cgroup_text(group, BL_CGROUP_MEMORY_STAT, text, &length, err) < 0)
        return -1;
    if (!bl_cgroup_parse_key(text, length, "cache", &cache) ||
        !bl_cgroup_parse_key(text, length, "shmem", &out->memory_shmem_bytes))
        return bl_fail(err, BL_STEP_CGROUP_READ, EPROTO, "memory.stat");
    out->memory_file_bytes = cache > out->memory_shmem_bytes ? cache - out->memory_shmem_bytes : 0;
    out->has_memory_split = bl_cgroup_files_has(&group->files, BL_CGROUP_MEMORY_KERNEL);
    if (!out->has_memory_split)
        return 0;
    return bl_cgroup_number(group, BL_CGROUP_MEMORY_KERNEL, &out->memory_kernel_bytes, err);
}

static int usage(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err)
{
    return usage_of_cpu(group, out, err) < 0 ? -1 : usage_of_memory(group, out, err);
}

static int empty(const struct bl_cgroup *group, bool *is_empty, struct bl_err *err)
{
    uint64_t tasks;

    if (bl_cgroup_number(group, BL_CGROUP_PIDS_CURRENT, &tasks, err) < 0)
        return -1;
    *is_empty = tasks == 0;
    return 0;
}

const struct bl_cgroup_backend bl_cgroup_backend_v1 = {
    .watch = watch,
    .drain = drain,
    .limit_memory = limit_memory,
    .limit_cpu = limit_cpu,
    .cpu_ns = cpu_ns,
    .usage = usage,
    .empty = empty,
};
