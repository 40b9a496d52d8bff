#include "executor/server/store_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "executor/base/log.h"

#define BYTES_MAX (1ULL << 50) /* so that no sum of footprints overflows */

static int check_limits(const struct bl_store_limits *limits, struct bl_err *err)
{
    if (limits->bytes_max < 4 * BL_KIB || limits->bytes_max > BYTES_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "the store's size: from 4 KiB to 1 PiB");
    if (limits->files_max == 0 || limits->files_max > BL_STORE_FILES_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "the store's files: from 1 to %d",
                       BL_STORE_FILES_MAX);
    if (limits->puts_max == 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "the store's puts: at least 1");
    return 0;
}

/* What one scan gathers. */
struct load {
    struct bl_store *store;
    bool no_memory;
};

/* A file beyond every bound was not put here by this store: and the sum of sizes stays one. */
static bool on_file(void *ctx, const struct bl_digest *digest, const struct bl_stamp *stamp)
{
    struct load *load = ctx;
    struct bl_store *store = load->store;
    struct bl_entry *entry;

    if (bl_index_find(&store->index, digest))
        return true; /* a list that changes while it is read may show a name twice */
    entry = bl_index_add(&store->index, digest, 0);
    if (!entry) {
        load->no_memory = true;
        return false;
    }
    if (stamp->size_bytes > BYTES_MAX || store->index.bytes > UINT64_MAX / 2) {
        bl_store_remove(store, entry, "its size");
        return true;
    }
    bl_index_resize(&store->index, entry, stamp->size_bytes);
    entry->stamp = *stamp;
    return true;
}

static void on_temp(void *ctx, const char *name, uint64_t size_bytes)
{
    struct bl_store *store = ((struct load *)ctx)->store;
    struct bl_err err;

    if (bl_trash_throw(&store->trash, name, size_bytes, &err) != 0)
        bl_log_error(BL_LOG_WARNING, "a temporary file of the store stays", &err);
}

static int load_files(struct bl_store *store, struct bl_err *err)
{
    struct load load = {.store = store};
    struct bl_folder_scan scan = {.on_file = on_file, .on_temp = on_temp, .ctx = &load};

    if (bl_store_folder_scan(&store->folder, &scan, err) != 0)
        return -1;
    store->removed += scan.removed;
    if (load.no_memory)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the store's index");
    if (bl_index_sort(&store->index, err) != 0)
        return -1;
    return bl_store_make_room(store, 0, 0, err);
}

static int begin(struct bl_store *store, const char *path, struct bl_err *err)
{
    if (bl_store_folder_open(&store->folder, path, err) != 0 ||
        bl_index_init(&store->index, store->limits.files_max, err) != 0 ||
        bl_works_init(&store->works, store->loop, err) != 0 ||
        bl_timer_new(&store->pace, store->loop, bl_puts_pace, store, err) != 0)
        return -1;
    return load_files(store, err);
}

int bl_store_open(struct bl_store **out, struct bl_loop *loop, const char *path,
                  const struct bl_store_limits *limits, struct bl_err *err)
{
    struct bl_store *store;

    if (check_limits(limits, err) != 0)
        return -1;
    store = calloc(1, sizeof(*store));
    if (!store)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "store");
    store->loop = loop;
    store->limits = *limits;
    store->folder = (struct bl_store_folder){.fd = -1, .lock = -1};
    store->trash = (struct bl_trash){.folder = &store->folder, .works = &store->works};
    if (begin(store, path, err) != 0) {
        bl_store_free(&store);
        return -1;
    }
    bl_log(BL_LOG_INFO, "the store is open", bl_log_text("folder", path),
           bl_log_number("files", store->index.files),
           bl_log_number("bytes", (int64_t)store->index.bytes),
           bl_log_number("evicted", (int64_t)store->evicted),
           bl_log_number("removed", (int64_t)store->removed));
    *out = store;
    return 0;
}

void bl_store_free(struct bl_store **store)
{
    if (!*store)
        return;
    assert((*store)->puts == 0);
    (void)bl_trash_empty(&(*store)->trash);
    bl_checks_forget(*store);
    bl_timer_free(&(*store)->pace);
    if ((*store)->index.buckets)
        bl_index_release(&(*store)->index);
    bl_works_release(&(*store)->works);
    bl_store_folder_close(&(*store)->folder);
    free(*store);
    *store = NULL;
}

bool bl_store_has(struct bl_store *store, const struct bl_digest *digest)
{
    struct bl_entry *entry = bl_index_find(&store->index, digest);

    if (entry)
        bl_index_use(&store->index, entry);
    *(entry ? &store->found : &store->lacking) += 1;
    return entry != NULL;
}

struct bl_works *bl_store_works(struct bl_store *store)
{
    return &store->works;
}

const struct bl_store_limits *bl_store_limits_of(const struct bl_store *store)
{
    return &store->limits;
}

void bl_store_usage(const struct bl_store *store, struct bl_store_usage *out)
{
    *out = (struct bl_store_usage){
        .bytes = store->index.bytes,
        .bytes_pinned = store->index.bytes_pinned,
        .bytes_coming = store->bytes_coming,
        .files = store->index.files,
        .files_pinned = store->index.files_pinned,
        .puts = store->puts,
        .stored = store->stored,
        .evicted = store->evicted,
        .removed = store->removed,
        .found = store->found,
        .lacking = store->lacking,
    };
}
