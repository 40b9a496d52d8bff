/* Whose turn it is to go, and who may come. */
#include <errno.h>

#include "executor/base/log.h"
#include "executor/server/store_private.h"

int bl_store_throw(struct bl_store *store, struct bl_entry *entry, struct bl_err *err)
{
    char name[BL_DIGEST_TEXT_MAX];

    if (bl_trash_throw(&store->trash, bl_digest_format(&entry->digest, name),
                       entry->stamp.size_bytes, err) != 0)
        return -1;
    bl_index_drop(&store->index, entry);
    return 0;
}

void bl_store_remove(struct bl_store *store, struct bl_entry *entry, const char *why)
{
    char name[BL_DIGEST_TEXT_MAX];
    struct bl_err err;

    bl_log(BL_LOG_WARNING, "removing a file of the store",
           bl_log_text("digest", bl_digest_format(&entry->digest, name)), bl_log_text("why", why));
    store->removed++;
    if (bl_store_throw(store, entry, &err) == 0)
        return;
    bl_log_error(BL_LOG_ERROR, "a file of the store stays", &err);
    bl_index_drop(&store->index, entry);
}

static int evict_oldest(struct bl_store *store, struct bl_err *err)
{
    if (bl_store_throw(store, store->index.oldest, err) != 0)
        return -1;
    store->evicted++;
    return 0;
}

static int no_files(const struct bl_store *store, struct bl_err *err)
{
    return bl_fail(err, BL_STEP_STORE_FULL, 0,
                   "its bound is %u files: %u are in use, %u on their way", store->limits.files_max,
                   store->index.files_pinned, store->puts_open);
}

static int no_bytes(const struct bl_store *store, uint64_t bytes, struct bl_err *err)
{
    char bound[BL_UNITS_TEXT_MAX], used[BL_UNITS_TEXT_MAX], coming[BL_UNITS_TEXT_MAX],
        wanted[BL_UNITS_TEXT_MAX];

    return bl_fail(err, BL_STEP_STORE_FULL, 0,
                   "its bound is %s: %s are in use, %s on their way, %s more are wanted",
                   bl_format_size(store->limits.bytes_max, bound),
                   bl_format_size(store->index.bytes_pinned, used),
                   bl_format_size(store->bytes_coming + store->bytes_promised, coming),
                   bl_format_size(bytes, wanted));
}

int bl_store_make_room(struct bl_store *store, uint64_t bytes, uint32_t files, struct bl_err *err)
{
    const struct bl_store_limits *limits = &store->limits;
    const struct bl_index *index = &store->index;

    for (;;) {
        bool fits = index->bytes + store->bytes_coming + bytes <= limits->bytes_max;

        if (fits && (uint64_t)index->files + store->puts_open + files <= limits->files_max)
            return 0;
        if (!index->oldest)
            return fits ? no_files(store, err) : no_bytes(store, bytes, err);
        if (evict_oldest(store, err) != 0)
            return -1;
    }
}

int bl_store_promise(struct bl_store *store, uint64_t size_bytes, struct bl_err *err)
{
    const struct bl_index *index = &store->index;
    uint64_t max = store->limits.bytes_max, bytes;

    if (size_bytes > max || bl_footprint(size_bytes) > max)
        return bl_fail(err, BL_STEP_STORE_CONTENT, 0,
                       "its size is %llu bytes; the store's bound is %llu",
                       (unsigned long long)size_bytes, (unsigned long long)max);
    bytes = bl_footprint(size_bytes);
    if (index->bytes_pinned + store->bytes_coming + store->bytes_promised + bytes > max)
        return no_bytes(store, bytes, err);
    if ((uint64_t)index->files_pinned + store->puts_open + 1 > store->limits.files_max)
        return no_files(store, err);
    return bl_store_make_room(store, bl_footprint(0), 1, err);
}
