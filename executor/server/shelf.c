#include "executor/server/shelf.h"

#include <assert.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE 1000000

static bool keeps_more(const struct bl_heap_node *a, const struct bl_heap_node *b)
{
    return ((const struct bl_shelf *)(const void *)a)->share >
           ((const struct bl_shelf *)(const void *)b)->share;
}

_Static_assert(offsetof(struct bl_shelf, place) == 0, "keeps_more() relies on it");

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct bl_shelf *)a)->name, ((const struct bl_shelf *)b)->name);
}

void bl_shelves_init(struct bl_shelves *shelves, struct bl_quota *all, uint32_t jobs_max)
{
    *shelves = (struct bl_shelves){.keeping.before = keeps_more, .all = all, .jobs_max = jobs_max};
}

/* The larger one: 64 GiB x WHOLE fit. */
static uint64_t share_of(const struct bl_shelves *shelves, size_t bytes, uint64_t jobs)
{
    uint64_t by_bytes = (uint64_t)bytes * WHOLE / shelves->all->max_bytes;
    uint64_t by_jobs = jobs * WHOLE / shelves->jobs_max;

    return by_bytes > by_jobs ? by_bytes : by_jobs;
}

static int make(struct bl_shelf **out, struct bl_shelves *shelves, const char *tenant,
                struct bl_err *err)
{
    struct bl_shelf *shelf = calloc(1, sizeof(*shelf));

    if (!shelf)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a tenant's shelf");
    strcpy(shelf->name, tenant); /* of checked length */
    if (!tsearch(shelf, &shelves->names, compare_names)) {
        free(shelf);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a tenant's shelf");
    }
    shelf->quota = (struct bl_quota){.max_bytes = shelves->all->max_bytes, .parent = shelves->all};
    *out = shelf;
    return 0;
}

int bl_book_enter(struct bl_book *book, struct bl_shelves *shelves, const char *tenant,
                  struct bl_err *err)
{
    struct bl_shelf key, **found;

    assert(!book->shelf && strlen(tenant) <= BL_JOB_TENANT_MAX);
    strcpy(key.name, tenant); /* as the assertion says */
    found = tfind(&key, &shelves->names, compare_names);
    if (found)
        book->shelf = *found;
    else if (make(&book->shelf, shelves, tenant, err))
        return -1;
    book->shelf->jobs++;
    return 0;
}

/* To its place by what it keeps; the only one that changes it. */
static void sort(struct bl_shelves *shelves, struct bl_shelf *shelf, bool was_keeping)
{
    if (was_keeping)
        bl_heap_take(&shelves->keeping, &shelf->place);
    shelf->share = share_of(shelves, shelf->kept_bytes, shelf->kept);
    if (shelf->kept > 0)
        bl_heap_put(&shelves->keeping, &shelf->place);
}

void bl_book_keep(struct bl_book *book, struct bl_shelves *shelves, size_t bytes)
{
    struct bl_shelf *shelf = book->shelf;
    bool was_keeping = shelf->kept > 0;

    if (book->is_kept)
        return;
    book->is_kept = true;
    book->bytes = bytes;
    book->newer = NULL;
    book->older = shelf->newest;
    *(book->older ? &book->older->newer : &shelf->oldest) = book;
    shelf->newest = book;
    shelf->kept_bytes += bytes;
    shelf->kept++;
    sort(shelves, shelf, was_keeping);
}

void bl_book_use(struct bl_book *book, struct bl_shelves *shelves)
{
    struct bl_shelf *shelf = book->shelf;

    if (!book->is_kept)
        return;
    book->is_kept = false;
    *(book->older ? &book->older->newer : &shelf->oldest) = book->newer;
    *(book->newer ? &book->newer->older : &shelf->newest) = book->older;
    shelf->kept_bytes -= book->bytes;
    shelf->kept--;
    sort(shelves, shelf, true);
}

void bl_book_leave(struct bl_book *book, struct bl_shelves *shelves)
{
    struct bl_shelf *shelf = book->shelf;

    if (!shelf)
        return;
    bl_book_use(book, shelves);
    book->shelf = NULL;
    if (--shelf->jobs > 0)
        return;
    assert(shelf->quota.used_bytes == 0);
    (void)tdelete(shelf, &shelves->names, compare_names); /* the parent: of no use */
    free(shelf);
}

static uint64_t share_with(const struct bl_shelves *shelves, const struct bl_shelf *shelf,
                           size_t bytes, uint32_t jobs)
{
    return share_of(shelves, shelf->quota.used_bytes + bytes, (uint64_t)shelf->jobs + jobs);
}

struct bl_book *bl_shelves_victim(const struct bl_shelves *shelves, const struct bl_shelf *wants,
                                  size_t bytes, uint32_t jobs)
{
    const struct bl_shelf *most = bl_heap_of(shelves->keeping.root, struct bl_shelf, place);

    if (most && most->share > share_with(shelves, wants, bytes, jobs))
        return most->oldest;
    return wants->oldest;
}

bool bl_shelf_yields(const struct bl_shelves *shelves, const struct bl_shelf *other,
                     const struct bl_shelf *wants, size_t bytes, uint32_t jobs)
{
    return other == wants ||
           share_with(shelves, other, 0, 0) > share_with(shelves, wants, bytes, jobs);
}
