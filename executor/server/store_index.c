#include "executor/server/store_index.h"

#include <assert.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "bailiff/own.h"

static struct bl_entry **bucket_of(const struct bl_index *index, const struct bl_digest *digest)
{
    uint64_t head;

    memcpy(&head, digest->bytes, sizeof(head));
    return &index->buckets[(head * index->secret) >> index->shift];
}

int bl_index_init(struct bl_index *index, uint32_t files, struct bl_err *err)
{
    unsigned bits = 4;

    *index = (struct bl_index){0};
    while (bits < 31 && (UINT32_C(1) << bits) < files)
        bits++;
    if (RAND_bytes((unsigned char *)&index->secret, sizeof(index->secret)) != 1)
        return bl_fail(err, BL_STEP_STORE, 0, "a random number");
    index->secret |= 1; /* odd: every bit of the head reaches the highest ones */
    index->shift = 64 - bits;
    index->buckets = calloc((size_t)1 << bits, sizeof(struct bl_entry *));
    return index->buckets ? 0 : bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the store's index");
}

void bl_index_release(struct bl_index *index)
{
    assert(index->files_pinned == 0);
    while (index->newest)
        bl_index_drop(index, index->newest);
    bl_free_ptr(&index->buckets);
}

struct bl_entry *bl_index_find(const struct bl_index *index, const struct bl_digest *digest)
{
    struct bl_entry *entry = *bucket_of(index, digest);

    while (entry && !bl_digest_equal(&entry->digest, digest))
        entry = entry->next_in_bucket;
    return entry;
}

static void link_newest(struct bl_index *index, struct bl_entry *entry)
{
    entry->newer = NULL;
    entry->older = index->newest;
    *(index->newest ? &index->newest->newer : &index->oldest) = entry;
    index->newest = entry;
}

static void unlink_use(struct bl_index *index, struct bl_entry *entry)
{
    *(entry->newer ? &entry->newer->older : &index->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &index->oldest) = entry->newer;
}

struct bl_entry *bl_index_add(struct bl_index *index, const struct bl_digest *digest,
                              uint64_t size_bytes)
{
    struct bl_entry *entry = calloc(1, sizeof(*entry)), **bucket = bucket_of(index, digest);

    if (!entry)
        return NULL;
    entry->digest = *digest;
    entry->stamp.size_bytes = size_bytes;
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    link_newest(index, entry);
    index->bytes += bl_footprint(size_bytes);
    index->files++;
    return entry;
}

void bl_index_resize(struct bl_index *index, struct bl_entry *entry, uint64_t size_bytes)
{
    uint64_t before = bl_footprint(entry->stamp.size_bytes), after = bl_footprint(size_bytes);

    entry->stamp.size_bytes = size_bytes;
    index->bytes = index->bytes - before + after;
    if (entry->pins > 0)
        index->bytes_pinned = index->bytes_pinned - before + after;
}

void bl_index_use(struct bl_index *index, struct bl_entry *entry)
{
    if (entry->pins > 0)
        return; /* will be when it is unpinned */
    unlink_use(index, entry);
    link_newest(index, entry);
}

void bl_index_pin(struct bl_index *index, struct bl_entry *entry)
{
    assert(!entry->is_gone);
    if (entry->pins++ > 0)
        return;
    unlink_use(index, entry);
    index->files_pinned++;
    index->bytes_pinned += bl_footprint(entry->stamp.size_bytes);
}

static void leave_pinned(struct bl_index *index, const struct bl_entry *entry)
{
    index->files_pinned--;
    index->bytes_pinned -= bl_footprint(entry->stamp.size_bytes);
}

void bl_index_unpin(struct bl_index *index, struct bl_entry *entry)
{
    assert(entry->pins > 0);
    if (--entry->pins > 0)
        return;
    if (entry->is_gone) {
        free(entry);
        return;
    }
    leave_pinned(index, entry);
    link_newest(index, entry);
}

void bl_index_drop(struct bl_index *index, struct bl_entry *entry)
{
    struct bl_entry **place = bucket_of(index, &entry->digest);

    while (*place != entry)
        place = &(*place)->next_in_bucket;
    *place = entry->next_in_bucket;
    index->bytes -= bl_footprint(entry->stamp.size_bytes);
    index->files--;
    if (entry->pins == 0) {
        unlink_use(index, entry);
        free(entry);
        return;
    }
    leave_pinned(index, entry);
    entry->is_gone = true;
}

static int by_use(const void *left, const void *right)
{
    const struct bl_entry *a = *(struct bl_entry *const *)left;
    const struct bl_entry *b = *(struct bl_entry *const *)right;

    return (a->stamp.used_s > b->stamp.used_s) - (a->stamp.used_s < b->stamp.used_s);
}

int bl_index_sort(struct bl_index *index, struct bl_err *err)
{
    bl_autofree struct bl_entry **all = calloc((size_t)index->files + 1, sizeof(void *));
    size_t count = 0;

    assert(index->files_pinned == 0);
    if (!all)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the order of the store's files");
    for (struct bl_entry *entry = index->oldest; entry; entry = entry->newer)
        all[count++] = entry;
    qsort(all, count, sizeof(struct bl_entry *), by_use);
    index->newest = index->oldest = NULL;
    for (size_t i = 0; i < count; i++)
        link_newest(index, all[i]);
    return 0;
}
