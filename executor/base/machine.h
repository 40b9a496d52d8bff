/* machine.h - what the kernel tells of the whole machine, through files that are kept open: asking
 * costs a microsecond or two, and no path that a confined process may not walk. */
#ifndef BL_BASE_MACHINE_H
#define BL_BASE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What its meters said (executor/job/meter.h). */
struct bl_meter {
    bool has_steal, has_pressure;
    uint64_t steal_ns; /* of all its CPUs together */
    uint64_t cpu_ns, memory_ns, io_ns;
    uint64_t at_ns; /* when they were read; 0: never */
};

/* Files that this kernel lacks are -1, and read as empty. */
struct bl_machine {
    int online; /* /sys/devices/system/cpu/online */
    int stat;   /* /proc/stat */
    int cpu_pressure, memory_pressure, io_pressure;
    struct bl_meter last; /* for bl_meter_recent() */
};

#define BL_MACHINE_NONE   \
    ((struct bl_machine){ \
        .online = -1, .stat = -1, .cpu_pressure = -1, .memory_pressure = -1, .io_pressure = -1})

/* bl_machine_open - never fails as a whole. */
void bl_machine_open(struct bl_machine *machine);
void bl_machine_close(struct bl_machine *machine);

/* bl_machine_read - the start of one of the files, with a NUL behind it; returns its length, 0
 * where it can't be read. room > 0. */
size_t bl_machine_read(int file, char *text, size_t room);

/* bl_machine_cpus - CPUs that are online now; 1 where the kernel does not tell. */
unsigned bl_machine_cpus(const struct bl_machine *machine);

#endif
