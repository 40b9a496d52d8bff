/* meter.h - what the whole machine went through while a program ran: the part of a result that says
 * how far its times can be trusted (process: worker).
 *
 * /proc/stat (steal: time that a hypervisor gave to others) and /proc/pressure (time in which some
 * task waited), read before and after. Kernels without one or the other leave the flags false.
 *
 * Reading them takes as long as everything else between an order and the program. So what was read
 * for the run before serves as the reading before this one while it is recent; and what the meters
 * counted between it and the next reading is taken for this run's, but no more of it than fits into
 * the time since its launch. A busy machine's last moments can so be added to a run, never taken
 * from it; and 5 ms after the launch the meters are read exactly. */
#ifndef BL_JOB_METER_H
#define BL_JOB_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/result.h"
#include "bailiff/units.h"
#include "executor/base/machine.h"

#define BL_METER_RECENT_NS (50 * BL_NS_PER_MS)
#define BL_METER_LATE_NS BL_NS_PER_MS /* after a launch: no reading from before it any more */

/* bl_meter_read - some 35 us; never fails: what can't be read is absent. */
void bl_meter_read(const struct bl_machine *machine, struct bl_meter *meter);

/* bl_meter_take - reads them, and keeps that for bl_meter_recent(). */
void bl_meter_take(struct bl_machine *machine, struct bl_meter *meter);

/* bl_meter_recent - the last one taken, where it is at most BL_METER_RECENT_NS older than
 * launched_ns; else a new one, as long as that is not late: the caller may have waited for a CPU
 * meanwhile, and then an old one is better. */
void bl_meter_recent(struct bl_machine *machine, uint64_t launched_ns, struct bl_meter *meter);

/* bl_meter_narrow - *before may be from long before launched_ns: moves it on as far as the
 * difference to *after could not have come together since the launch. cpus: of the machine, each of
 * which can be stolen. Pure. */
void bl_meter_narrow(struct bl_meter *before, const struct bl_meter *after, uint64_t launched_ns,
                     unsigned cpus);

/* bl_meter_difference - the steal of *usage, and its pressure where it has none of its own group's
 * (has_pressure false), as after minus before. */
void bl_meter_difference(const struct bl_meter *before, const struct bl_meter *after,
                         struct bl_usage *usage);

/* bl_meter_parse_steal - of the text's first line, "cpu  user nice system idle iowait irq softirq
 * steal ...", the steal in ticks. False where there is none. Pure. */
bool bl_meter_parse_steal(const char *text, uint64_t *ticks);

#endif
