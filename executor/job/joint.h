/* joint.h - a pipe between two programs that run at the same time, and our copies of its ends
 * (process: worker).
 *
 * The programs are given their ends by BL_STREAM_HAND, which duplicates them. Where nobody cares
 * who ended first, our own copies are closed at once (bl_joint_release()) and the two see what any
 * pipe shows them. In an interaction they are held, because the end of one must not look like the
 * cause of the other's:
 *
 *   - the end that a side writes to: until that side ended, so that the other sees end of file only
 *     after it - and its own end is later, by the sandboxes' own clocks
 *   - the end that the interactor reads from: until the program ended too, where the interactor
 *     accepted: a program that writes a last line after that must not die of a broken pipe */
#ifndef BL_JOB_JOINT_H
#define BL_JOB_JOINT_H

#include "bailiff/err.h"

struct bl_joint {
    int reads, writes; /* owned; -1: closed */
};

#define BL_JOINT_NONE             \
    {                             \
        .reads = -1, .writes = -1 \
    }

/* bl_joint_open - readable and writable for all: /dev/stdin and /dev/stdout open a pipe again, as
 * another user. What a side does to its own ends that way hurts itself alone. Fails with PIPE. */
int bl_joint_open(struct bl_joint *joint, struct bl_err *err);

void bl_joint_release(struct bl_joint *joint); /* idempotent */

#endif
