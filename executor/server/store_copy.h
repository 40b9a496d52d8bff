/* store_copy.h - a whole file from a descriptor or from memory into the store, in slices, beside
 * the loop's other work (process: worker). Its digest is what it turns out to be. */
#ifndef BL_SERVER_STORE_COPY_H
#define BL_SERVER_STORE_COPY_H

#include "executor/server/store_pin.h"

struct bl_copy;

struct bl_copy_source {
    int fd;            /* a regular file or memfd, read from offset 0 whatever its offset; borrowed
                          for the call only. -1: memory */
    const void *bytes; /* borrowed until on_copied or bl_copy_free() */
    size_t length;
};

/* on_copied - from the loop, once. pin: ready, owned by the receiver; or NULL, and err tells why:
 * what bl_put_new, _write and _finish can fail with, or INPUT (the file was changed meanwhile or
 * can't be read). The copy may be freed here. */
typedef void bl_on_copied(void *ctx, struct bl_pin *pin, const struct bl_err *err);

/* bl_copy_new - Fails with INPUT (not a regular file), STORE_SHORT (EMFILE), MEMORY, and what
 * bl_put_new() fails with. */
int bl_copy_new(struct bl_copy **out, struct bl_store *store, const struct bl_copy_source *source,
                bl_on_copied *on_copied, void *ctx, struct bl_err *err);

/* bl_copy_free - before on_copied: gives it up, nothing is left of it. */
void bl_copy_free(struct bl_copy **copy);

#endif
