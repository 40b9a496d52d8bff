/* prefetch.h - brings the cold pages of input files into the page cache in the worker's own name
 * (process: worker).
 *
 * The kernel charges a page of the page cache to whoever reads it first. A program that is the
 * first to read a gigabyte of test data would find that gigabyte in its memory peak, though it is
 * shared by all. So the worker asks for it first: readahead(2) allocates and charges at once and
 * does not wait for the disk. Measured (ext4, virtio): 0.23 ms a MiB, over twice as fast as a
 * program can read the same cold file; a file that is cached already is seen by cachestat(2), 130
 * us a GiB.
 *
 * The launch waits for that, so that the program can't overtake it: it did, reading at 2 GB/s with
 * the kernel's own read-ahead of 8 MiB before it, whenever this went on beside it. The wait costs
 * little: the disk is at work meanwhile, and the next run finds the file cached. It is bounded by
 * BL_PREFETCH_MAX bytes and BL_PREFETCH_MAX_NS (a gigabyte took more than 3 s beside twenty busy
 * processes, and comes from a slow disk in 10); the loop goes on in between. What is left over, and
 * the files of an input folder, are charged to the program: they show as memory_file_bytes in the
 * result, and the kernel drops them before it kills for memory. */
#ifndef BL_JOB_PREFETCH_H
#define BL_JOB_PREFETCH_H

#include <stdbool.h>

#include "bailiff/err.h"
#include "bailiff/units.h"
#include "executor/base/loop.h"

#define BL_PREFETCH_MAX (4 * BL_GIB)
#define BL_PREFETCH_MAX_NS (30 * BL_NS_PER_S)

struct bl_prefetch;

typedef void (*bl_on_prefetched)(void *ctx);

/* bl_prefetch_new - Fails with LOOP, MEMORY. */
int bl_prefetch_new(struct bl_prefetch **out, struct bl_loop *loop, bl_on_prefetched on_done,
                    void *ctx, struct bl_err *err);

/* bl_prefetch_add - a file; not regular, not readable (O_PATH) or empty: nothing to do. fd:
 * borrowed for the call (duplicated; where that fails the file is passed over: this is a service,
 * not a wall). At most BL_INPUTS_MAX + 1. */
void bl_prefetch_add(struct bl_prefetch *prefetch, int fd);

/* bl_prefetch_begin - true: it is all there, and on_done never comes. False: on_done follows from
 * the loop, once. */
bool bl_prefetch_begin(struct bl_prefetch *prefetch);

void bl_prefetch_free(struct bl_prefetch **prefetch);

#endif
