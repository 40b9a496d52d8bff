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
 * A small part is asked for before the launch, the rest piece by piece in the rounds of the loop,
 * ahead of the program; at most BL_PREFETCH_MAX in all, so that a huge file can't push everything
 * else out. What is left over, and the files of an input folder, are charged to the program: they
 * show as memory_file_bytes in the result, and the kernel drops them before it kills for memory. */
#ifndef BL_JOB_PREFETCH_H
#define BL_JOB_PREFETCH_H

#include <stdint.h>

#include "bailiff/err.h"
#include "executor/base/loop.h"

#define BL_PREFETCH_MAX (4ULL << 30)

struct bl_prefetch;

/* Fails with LOOP, MEMORY. */
int bl_prefetch_new(struct bl_prefetch **out, struct bl_loop *loop, struct bl_err *err);

/* bl_prefetch_add - a file; not regular, not readable (O_PATH) or empty: nothing to do. fd:
 * borrowed for the call (duplicated; where that fails the file is passed over: this is a service,
 * not a wall). At most BL_INPUTS_MAX + 1. */
void bl_prefetch_add(struct bl_prefetch *prefetch, int fd);

/* bl_prefetch_begin - the first piece now, the others in later rounds. */
void bl_prefetch_begin(struct bl_prefetch *prefetch);

void bl_prefetch_free(struct bl_prefetch **prefetch);

#endif
