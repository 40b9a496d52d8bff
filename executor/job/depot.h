/* depot.h - where a job's files come from, and where what it leaves goes: the store, as a job sees
 * it (process: worker).
 *
 * An interface: executor/server implements it over the content-addressed store, tests over a table.
 * A job has many errands under way at once and never waits for one: a file may have to be fetched,
 * or to be hashed first. Each errand is plain data of whoever sends it. */
#ifndef BL_JOB_DEPOT_H
#define BL_JOB_DEPOT_H

#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/job.h"

enum bl_errand_kind {
    BL_ERRAND_GET, /* a file by its digest */
    BL_ERRAND_PUT, /* a file to be kept; its digest is what it turns out to be */
};

struct bl_errand;

/* on_answer - once. err: NULL where it was done; lent for the call. The errand is the sender's
 * again, who may free it here. */
typedef void bl_on_answer(void *ctx, struct bl_errand *errand, const struct bl_err *err);

struct bl_errand {
    enum bl_errand_kind kind;
    uint8_t sha256[BL_SHA256_BYTES]; /* GET: which; PUT: set before the answer */
    const char *url;                 /* GET: where else it may be had; NULL: nowhere */
    /* GET: set before the answer, and owned by the sender then: O_RDONLY, at offset 0 and of its
     * own (a program's reading moves it), a regular file with a name (what has none can't be
     * mounted), readable and executable for all, which nobody changes any more. It stays what it is
     * until bl_depot's release().
     * PUT: the file to be kept, read from offset 0, regular; borrowed until the answer. */
    int fd;
    bl_on_answer *on_answer;
    void *ctx;
    void *work; /* the depot's own, from send() to release() */
};

struct bl_depot {
    /* send - begins it. The answer may come from inside this call. */
    void (*send)(void *ctx, struct bl_errand *errand);
    /* release - what the depot keeps for the errand (a pin, work under way) is not needed any more.
     * Before the answer: none follows. Called once for each errand that was sent, also from
     * on_answer. The descriptor of a GET is not touched. */
    void (*release)(void *ctx, struct bl_errand *errand);
    void *ctx;
};

#endif
