#include "executor/base/pipes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"

/* The two ends are two open file descriptions: the program's own end still blocks. */
static int make(struct bl_pipe *made)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* a pipe takes it */
    (void)fchmod(ends[0], 0222); /* another user opens it by /dev/stdout; ours: it can't fail */
    *made = (struct bl_pipe){.read_end = ends[0], .write_end = ends[1]};
    return 0;
}

void bl_pipes_fill(struct bl_pipes *pipes)
{
    while (pipes->count < BL_PIPES_MAX && make(&pipes->made[pipes->count]) == 0)
        pipes->count++;
}

int bl_pipes_take(struct bl_pipes *pipes, struct bl_pipe *taken)
{
    if (!pipes || pipes->count == 0)
        return make(taken);
    *taken = pipes->made[--pipes->count];
    return 0;
}

void bl_pipes_release(struct bl_pipes *pipes)
{
    while (pipes->count > 0) {
        struct bl_pipe *last = &pipes->made[--pipes->count];

        bl_close_fd(&last->read_end);
        bl_close_fd(&last->write_end);
    }
}
