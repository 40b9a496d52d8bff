/* steps.c - what the kernel's steps cost one by one: where the microseconds of a start go.
 *
 * Each row of the table does one thing that Bailiff does for a run, alone, hot and by turns with
 * the others. Their sum is not a run's time: processes work side by side, and some of it happens
 * before the job comes (docs/performance.md). */
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "bailiff/own.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "bench/site.h"
#include "executor/base/loop.h"
#include "executor/sandbox/syscalls.h"

/* ---- steps tried in a child -------------------------------------------------------------------
 */

static int no_new_privs(struct bl_site *site)
{
    (void)site;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int load_policy(struct bl_site *site)
{
    struct sock_fprog program = {
        .len = (unsigned short)site->policy->instruction_count,
        .filter = (struct sock_filter *)(uintptr_t)site->policy->instructions,
    };

    return bl_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int load_allow_all(struct bl_site *site)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = 1, .filter = &allow};

    (void)site;
    return bl_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int unshare_time(struct bl_site *site)
{
    (void)site;
    return unshare(CLONE_NEWTIME);
}

static int unshare_cgroup(struct bl_site *site)
{
    (void)site;
    return unshare(CLONE_NEWCGROUP);
}

static int unshare_mounts(struct bl_site *site)
{
    (void)site;
    if (unshare(CLONE_NEWNS) < 0)
        return -1;
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Over /tmp: what lies below does not matter in a namespace that ends at once. */
static int mount_new(const char *kind)
{
    bl_autoclose int fs = fsopen(kind, FSOPEN_CLOEXEC);

    if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    bl_autoclose int made = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    return made < 0 ? -1 : move_mount(made, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH);
}

static int mount_tmpfs(struct bl_site *site)
{
    (void)site;
    return mount_new("tmpfs");
}

static int mount_proc(struct bl_site *site)
{
    (void)site;
    return mount_new("proc");
}

/* ---- the table
 * ------------------------------------------------------------------------------------
 */

#define ALL_NAMESPACES \
    (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

/* clang-format off */
static const struct bl_bench_step steps[] = {
    {"a child that ends at once", bl_step_clone, .flags = 0},
    {"the same in a user namespace", bl_step_clone, .flags = CLONE_NEWUSER},
    {"the same in a pid namespace", bl_step_clone, .flags = CLONE_NEWPID},
    {"the same in a mount namespace (the host's mounts)", bl_step_clone, .flags = CLONE_NEWNS},
    {"the same in a network namespace", bl_step_clone, .flags = CLONE_NEWNET},
    {"the same in an ipc namespace", bl_step_clone, .flags = CLONE_NEWIPC},
    {"the same in a uts namespace", bl_step_clone, .flags = CLONE_NEWUTS},
    {"the same in all six", bl_step_clone, .flags = ALL_NAMESPACES},
    {"unshare a time namespace", bl_step_in_child, .work = unshare_time},
    {"unshare a cgroup namespace", bl_step_in_child, .work = unshare_cgroup},
    {"mount a tmpfs", bl_step_in_child, .prepare = unshare_mounts, .work = mount_tmpfs},
    {"mount a proc", bl_step_in_child, .prepare = unshare_mounts, .work = mount_proc},
    {"load the policy \"default\"", bl_step_in_child, .prepare = no_new_privs, .work = load_policy},
    {"load a filter that allows all", bl_step_in_child, .prepare = no_new_privs, .work = load_allow_all},
    {"make the cgroup and open its files", bl_step_group, .phase = BL_GROUP_CREATE},
    {"write its limits", bl_step_group, .phase = BL_GROUP_LIMIT},
    {"read its counters", bl_step_group, .phase = BL_GROUP_READ},
    {"remove the cgroup", bl_step_group, .phase = BL_GROUP_REMOVE},
    {"a message to another process and back", bl_step_round_trip, .flags = 0},
};
/* clang-format on */
enum { STEPS = BL_ARRAY_LEN(steps) };

/* ---- rounds and answer ------------------------------------------------------------------------
 */

static int run_rounds(struct bl_site *site, struct bl_sample samples[STEPS],
                      const struct bl_bench_options *options, struct bl_err *err)
{
    const uint64_t until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S;
    uint64_t seed = 20261122, took_ns;
    size_t order[STEPS];

    for (uint64_t round = 0; round < options->rounds && (round < 1 || bl_now_ns() < until_ns);
         round++) {
        bl_order_shuffle(order, STEPS, &seed);
        for (size_t i = 0; i < STEPS; i++)
            if (steps[order[i]].run(site, &steps[order[i]], &took_ns, err) < 0 ||
                bl_sample_add(&samples[order[i]], took_ns, err) < 0)
                return -1;
    }
    return 0;
}

static json_t *answer(struct bl_sample samples[STEPS])
{
    json_t *all = json_array();

    for (size_t i = 0; i < STEPS; i++) {
        bl_sample_sort(&samples[i]);
        if (json_array_append_new(
                all,
                json_pack("{s:s, s:f, s:f}", "name", steps[i].name, "p50_us",
                          (double)bl_sample_at(&samples[i], 50) / (double)BL_NS_PER_US, "p90_us",
                          (double)bl_sample_at(&samples[i], 90) / (double)BL_NS_PER_US)) < 0)
            return json_decref(all), NULL;
    }
    return json_pack("{s:I, s:o}", "rounds", (json_int_t)samples[0].count, "steps", all);
}

int main(int argc, char **argv)
{
    struct bl_bench_options options = {.rounds = 500, .seconds = 600};
    struct bl_site site = {.echo = -1};
    struct bl_sample samples[STEPS] = {0};
    struct bl_err err;
    int status = bl_bench_options_read(&options, argc, argv, &err);

    if (status == 0)
        status = bl_site_prepare(&site, &err);
    if (status == 0)
        status = run_rounds(&site, samples, &options, &err);
    if (status == 0)
        status = bl_bench_answer(&options, answer(samples), &err);
    bl_site_release(&site);
    for (size_t i = 0; i < STEPS; i++)
        bl_sample_release(&samples[i]);
    return bl_bench_exit("steps", status, &err);
}
