/* slots.h - which programs may run beside each other: the CPUs of this machine as slots. Pure.
 *
 * A slot is a core that nobody shares: one program's CPU time must not depend on what another one
 * does. Where a core has several hardware threads the program gets one of them and its siblings
 * stay idle. Cores slower than the fastest kind (hybrid machines) make no slots: the same program
 * would take another time there; they serve the worker. What the machine looks like is read by
 * slots_read.h; here are the decisions, which tests feed with other people's machines.
 *
 *     bl_topology_init(&topology);
 *     bl_topology_add(&topology, cpu, "0,64\n", 5, 0);      for each CPU that we may use
 *     bl_slots_plan(&slots, &topology, &options, &err);
 *     bl_slots_cpuset(&slots, &event.slots, spec.limits.cpuset, &err); */
#ifndef BL_SERVER_SLOTS_H
#define BL_SERVER_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/spec.h"
#include "limits/cgroup_parse.h"

enum {
    BL_SLOTS_MAX = 1024,     /* more cores than that are left unused */
    BL_SLOTS_NAMED_MAX = 25, /* of one job: their CPUs always fit into BL_CPUSET_MAX */
};

/* A set of slots, by number. */
struct bl_slot_set {
    uint64_t bits[BL_SLOTS_MAX / 64];
};

static inline bool bl_slot_set_has(const struct bl_slot_set *set, unsigned slot)
{
    return set->bits[slot / 64] >> (slot % 64) & 1;
}

static inline void bl_slot_set_put(struct bl_slot_set *set, unsigned slot)
{
    set->bits[slot / 64] |= UINT64_C(1) << (slot % 64);
}

/* The CPUs that we may use. About 50 KiB: not for the stack of something deep. */
struct bl_topology {
    struct bl_cgroup_cpus usable;
    struct bl_cgroup_cpus foreign;         /* a hardware thread of its core is not ours */
    uint16_t core[BL_CGROUP_CPUS_MAX];     /* the lowest number among its core's threads */
    uint32_t capacity[BL_CGROUP_CPUS_MAX]; /* 0: the kernel does not tell */
};

void bl_topology_init(struct bl_topology *topology); /* no CPU */

/* bl_topology_use - which CPUs are ours; before bl_topology_add(). */
void bl_topology_use(struct bl_topology *topology, const struct bl_cgroup_cpus *usable);

/* bl_topology_add - what the kernel says of a CPU. siblings: its topology/thread_siblings_list
 * ("0,64\n"); length 0, or anything that is no list holding this CPU: a core of its own.
 * capacity: relative speed, larger is faster; 0: unknown. A CPU that is not usable is ignored. */
void bl_topology_add(struct bl_topology *topology, unsigned cpu, const char *siblings,
                     size_t length, uint32_t capacity);

struct bl_slots_options {
    unsigned worker_cores; /* left to the worker and the warden; at least one core becomes a slot,
                              so that a machine of one core has one slot that all share */
    unsigned slots_max;    /* 0: as many as there are */
    bool share_cores;      /* each hardware thread is a slot: more programs at once, and times that
                              depend on the neighbour's */
};

/* bl_slots_default_options - one core for the worker, the rest is slots. */
struct bl_slots_options bl_slots_default_options(void);

struct bl_slots {
    unsigned count;                    /* at least 1 */
    uint16_t cpus[BL_SLOTS_MAX];       /* of each slot; those whose core is all ours come first */
    unsigned foreign;                  /* slots on a core of which a thread is not ours */
    unsigned slow;                     /* CPUs left out for being slower than the fastest kind */
    struct bl_cgroup_cpus worker_cpus; /* where worker and warden belong: the slow CPUs and the
                                          worker's cores; where there is neither, all usable ones */
};

/* bl_slots_plan - fails with FIELD: the topology has no usable CPU. */
int bl_slots_plan(struct bl_slots *slots, const struct bl_topology *topology,
                  const struct bl_slots_options *options, struct bl_err *err);

/* bl_slots_cpu_count - CPUs of the slots and of the worker together. */
unsigned bl_slots_cpu_count(const struct bl_slots *slots);

/* bl_slots_leave_worker_alone - no slot has a CPU of the worker's. */
bool bl_slots_leave_worker_alone(const struct bl_slots *slots);

/* bl_slots_cpuset - the set's CPUs as spec.h's limits.cpuset has them, "2-4,7".
 * Fails with FIELD where that does not fit, which can't be with at most BL_SLOTS_NAMED_MAX. */
int bl_slots_cpuset(const struct bl_slots *slots, const struct bl_slot_set *set,
                    char text[BL_CPUSET_MAX], struct bl_err *err);

static inline bool bl_cpus_has(const struct bl_cgroup_cpus *cpus, unsigned cpu)
{
    return cpus->bits[cpu / 64] >> (cpu % 64) & 1;
}

static inline void bl_cpus_put(struct bl_cgroup_cpus *cpus, unsigned cpu)
{
    cpus->bits[cpu / 64] |= UINT64_C(1) << (cpu % 64);
}

#endif
