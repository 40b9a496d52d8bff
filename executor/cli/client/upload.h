/* upload.h - files of this host into the worker's store, each content once. */
#ifndef BL_CLIENT_UPLOAD_H
#define BL_CLIENT_UPLOAD_H

#include "executor/cli/client/draft.h"
#include "executor/cli/client/link.h"

/* bl_missing - which of the digests the store lacks: *missing (malloc(3)), in the order asked.
 * Fails as bl_link_call(), with MEMORY. */
int bl_missing(struct bl_link *link, const struct bl_digest *digests, size_t count,
               struct bl_digest **missing, size_t *missing_count, struct bl_err *err);

/* bl_put - one file, whose digest and size were read before. A file that was changed since is
 * refused by the worker. Fails with FILE_READ, and as bl_link_call(). */
int bl_put(struct bl_link *link, const struct bl_local_file *file, struct bl_err *err);

/* bl_upload - of a settled draft's files those that are not inside and not in the store. progress:
 * where a line for each is told; NULL: nowhere. *sent: how many went. */
int bl_upload(struct bl_link *link, const struct bl_draft *draft, FILE *progress, size_t *sent,
              struct bl_err *err);

#endif
