/* store_hash.h - SHA-256 of bytes as they come. */
#ifndef BL_SERVER_STORE_HASH_H
#define BL_SERVER_STORE_HASH_H

#include "bailiff/digest.h"
#include "bailiff/err.h"

struct bl_hash;

/* All fail with MEMORY, which is all that can go wrong in there. */
int bl_hash_new(struct bl_hash **out, struct bl_err *err);
int bl_hash_add(struct bl_hash *hash, const void *bytes, size_t length, struct bl_err *err);

/* bl_hash_end - afterwards only bl_hash_free(). */
int bl_hash_end(struct bl_hash *hash, struct bl_digest *out, struct bl_err *err);
void bl_hash_free(struct bl_hash **hash);

/* bl_hash_of - of bytes that are there already. */
int bl_hash_of(const void *bytes, size_t length, struct bl_digest *out, struct bl_err *err);

#endif
