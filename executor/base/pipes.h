/* pipes.h - pipes that programs will write to, made before a job waits for them.
 *
 * Making one takes three system calls, and some 15 us with what the kernel builds. Each serves one
 * program. */
#ifndef BL_BASE_PIPES_H
#define BL_BASE_PIPES_H

#include "bailiff/err.h"

enum { BL_PIPES_MAX = 4 }; /* two programs' streams */

/* Reading never blocks, writing does. Who has either end may open the other's file again for
 * writing (/dev/stdout), and nobody for reading. */
struct bl_pipe {
    int read_end, write_end;
};

struct bl_pipes {
    struct bl_pipe made[BL_PIPES_MAX]; /* owned */
    unsigned count;
};

/* bl_pipes_fill - makes what is missing, as far as there are descriptors. */
void bl_pipes_fill(struct bl_pipes *pipes);

/* bl_pipes_take - one of them, or where there is none, or pipes is NULL, a new one; the caller owns
 * both ends. Returns 0, or -1 with errno. */
int bl_pipes_take(struct bl_pipes *pipes, struct bl_pipe *taken);

/* bl_pipes_release - closes them; it may be filled again. */
void bl_pipes_release(struct bl_pipes *pipes);

#endif
