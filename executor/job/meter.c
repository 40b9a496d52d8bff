#include "executor/job/meter.h"

#include <stdio.h>
#include <unistd.h>

#include "bailiff/units.h"
#include "executor/base/loop.h"
#include "limits/cgroup_parse.h"

enum { TEXT_MAX = 256 }; /* the first line of any of them */

static bool read_pressure(int file, uint64_t *ns)
{
    char text[TEXT_MAX];
    uint64_t us;

    if (!bl_cgroup_parse_pressure(text, bl_machine_read(file, text, sizeof(text)), &us))
        return false;
    *ns = us * BL_NS_PER_US;
    return true;
}

void bl_meter_read(const struct bl_machine *machine, struct bl_meter *meter)
{
    char text[TEXT_MAX];
    uint64_t ticks = 0;

    *meter = (struct bl_meter){.at_ns = bl_now_ns()};
    if (bl_machine_read(machine->stat, text, sizeof(text)) > 0 &&
        bl_meter_parse_steal(text, &ticks)) {
        meter->has_steal = true;
        meter->steal_ns = ticks * (BL_NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
    }
    meter->has_pressure = read_pressure(machine->cpu_pressure, &meter->cpu_ns) &&
                          read_pressure(machine->memory_pressure, &meter->memory_ns) &&
                          read_pressure(machine->io_pressure, &meter->io_ns);
}

void bl_meter_take(struct bl_machine *machine, struct bl_meter *meter)
{
    bl_meter_read(machine, meter);
    machine->last = *meter;
}

void bl_meter_recent(struct bl_machine *machine, uint64_t launched_ns, struct bl_meter *meter)
{
    const struct bl_meter *last = &machine->last;
    const bool is_recent = last->at_ns + BL_METER_RECENT_NS >= launched_ns;

    if (last->at_ns && (is_recent || bl_now_ns() > launched_ns + BL_METER_LATE_NS))
        *meter = *last;
    else
        bl_meter_take(machine, meter);
}

static void narrow(uint64_t *before, uint64_t after, uint64_t most)
{
    if (after > *before && after - *before > most)
        *before = after - most;
}

void bl_meter_narrow(struct bl_meter *before, const struct bl_meter *after, uint64_t launched_ns,
                     unsigned cpus)
{
    const uint64_t ran_ns = after->at_ns > launched_ns ? after->at_ns - launched_ns : 0;
    uint64_t stolen_ns;

    narrow(&before->cpu_ns, after->cpu_ns, ran_ns);
    narrow(&before->memory_ns, after->memory_ns, ran_ns);
    narrow(&before->io_ns, after->io_ns, ran_ns);
    if (!__builtin_mul_overflow(ran_ns, cpus, &stolen_ns))
        narrow(&before->steal_ns, after->steal_ns, stolen_ns);
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
