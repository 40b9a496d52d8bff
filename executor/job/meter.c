#include "executor/job/meter.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "limits/cgroup_parse.h"

enum { TEXT_MAX = 256 }; /* the first line of any of them */

static size_t read_start(const char *path, char text[TEXT_MAX])
{
    bl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, TEXT_MAX - 1);

    text[length > 0 ? length : 0] = '\0';
    return length > 0 ? (size_t)length : 0;
}

static bool read_pressure(const char *path, uint64_t *ns)
{
    char text[TEXT_MAX];
    uint64_t us;

    if (!bl_cgroup_parse_pressure(text, read_start(path, text), &us))
        return false;
    *ns = us * BL_NS_PER_US;
    return true;
}

void bl_meter_read(struct bl_meter *meter)
{
    char text[TEXT_MAX];
    uint64_t ticks = 0;

    *meter = (struct bl_meter){.has_pressure = false};
    if (read_start("/proc/stat", text) > 0 && bl_meter_parse_steal(text, &ticks)) {
        meter->has_steal = true;
        meter->steal_ns = ticks * (BL_NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
    }
    meter->has_pressure = read_pressure("/proc/pressure/cpu", &meter->cpu_ns) &&
                          read_pressure("/proc/pressure/memory", &meter->memory_ns) &&
                          read_pressure("/proc/pressure/io", &meter->io_ns);
}

void bl_meter_difference(const struct bl_meter *before, const struct bl_meter *after,
                         struct bl_usage *usage)
{
    /* Steal may go back by a tick where a hypervisor corrects itself. */
    usage->has_steal = before->has_steal && after->has_steal;
    if (usage->has_steal && after->steal_ns > before->steal_ns)
        usage->steal_ns = after->steal_ns - before->steal_ns;
    if (usage->has_pressure || !before->has_pressure || !after->has_pressure)
        return;
    usage->has_pressure = true;
    usage->cpu_pressure_ns = after->cpu_ns - before->cpu_ns;
    usage->memory_pressure_ns = after->memory_ns - before->memory_ns;
    usage->io_pressure_ns = after->io_ns - before->io_ns;
}

bool bl_meter_parse_steal(const char *text, uint64_t *ticks)
{
    unsigned long long steal;

    if (sscanf(text, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) != 1)
        return false;
    *ticks = steal;
    return true;
}
