/* cgroup_tree_v1.c - the tree's side of cgroup v1: every controller has a hierarchy of its own, and
 * a place is used as it is. Runs in the warden. */
#include <errno.h>
#include <fcntl.h>

#include "limits/cgroup_backend.h"

static int settle(struct bl_cgroup_tree *tree, struct bl_err *err)
{
    for (unsigned i = 0; i < tree->hierarchy_count; i++) {
        struct bl_cgroup_hierarchy *hierarchy = &tree->hierarchies[i];

        hierarchy->place = bl_cgroup_open_dir(AT_FDCWD, hierarchy->path);
        if (hierarchy->place < 0)
            return bl_fail(err, BL_STEP_CGROUP_FIND, errno, "%.200s", hierarchy->path);
    }
    return 0;
}

static void unsettle(struct bl_cgroup_tree *tree)
{
    (void)tree; /* nothing was changed */
}

/* inherit - copies the parent's value where there is none yet. */
static int inherit(int parent, int dir, const char *file)
{
    char text[4096];
    ssize_t length = bl_cgroup_read_at(dir, file, text, sizeof(text) - 1);

    if (length < 0)
        return -1;
    if (length > 1) /* more than a newline */
        return 0;
    length = bl_cgroup_read_at(parent, file, text, sizeof(text) - 1);
    if (length < 0)
        return -1;
    text[length] = '\0';
    return bl_cgroup_write_at(dir, file, text);
}

/* What sockets of the internet families hold is not counted before this file was written to, and
 * then beside the memory limit, not within it (Documentation/admin-guide/cgroup-v1/memory.rst,
 * 2.7.2): two gigabytes were seen in a loopback below a limit of 32 MiB. Written for the instance,
 * too: the kernel patches its own code where the first group in the system is counted, and again
 * when the last one has gone. */
#define SOCKET_MEMORY "memory.kmem.tcp.limit_in_bytes"

/* A fresh v1 cpuset has neither CPUs nor memory nodes, and nobody may join it (ENOSPC) or fill a
 * group below it before it has. With clone_children the kernel gives what is made below the
 * parent's own, which saves each sandbox twelve calls, one of which would take the machine's
 * hotplug lock (Documentation/admin-guide/cgroup-v1/cgroups.rst, 1.5). */
static int prepare_inner(const struct bl_cgroup_hierarchy *hierarchy, int parent, int dir)
{
    if (hierarchy->controllers & BL_CGROUP_HAS(MEMORY) &&
        bl_cgroup_write_at(dir, SOCKET_MEMORY, "-1") < 0)
        return -1;
    if (!(hierarchy->controllers & BL_CGROUP_HAS(CPUSET)))
        return 0;
    if (inherit(parent, dir, "cpuset.cpus") < 0 || inherit(parent, dir, "cpuset.mems") < 0)
        return -1;
    return bl_cgroup_write_at(dir, "cgroup.clone_children", "1");
}

static int prepare_leaf(const struct bl_cgroup_hierarchy *hierarchy, int parent, int dir)
{
    char bytes[24];

    (void)parent;
    if (!(hierarchy->controllers & BL_CGROUP_HAS(MEMORY)))
        return 0;
    (void)snprintf(bytes, sizeof(bytes), "%d", BL_CGROUP_SOCKET_BYTES);
    return bl_cgroup_write_at(dir, SOCKET_MEMORY, bytes);
}

/* Swap is limited together with memory (v1 limits their sum), before anybody joins. */
static int defaults(const struct bl_cgroup_files *files, struct bl_err *err)
{
    (void)files;
    (void)err;
    return 0;
}

const struct bl_cgroup_tree_backend bl_cgroup_tree_backend_v1 = {
    .settle = settle,
    .unsettle = unsettle,
    .prepare_inner = prepare_inner,
    .prepare_leaf = prepare_leaf,
    .defaults = defaults,
    .join_file = "tasks",
};
