/* store_index.h - which files the store holds, in which order they were used, and how much room
 * they take. Pure: no file is touched here.
 *
 * An entry is found by its digest, and is in the order of use unless somebody pins it. The hash
 * function has a secret, so that nobody can choose files that meet in one bucket. */
#ifndef BL_SERVER_STORE_INDEX_H
#define BL_SERVER_STORE_INDEX_H

#include "bailiff/digest.h"
#include "bailiff/err.h"
#include "bailiff/units.h"

/* What tells that a file is the one that was hashed. Every change of content, mode, owner or links
 * moves ctime, which nobody can set. */
struct bl_stamp {
    uint64_t inode, size_bytes;
    int64_t mtime_ns, ctime_ns;
    int64_t used_s; /* its atime: when it was used, roughly. Says nothing of the content */
};

static inline bool bl_stamp_equal(const struct bl_stamp *a, const struct bl_stamp *b)
{
    return a->inode == b->inode && a->size_bytes == b->size_bytes && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns;
}

struct bl_entry {
    struct bl_digest digest;
    struct bl_stamp stamp;
    bool is_believed;       /* this process has hashed the content that the stamp stands for */
    bool is_gone;           /* out of the index: lives until its last pin is given back */
    uint32_t pins;          /* bl_index_pin() only */
    uint32_t claims;        /* store_claim.h; all together one pin */
    uint64_t claimed_bytes; /* its footprint then */
    struct bl_check *check; /* under way; store_check.h */
    struct bl_pin *waiting; /* for it */
    struct bl_entry *next_in_bucket, *newer, *older; /* the index's */
};

struct bl_index {
    struct bl_entry **buckets;
    unsigned shift; /* 64 - log2 of their number */
    uint64_t secret;
    struct bl_entry *newest, *oldest; /* of those that nobody pins */
    uint64_t bytes, bytes_pinned;     /* footprints */
    uint32_t files, files_pinned;
};

/* bl_footprint - what a file of that size counts as: whole blocks of 4 KiB, and one at least, so
 * that a bound in bytes bounds how many files have to go for a new one. */
static inline uint64_t bl_footprint(uint64_t size_bytes)
{
    return size_bytes == 0 ? 4 * BL_KIB : (size_bytes + 4 * BL_KIB - 1) & ~(4 * BL_KIB - 1);
}

/* bl_index_init - files: how many it is meant for; more are slower, no worse. Fails with MEMORY. */
int bl_index_init(struct bl_index *index, uint32_t files, struct bl_err *err);

/* bl_index_release - with all entries; none may be pinned. */
void bl_index_release(struct bl_index *index);

struct bl_entry *bl_index_find(const struct bl_index *index, const struct bl_digest *digest);

/* bl_index_add - as the newest. The digest must not be there. NULL: no memory. */
struct bl_entry *bl_index_add(struct bl_index *index, const struct bl_digest *digest,
                              uint64_t size_bytes);

/* bl_index_resize - what stamp.size_bytes is from now on. */
void bl_index_resize(struct bl_index *index, struct bl_entry *entry, uint64_t size_bytes);

/* bl_index_use - is the newest from now on. */
void bl_index_use(struct bl_index *index, struct bl_entry *entry);

void bl_index_pin(struct bl_index *index, struct bl_entry *entry);

/* bl_index_unpin - is the newest afterwards; one that is gone is freed with its last pin. */
void bl_index_unpin(struct bl_index *index, struct bl_entry *entry);

/* bl_index_drop - out of the index: freed now, or when its last pin is given back. */
void bl_index_drop(struct bl_index *index, struct bl_entry *entry);

/* bl_index_sort - brings all into the order of stamp.used_s. None may be pinned. Fails with MEMORY.
 */
int bl_index_sort(struct bl_index *index, struct bl_err *err);

#endif
