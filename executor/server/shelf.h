/* shelf.h - what each tenant's jobs take of the room for results, and whose go where there is none
 * left. Pure.
 *
 * A tenant's shelf counts all its jobs that are known, and the bytes of their events (its quota, a
 * child of the one for all). Of jobs that are over and that nobody listens to it keeps the results,
 * in the order in which they were last of use to somebody. Where room is needed the tenant that
 * keeps most gives up its oldest, but never for one who has more than it keeps: so whoever floods
 * the worker loses his own results, and each tenant is sure of its even share.
 *
 * "More" is by the larger share, of the bytes or of the jobs. Every call takes O(log n), amortised,
 * in tenants. */
#ifndef BL_SERVER_SHELF_H
#define BL_SERVER_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/job.h"
#include "executor/rpc/quota.h"
#include "executor/server/admission_heap.h"

struct bl_book;

struct bl_shelf {
    struct bl_heap_node place; /* among those that keep anything */
    uint64_t share;            /* that it keeps, in millionths; fixed while it has its place */
    struct bl_quota quota;     /* of its events, those of jobs that run included */
    uint32_t jobs;             /* known, whatever they are at */
    uint32_t kept;
    size_t kept_bytes;
    struct bl_book *oldest, *newest;
    char name[BL_JOB_TENANT_MAX + 1];
};

/* One job's; in its own memory, zeroed at first. */
struct bl_book {
    struct bl_shelf *shelf; /* NULL: on none */
    bool is_kept;
    size_t bytes;
    struct bl_book *older, *newer;
};

struct bl_shelves {
    void *names; /* tsearch(3) */
    struct bl_heap keeping;
    struct bl_quota *all;
    uint32_t jobs_max;
};

/* bl_shelves_init - all: borrowed; jobs_max: 1 at least. Nothing is to be released when every book
 * has left. */
void bl_shelves_init(struct bl_shelves *shelves, struct bl_quota *all, uint32_t jobs_max);

/* bl_book_enter - on the shelf of that tenant (1 to BL_JOB_TENANT_MAX bytes, or ""). Fails with
 * MEMORY. */
int bl_book_enter(struct bl_book *book, struct bl_shelves *shelves, const char *tenant,
                  struct bl_err *err);

/* bl_book_leave - nothing of it is in the quota any more. Idempotent. */
void bl_book_leave(struct bl_book *book, struct bl_shelves *shelves);

/* bl_book_keep - it is over and of no use to anybody now: the newest of its shelf. bytes: of
 * events. bl_book_use - somebody wants it. Both idempotent. */
void bl_book_keep(struct bl_book *book, struct bl_shelves *shelves, size_t bytes);
void bl_book_use(struct bl_book *book, struct bl_shelves *shelves);

/* bl_shelves_victim - what goes first, so that `wants` gets so many bytes and jobs more; NULL:
 * nothing has to. */
struct bl_book *bl_shelves_victim(const struct bl_shelves *shelves, const struct bl_shelf *wants,
                                  size_t bytes, uint32_t jobs);

/* bl_shelf_yields - must `other`, with all that it has, make room for what `wants` wants? */
bool bl_shelf_yields(const struct bl_shelves *shelves, const struct bl_shelf *other,
                     const struct bl_shelf *wants, size_t bytes, uint32_t jobs);

#endif
