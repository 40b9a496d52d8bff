#include "executor/job/gather.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/job/leavings.h"

struct piece {
    const struct bl_file_source *source;
    struct bl_gather *gather;
    int fd; /* owned */
    bool sent;
    struct bl_errand errand; /* of what the depot has */
};

struct bl_gather {
    struct bl_job_site *site;
    struct piece *pieces; /* owned; its place is settled when they are sent */
    size_t count, room;
    size_t awaited;           /* answers, and one while they are sent */
    struct bl_spooled folder; /* of inline bytes */
    struct bl_err error;      /* the first; step NONE: none */
    bool told;
    struct bl_deferred over;
    bl_on_gathered *on_gathered;
    void *ctx;
};

static void tell(void *ctx)
{
    struct bl_gather *gather = ctx;
    struct bl_err error = gather->error;

    gather->told = true;
    gather->on_gathered(gather->ctx, error.step == BL_STEP_NONE ? NULL : &error);
}

/* The one function that finishes. */
static void clear(struct bl_gather *gather, const struct bl_err *err)
{
    if (err && gather->error.step == BL_STEP_NONE)
        gather->error = *err;
    gather->awaited--;
    if (!gather->told && (gather->awaited == 0 || gather->error.step != BL_STEP_NONE))
        bl_loop_defer(gather->site->loop, &gather->over); /* once, however often it is asked for */
}

static void on_answer(void *ctx, struct bl_errand *errand, const struct bl_err *err)
{
    struct piece *piece = ctx;

    piece->fd = err ? -1 : bl_take_fd(&errand->fd);
    clear(piece->gather, err);
}

static void ask_depot(struct bl_gather *gather, struct piece *piece)
{
    const struct bl_depot *depot = gather->site->depot;

    piece->errand =
        (struct bl_errand){.kind = BL_ERRAND_GET, .fd = -1, .on_answer = on_answer, .ctx = piece};
    memcpy(piece->errand.sha256, piece->source->sha256, BL_SHA256_BYTES);
    if (piece->source->kind == BL_FILE_REMOTE)
        piece->errand.url = piece->source->url;
    piece->sent = true;
    gather->awaited++;
    depot->send(depot->ctx, &piece->errand);
}

/* A file with a name, for only such can be mounted; executable, as all inputs are. */
static int unpack(struct bl_gather *gather, struct piece *piece, struct bl_err *err)
{
    char name[24];

    if (gather->folder.fd < 0 && bl_spooled_new(&gather->folder, gather->site->spool, err) != 0)
        return -1;
    (void)snprintf(name, sizeof(name), "%zu", (size_t)(piece - gather->pieces));
    if (bl_spool_put_bytes(gather->folder.fd, name, piece->source->bytes, piece->source->length,
                           0555, err) != 0)
        return -1;
    return bl_spooled_open(&gather->folder, name, &piece->fd, err);
}

static int begin_one(struct bl_gather *gather, struct piece *piece, struct bl_err *err)
{
    switch (piece->source->kind) {
    case BL_FILE_INLINE:
        return unpack(gather, piece, err);
    case BL_FILE_OUTPUT:
        return bl_leavings_open(gather->site->leavings, piece->source, &piece->fd, err);
    case BL_FILE_STORED:
    case BL_FILE_REMOTE:
        ask_depot(gather, piece);
        return 0;
    case BL_FILE_NONE:
    default:
        return 0;
    }
}

int bl_gather_new(struct bl_gather **out, struct bl_job_site *site, bl_on_gathered *on_gathered,
                  void *ctx, struct bl_err *err)
{
    struct bl_gather *gather = calloc(1, sizeof(*gather));

    if (!gather)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "files of a job");
    gather->site = site;
    gather->folder = (struct bl_spooled)BL_SPOOLED_NONE;
    gather->over = (struct bl_deferred){.work = tell, .ctx = gather};
    gather->on_gathered = on_gathered;
    gather->ctx = ctx;
    *out = gather;
    return 0;
}

int bl_gather_add(struct bl_gather *gather, const struct bl_file_source *source, struct bl_err *err)
{
    if (source->kind == BL_FILE_NONE)
        return 0;
    if (gather->count == gather->room) {
        size_t room = gather->room * 2 + 8;
        struct piece *larger = reallocarray(gather->pieces, room, sizeof(*larger));

        if (!larger)
            return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "files of a job");
        gather->pieces = larger;
        gather->room = room;
    }
    gather->pieces[gather->count++] = (struct piece){.source = source, .gather = gather, .fd = -1};
    return 0;
}

void bl_gather_begin(struct bl_gather *gather)
{
    struct bl_err err;

    gather->awaited = 1; /* no answer from inside send() is the last */
    for (size_t i = 0; i < gather->count && gather->error.step == BL_STEP_NONE; i++)
        if (begin_one(gather, &gather->pieces[i], &err) != 0)
            gather->error = err;
    clear(gather, NULL);
}

int bl_gather_fd(const struct bl_gather *gather, const struct bl_file_source *source)
{
    for (size_t i = 0; i < gather->count; i++)
        if (gather->pieces[i].source == source)
            return gather->pieces[i].fd;
    return -1;
}

void bl_gather_free(struct bl_gather **gather)
{
    struct bl_gather *g = *gather;

    if (!g)
        return;
    bl_loop_undefer(g->site->loop, &g->over);
    for (size_t i = 0; i < g->count; i++) {
        bl_close_fd(&g->pieces[i].fd); /* first: the depot keeps the file until it is released */
        if (g->pieces[i].sent)
            g->site->depot->release(g->site->depot->ctx, &g->pieces[i].errand);
    }
    bl_spooled_release(&g->folder, g->site->spool);
    free(g->pieces);
    free(g);
    *gather = NULL;
}
