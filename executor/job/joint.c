#include "executor/job/joint.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"

int bl_joint_open(struct bl_joint *joint, struct bl_err *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return bl_fail(err, BL_STEP_PIPE, errno, "between two programs");
    *joint = (struct bl_joint){.reads = ends[0], .writes = ends[1]};
    (void)fchmod(joint->reads, 0666); /* both ends are one inode, ours: it can't fail */
    return 0;
}

void bl_joint_release(struct bl_joint *joint)
{
    bl_close_fd(&joint->reads);
    bl_close_fd(&joint->writes);
}
