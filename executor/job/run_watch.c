/* run_watch.c - what is watched of a run beside its clocks: OOM kills, and the machine's meters
 * (process: worker; see run_private.h).
 *
 * Both begin some milliseconds after the launch: most programs of a start-up bench are over by
 * then, and whoever is killed for memory before that is still found here, or in the counters. */
#include "executor/job/run_private.h"
#include "limits/cgroup.h"

/* An OOM kill of one process leaves the others as if nothing had happened: they go, too. */
static void on_oom(void *ctx, short what)
{
    struct bl_run *run = ctx;
    struct bl_cgroup *group = bl_sandbox_cgroup(run->sandbox);
    struct bl_err err;
    uint64_t kills;

    (void)what; /* only ever readable */
    bl_cgroup_oom_drain(group);
    if (bl_cgroup_oom_kills(group, &kills, &err) != 0)
        bl_run_fail(run, &err);
    else if (kills > 0)
        bl_run_end_for(run, BL_KILL_MEMORY);
}

void bl_run_read_meters(struct bl_run *run, struct bl_meter *now)
{
    struct bl_machine *machine = bl_warden_machine(run->warden);

    bl_meter_take(machine, now);
    bl_meter_narrow(&run->before, now, run->launched_ns, bl_machine_cpus(machine));
}

int bl_run_look_closer(struct bl_run *run, struct bl_err *err)
{
    const struct bl_cgroup *group = bl_sandbox_cgroup(run->sandbox);
    struct bl_meter now;

    bl_run_read_meters(run, &now);
    if (bl_watch_new(&run->oom, run->loop, bl_cgroup_oom_fd(group), on_oom, run, err) != 0)
        return -1;
    return bl_watch_want(run->oom, EV_READ, err);
}
