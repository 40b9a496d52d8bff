/* store_claim.h - a job's claim on files of the store, from its acceptance to its end (process:
 * worker).
 *
 * What is claimed is not evicted, as if it were pinned: a job that waits for an hour finds what was
 * there when it came. A claim opens and checks nothing, and costs a pointer; who uses a file pins
 * it (store_pin.h).
 *
 * Claims are bounded: all together they keep at most half of the store, by bytes and by files, so
 * that whoever sends jobs that wait can't stop others from putting files. What is beyond is not
 * claimed but used only (the last to be evicted). Such a file may be gone when it is needed; the
 * job's case is an ERROR then, with STORE_MISSING and the digest as its cause. A file that turns
 * out to be damaged goes, claimed or not. */
#ifndef BL_SERVER_STORE_CLAIM_H
#define BL_SERVER_STORE_CLAIM_H

#include "executor/server/store.h"

struct bl_claim;

/* bl_claim_new - of at most count_max files. Fails with MEMORY. */
int bl_claim_new(struct bl_claim **out, struct bl_store *store, size_t count_max,
                 struct bl_err *err);

/* bl_claim_add - one more file; once for each of count_max. Nothing happens where it is not there,
 * and where the bound is reached it is only used. */
void bl_claim_add(struct bl_claim *claim, const struct bl_digest *digest);

/* bl_claim_bytes - of memory, for so many files. */
size_t bl_claim_bytes(size_t count_max);

void bl_claim_free(struct bl_claim **claim);

#endif
