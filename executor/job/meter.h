/* meter.h - what the whole machine went through while a program ran: the part of a result that says
 * how far its times can be trusted (process: worker).
 *
 * /proc/stat (steal: time that a hypervisor gave to others) and /proc/pressure (time in which some
 * task waited), read before and after. Kernels without one or the other leave the flags false. */
#ifndef BL_JOB_METER_H
#define BL_JOB_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/result.h"
#include "executor/base/machine.h"

struct bl_meter {
    bool has_steal, has_pressure;
    uint64_t steal_ns;
    uint64_t cpu_ns, memory_ns, io_ns;
};

/* bl_meter_read - about 13 us; never fails: what can't be read is absent. */
void bl_meter_read(const struct bl_machine *machine, struct bl_meter *meter);

/* bl_meter_difference - the steal of *usage, and its pressure where it has none of its own group's
 * (has_pressure false), as after minus before. */
void bl_meter_difference(const struct bl_meter *before, const struct bl_meter *after,
                         struct bl_usage *usage);

/* bl_meter_parse_steal - of the text's first line, "cpu  user nice system idle iowait irq softirq
 * steal ...", the steal in ticks. False where there is none. Pure. */
bool bl_meter_parse_steal(const char *text, uint64_t *ticks);

#endif
