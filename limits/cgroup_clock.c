#include "limits/cgroup_clock.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "limits/cgroup_backend.h"

/* nth_cpu - the number of the nth CPU of a set that has more than n. */
static unsigned nth_cpu(const struct bl_cgroup_cpus *set, uint64_t n)
{
    unsigned cpu = 0;

    for (;; cpu++) {
        if (!(set->bits[cpu / 64] >> (cpu % 64) & 1))
            continue;
        if (n-- == 0)
            return cpu;
    }
}

static int choose_cpus(const struct bl_cgroup *group, uint32_t round_max, uint64_t choice,
                       struct bl_cgroup_clock *clock, struct bl_err *err)
{
    char text[BL_CGROUP_TEXT_MAX];
    struct bl_cgroup_cpus usable;
    unsigned count = 0;
    size_t length;

    if (bl_cgroup_text(group, BL_CGROUP_CPUSET_EFFECTIVE, text, &length, err) < 0)
        return -1;
    if (bl_cgroup_parse_cpus(text, length, &usable))
        count = bl_cgroup_count_cpus(&usable);
    if (count == 0)
        return bl_fail(err, BL_STEP_CGROUP_READ, 0, "no CPU in the effective cpuset");
    if (count > round_max) {
        clock->cpuset = group->files.fds[BL_CGROUP_CPUSET_CPUS];
        clock->cpu_count = 1;
        clock->cpus[0] = nth_cpu(&usable, choice % count);
        return 0;
    }
    clock->cpu_count = count;
    for (unsigned i = 0; i < count; i++)
        clock->cpus[i] = nth_cpu(&usable, i);
    return 0;
}

int bl_cgroup_clock(const struct bl_cgroup *group, uint32_t round_max, uint64_t choice,
                    struct bl_cgroup_clock *out, struct bl_err *err)
{
    const struct bl_cgroup_files *files = &group->files;
    bool v1 = files->version == 1;
    struct bl_cgroup_clock clock = {
        .version = files->version,
        .counter = files->fds[v1 ? BL_CGROUP_CPU_USAGE : BL_CGROUP_CPU_STAT],
        .cpuset = -1,
    };

    assert(round_max >= 1 && round_max <= BL_CGROUP_ROUND_MAX);
    if (bl_cgroup_files_has(files, BL_CGROUP_CPUSET_CPUS) &&
        bl_cgroup_files_has(files, BL_CGROUP_CPUSET_EFFECTIVE) &&
        choose_cpus(group, round_max, choice, &clock, err) < 0)
        return -1;
    *out = clock;
    return 0;
}

int bl_cgroup_clock_read(const struct bl_cgroup_clock *clock, uint64_t *ns)
{
    char text[1024]; /* usage_usec is cpu.stat's first line */
    ssize_t length = pread(clock->counter, text, sizeof(text), 0);
    uint64_t value;

    if (length < 0)
        return -1;
    errno = EPROTO;
    if (clock->version == 1)
        return bl_cgroup_parse_number(text, (size_t)length, ns) ? 0 : -1;
    if (!bl_cgroup_parse_key(text, (size_t)length, "usage_usec", &value) ||
        value > UINT64_MAX / 1000)
        return -1;
    *ns = value * 1000;
    return 0;
}

int bl_cgroup_clock_narrow(const struct bl_cgroup_clock *clock)
{
    char text[16];
    int length = snprintf(text, sizeof(text), "%u", clock->cpus[0]);

    errno = ENOENT;
    if (clock->cpuset < 0)
        return -1;
    return write(clock->cpuset, text, (size_t)length) == length ? 0 : -1;
}
