/* capture.h - one output stream of a program: a pipe that is read, counted and held to a limit
 * (process: worker).
 *
 * Exactly `limit` bytes are passed on; the first byte beyond it is told, once, and from then on all
 * is counted and thrown away. Where the destination takes nothing for a while the pipe fills and
 * the program waits; where it takes nothing any more the rest is counted and thrown away. Memory:
 * one buffer at most, whatever the program writes; none where the kernel moves the bytes by itself,
 * or where nothing keeps them.
 *
 * The pipe is a capture's own, and so is a copy of the program's end: that nobody can write any
 * more is for whoever watches the program to say (bl_capture_drain()). */
#ifndef BL_JOB_CAPTURE_H
#define BL_JOB_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "executor/base/loop.h"
#include "executor/base/pipes.h"

struct bl_capture;

enum bl_capture_event {
    BL_CAPTURE_OVER, /* more than the limit was written; at most once */
    BL_CAPTURE_DONE, /* drained, all delivered or thrown away; once, the last */
};

typedef void (*bl_on_capture)(void *ctx, struct bl_capture *capture, enum bl_capture_event event);

/* bl_capture_new - pipes: where it has its own from; may be NULL. destination: borrowed until DONE
 * or free; -1 throws everything away. limit: bytes, > 0. Fails with PIPE, MEMORY. */
int bl_capture_new(struct bl_capture **out, struct bl_loop *loop, struct bl_pipes *pipes,
                   int destination, uint64_t limit, bl_on_capture on_event, void *ctx,
                   struct bl_err *err);

/* bl_capture_keep - before begin: only the first so many bytes reach the destination (> 0); the
 * rest, up to the limit, is counted and thrown away. */
void bl_capture_keep(struct bl_capture *capture, uint64_t most);

/* The end for the program to write to; lent. */
int bl_capture_program_end(const struct bl_capture *capture);

/* bl_capture_begin - starts reading. Fails with LOOP. */
int bl_capture_begin(struct bl_capture *capture, struct bl_err *err);

/* bl_capture_drain - nothing can write to the pipe any more: what is in it is the rest, end of
 * file or not (a descriptor that was in flight over a socket is collected later by the kernel).
 * Without it nothing is ever done.
 * May call back OVER; may call back DONE at once, or later where the destination is slow. */
void bl_capture_drain(struct bl_capture *capture);

/* bl_capture_abandon - the destination gets no more; counting goes on. */
void bl_capture_abandon(struct bl_capture *capture);

bool bl_capture_done(const struct bl_capture *capture);
uint64_t bl_capture_bytes(const struct bl_capture *capture); /* seen so far, thrown away or not */

/* bl_capture_errno - what failed in writing to the destination; 0 where nothing did, and where the
 * reader only went away (EPIPE). */
int bl_capture_errno(const struct bl_capture *capture);

/* bl_capture_free - at any time, but not from its own callback. */
void bl_capture_free(struct bl_capture **capture);

#endif
