/* feed.h - a program's standard input, moved by the worker from a descriptor that the program is
 * not given itself: a terminal, a socket, a pipe of somebody else's (process: worker).
 *
 * Ends at the source's end of file, or when the program closes its input, and closes the pipe: the
 * program sees end of file. What a program does not read before it ends is lost, as in any pipe. It
 * ends as well where the source can't be read any further; then what the program makes of so much
 * says nothing about it. */
#ifndef BL_JOB_FEED_H
#define BL_JOB_FEED_H

#include <stdint.h>

#include "bailiff/err.h"
#include "executor/base/loop.h"

struct bl_feed;

/* bl_feed_new - source: borrowed until bl_feed_stop() or free. Fails with PIPE, MEMORY. */
int bl_feed_new(struct bl_feed **out, struct bl_loop *loop, int source, struct bl_err *err);

/* The end for the program to read from; lent, valid until bl_feed_begin(). */
int bl_feed_program_end(const struct bl_feed *feed);

/* bl_feed_begin - the program has its end: closes ours, starts moving. Fails with LOOP. */
int bl_feed_begin(struct bl_feed *feed, struct bl_err *err);

/* bl_feed_stop - the program is gone: no more is taken from the source. */
void bl_feed_stop(struct bl_feed *feed);

/* bl_feed_errno - why the program was not given all there is; 0: it was, or wanted no more. */
int bl_feed_errno(const struct bl_feed *feed);

uint64_t bl_feed_bytes(const struct bl_feed *feed); /* taken from the source so far */

void bl_feed_free(struct bl_feed **feed);

#endif
