/* history.h - what was tried with a job that was delivered more than once. Pure.
 *
 * Kept by the queue, one text (JSON) for each such job, because whoever tried last may be dead:
 *
 *   {"innocent":1,"tries":[{"delivery":2,"at_ms":1,"worker":"w3","note":"given to the worker"},
 *                          {"delivery":2,"at_ms":9,"worker":"w3","note":"the worker is full"}]}
 *
 * innocent: deliveries that were given back for a reason that is not the job's doing (the worker
 * was full, drained, lacked a file). What a delivery has beside those ended with the death of a
 * feeder or a worker, or with silence: those are held against the job. Read from the queue, so
 * checked as what comes from outside. */
#ifndef BL_QUEUE_HISTORY_H
#define BL_QUEUE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"

enum {
    BL_HISTORY_TRIES_MAX = 24, /* older ones are forgotten first, but for the first one */
    BL_HISTORY_WORKER_MAX = 64,
    BL_HISTORY_NOTE_MAX = 200,
    BL_HISTORY_TEXT_MAX = 32 * 1024, /* of its text, which is never longer */
};

struct bl_try {
    uint64_t delivery;
    int64_t at_ms; /* CLOCK_REALTIME */
    char worker[BL_HISTORY_WORKER_MAX];
    char note[BL_HISTORY_NOTE_MAX];
};

struct bl_history {
    uint64_t innocent;
    size_t count;
    struct bl_try tries[BL_HISTORY_TRIES_MAX];
};

/* bl_history_parse - an empty text is an empty history. Fails with FIELD, MEMORY. */
int bl_history_parse(struct bl_history *out, const char *text, size_t length, struct bl_err *err);

/* bl_history_format - as one line; *text is malloc(3)ed. Fails with MEMORY. */
int bl_history_format(const struct bl_history *history, char **text, struct bl_err *err);

/* bl_history_add - worker, note: cleaned (UTF-8) and cut. */
void bl_history_add(struct bl_history *history, uint64_t delivery, int64_t at_ms,
                    const char *worker, const char *note);

/* bl_history_suspect - how many of the deliveries before this one are held against the job. */
uint64_t bl_history_suspect(const struct bl_history *history, uint64_t delivery);

#endif
