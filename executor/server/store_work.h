/* store_work.h - long work in slices between the loop's other work (process: worker).
 *
 * Up to BL_WORKS_ACTIVE works take turns, a slice of BL_SLICE_BYTES each, until BL_WORK_TURN_NS
 * have passed; then the loop looks after everything else, for as long at least, and on it goes: a
 * worker that never slept would keep a CPU from the programs. Further ones wait, so that few
 * descriptors are open however much is asked for. */
#ifndef BL_SERVER_STORE_WORK_H
#define BL_SERVER_STORE_WORK_H

#include "bailiff/units.h"
#include "executor/base/loop.h"

#define BL_WORK_TURN_NS (BL_NS_PER_MS / 2)
#define BL_WORK_REST_NS BL_WORK_TURN_NS
#define BL_WORK_COLD_NS (1 * BL_NS_PER_MS)
enum { BL_WORKS_ACTIVE = 8, BL_SLICE_BYTES = 256 * 1024 };

enum bl_work_turn {
    BL_WORK_MORE,
    BL_WORK_COLD,  /* the disk has to bring it first */
    BL_WORK_ENDED, /* has been removed, perhaps freed */
};

/* Lives in its user's object. `slice` may add and remove works, itself too. */
struct bl_work {
    enum bl_work_turn (*slice)(struct bl_work *work);
    struct bl_work *next, *before; /* the list's */
};

struct bl_works {
    struct bl_timer *timer;
    struct bl_work *first, *last, *next; /* next: whose turn it is */
    uint8_t *buffer;                     /* BL_SLICE_BYTES, for the slice that is at work */
};

/* Fails with MEMORY, LOOP. */
int bl_works_init(struct bl_works *works, struct bl_loop *loop, struct bl_err *err);
void bl_works_release(struct bl_works *works); /* all removed before */

void bl_work_add(struct bl_works *works, struct bl_work *work);
void bl_work_remove(struct bl_works *works, struct bl_work *work); /* once */

/* A file that is read from its beginning to its end, without waiting for the disk. */
struct bl_slow_file {
    int fd; /* owned by the user */
    uint64_t at, asked;
    unsigned cold; /* times in a row that it was not there */
};

/* bl_slow_read - up to room bytes from file->at on, which is moved. Returns how many, 0 at the end,
 * -1 with errno: EAGAIN: not in the page cache yet, it has been asked for; after 200 ms of that it
 * waits for the disk. */
ssize_t bl_slow_read(struct bl_slow_file *file, void *bytes, size_t room);

#endif
