/* cgroup_join.c - how a process gets into its group. bl_cgroup_join_self() runs between clone and
 * exec: system calls only. */
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_tree.h"

void bl_cgroup_join_init(struct bl_cgroup_join *join)
{
    join->directory = -1;
    join->count = 0;
    for (unsigned i = 0; i < BL_CGROUP_JOIN_MAX; i++)
        join->tasks[i] = -1;
}

void bl_cgroup_join_release(struct bl_cgroup_join *join)
{
    bl_close_fd(&join->directory);
    for (unsigned i = 0; i < BL_CGROUP_JOIN_MAX; i++)
        bl_close_fd(&join->tasks[i]);
    join->count = 0;
}

int bl_cgroup_join_self(const struct bl_cgroup_join *join)
{
    for (unsigned i = 0; i < join->count; i++) {
        if (write(join->tasks[i], "0", 1) != 1)
            return -1;
    }
    return 0;
}
