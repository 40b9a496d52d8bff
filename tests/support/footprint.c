/* footprint.c - counting what is there, so that a test can say that nothing was left. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <dirent.h>
#include <poll.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "tests/support/census.h"
#include "tests/support/mounts.h"
#include "tests/support/rig.h"

#define PATIENCE_NS (60 * BL_NS_PER_S)

static unsigned count_entries(const char *path)
{
    DIR *folder = opendir(path);
    unsigned count = 0;

    if (!folder)
        return 0;
    while (readdir(folder))
        count++;
    (void)closedir(folder); /* read only */
    return count;
}

/* How many, and the first. */
static unsigned children_of(const char *pid, int *first)
{
    unsigned count = 0;
    char path[64];
    FILE *file;
    int child;

    (void)snprintf(path, sizeof(path), "/proc/%s/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return 0;
    for (const struct dirent *task; (task = readdir(tasks));) {
        (void)snprintf(path, sizeof(path), "/proc/%s/task/%.20s/children", pid, task->d_name);
        file = fopen(path, "re");
        while (file && fscanf(file, "%d", &child) == 1)
            if (count++ == 0)
                *first = child;
        if (file)
            (void)fclose(file); /* read only */
    }
    (void)closedir(tasks); /* read only */
    return count;
}

static void look(const struct bl_rig *rig, struct bl_footprint *footprint)
{
    char path[64], pid[16];
    int warden = 0, init;

    memset(footprint, 0, sizeof(*footprint));
    if (rig->confined)
        return; /* it could see nothing */
    footprint->fds = count_entries("/proc/self/fd");
    footprint->children = children_of("self", &warden);
    footprint->groups = bl_census_groups(rig->plan->cgroup_place, bl_warden_index(rig->warden));
    (void)snprintf(pid, sizeof(pid), "%d", warden);
    footprint->warden_children = children_of(pid, &init);
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", warden);
    footprint->warden_fds = count_entries(path);
    footprint->warden_mounts = bl_mounts_count(warden);
}

/* A dead one removes nothing, however long one waits. */
static bool has_warden(void)
{
    siginfo_t gone = {0};
    int warden = 0;

    (void)children_of("self", &warden);
    return warden == 0 || waitid(P_PID, (id_t)warden, &gone, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           gone.si_pid == 0;
}

/* A run is answered when its group is empty; the warden may still be removing it. */
void bl_footprint_take(const struct bl_rig *rig, struct bl_footprint *footprint)
{
    uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;

    look(rig, footprint);
    while ((footprint->groups || footprint->warden_children) && has_warden() &&
           bl_now_ns() < give_up_ns) {
        (void)poll(NULL, 0, 5); /* then look again */
        look(rig, footprint);
    }
}

void bl_footprint_expect(const struct bl_rig *rig, const struct bl_footprint *before)
{
    uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;
    struct bl_footprint now;

    for (;;) {
        look(rig, &now);
        if (memcmp(&now, before, sizeof(now)) == 0)
            return;
        if (bl_now_ns() > give_up_ns)
            break;
        (void)poll(NULL, 0, 5); /* then look again */
    }
    print_error("left behind: fds %u -> %u, children %u -> %u, the warden's fds %u -> %u, its "
                "children %u -> %u, its mounts %u -> %u, cgroups %u -> %u\n",
                before->fds, now.fds, before->children, now.children, before->warden_fds,
                now.warden_fds, before->warden_children, now.warden_children, before->warden_mounts,
                now.warden_mounts, before->groups, now.groups);
    fail();
}
