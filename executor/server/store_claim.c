#include "executor/server/store_claim.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "executor/server/store_private.h"

struct bl_claim {
    struct bl_store *store;
    size_t count, count_max;
    struct bl_entry *entries[]; /* each with one claim of ours */
};

size_t bl_claim_bytes(size_t count_max)
{
    return sizeof(struct bl_claim) + count_max * sizeof(struct bl_entry *);
}

int bl_claim_new(struct bl_claim **out, struct bl_store *store, size_t count_max,
                 struct bl_err *err)
{
    struct bl_claim *claim = calloc(1, bl_claim_bytes(count_max));

    if (!claim)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a claim on %zu files", count_max);
    claim->store = store;
    claim->count_max = count_max;
    *out = claim;
    return 0;
}

static bool fits(const struct bl_store *store, const struct bl_entry *entry)
{
    return bl_footprint(entry->stamp.size_bytes) <=
               store->limits.bytes_max / 2 - store->bytes_claimed &&
           store->files_claimed < store->limits.files_max / 2;
}

void bl_claim_add(struct bl_claim *claim, const struct bl_digest *digest)
{
    struct bl_store *store = claim->store;
    struct bl_entry *entry = bl_index_find(&store->index, digest);

    if (!entry)
        return;
    bl_index_use(&store->index, entry);
    if (entry->claims == 0) {
        if (!fits(store, entry))
            return;
        entry->claimed_bytes = bl_footprint(entry->stamp.size_bytes);
        store->bytes_claimed += entry->claimed_bytes;
        store->files_claimed++;
        bl_index_pin(&store->index, entry);
    }
    entry->claims++;
    assert(claim->count < claim->count_max);
    claim->entries[claim->count++] = entry;
}

static void give_up(struct bl_store *store, struct bl_entry *entry)
{
    if (--entry->claims > 0)
        return;
    store->bytes_claimed -= entry->claimed_bytes;
    store->files_claimed--;
    bl_index_unpin(&store->index, entry);
}

void bl_claim_free(struct bl_claim **claim)
{
    if (!*claim)
        return;
    for (size_t i = 0; i < (*claim)->count; i++)
        give_up((*claim)->store, (*claim)->entries[i]);
    free(*claim);
    *claim = NULL;
}
