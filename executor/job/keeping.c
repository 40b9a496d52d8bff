/* keeping.c - the life of a keeping; see keeping.h and keeping_private.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "executor/job/keeping_private.h"

static void note(struct bl_keeping *keeping, const struct bl_err *err)
{
    if (keeping->error.step == BL_STEP_NONE)
        keeping->error = *err;
}

static void tell(struct bl_keeping *keeping)
{
    struct bl_err error = keeping->error;

    keeping->order.on_kept(keeping->order.ctx, error.step == BL_STEP_NONE ? NULL : &error);
}

/* ---- the last: what later steps get -----------------------------------------------------------
 */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void hand_over(struct bl_keeping *keeping)
{
    const struct bl_keeping_order *order = &keeping->order;
    struct bl_leaving *leaving = &keeping->leaving;
    struct bl_err err;

    leaving->streams = bl_spooled_take(&order->part->leaving.streams);
    if (leaving->files.fd < 0 && leaving->streams.fd < 0)
        return;
    if (leaving->name_count > 0)
        qsort(keeping->names, leaving->name_count, sizeof(*keeping->names), by_name);
    if (bl_leavings_put(keeping->site->leavings, order->step, order->testcase, order->command,
                        leaving, &err) != 0)
        note(keeping, &err);
}

static void on_hauled(void *ctx, const struct bl_err *err)
{
    struct bl_keeping *keeping = ctx;

    if (err)
        note(keeping, err);
    else
        hand_over(keeping);
    tell(keeping);
}

/* ---- one after the other ----------------------------------------------------------------------
 */

static void on_answer(void *ctx, struct bl_errand *errand, const struct bl_err *err)
{
    struct bl_keeping *keeping = ctx;
    struct bl_blob *blob = keeping->parcels[keeping->parcel_at].blob;
    const struct bl_depot *depot = keeping->site->depot;

    if (err) {
        note(keeping, err);
    } else {
        memcpy(blob->sha256, errand->sha256, sizeof(blob->sha256));
        blob->stored = true;
    }
    keeping->sent = false;
    depot->release(depot->ctx, errand);
    keeping->parcel_at++;
    bl_loop_defer(keeping->site->loop, &keeping->next);
}

static void put(struct bl_keeping *keeping)
{
    const struct bl_depot *depot = keeping->site->depot;

    keeping->errand = (struct bl_errand){
        .kind = BL_ERRAND_PUT,
        .fd = keeping->parcels[keeping->parcel_at].fd,
        .on_answer = on_answer,
        .ctx = keeping,
    };
    keeping->sent = true;
    depot->send(depot->ctx, &keeping->errand);
}

static void go_on(void *ctx)
{
    struct bl_keeping *keeping = ctx;
    struct bl_err err;

    if (keeping->error.step == BL_STEP_NONE && keeping->parcel_at < keeping->parcel_count) {
        put(keeping);
        return;
    }
    if (keeping->error.step == BL_STEP_NONE && bl_keeping_load(keeping, on_hauled, &err) != 0)
        note(keeping, &err);
    if (keeping->error.step == BL_STEP_NONE && keeping->haul) {
        bl_haul_begin(keeping->haul);
        return;
    }
    if (keeping->error.step == BL_STEP_NONE && keeping->order.for_later)
        hand_over(keeping);
    tell(keeping);
}

/* ---- the interface ----------------------------------------------------------------------------
 */

bool bl_keeping_is_due(const struct bl_part *part)
{
    return part->result.file_count > 0 || part->files[1] >= 0 || part->files[2] >= 0 ||
           part->leaving.streams.fd >= 0 || bl_keeping_is_for_later(part->order.kit->command);
}

int bl_keeping_start(struct bl_keeping **out, const struct bl_keeping_order *order,
                     struct bl_err *err)
{
    struct bl_keeping *keeping = calloc(1, sizeof(*keeping));
    struct bl_err failure;

    if (!keeping)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "what a program left");
    keeping->order = *order;
    keeping->site = order->part->site;
    keeping->leaving = (struct bl_leaving)BL_LEAVING_NONE;
    keeping->next = (struct bl_deferred){.work = go_on, .ctx = keeping};
    keeping->report = bl_keeping_bare(order->part);
    *out = keeping;
    if (bl_keeping_sort(keeping, &failure) != 0 || bl_keeping_fill(keeping, &failure) != 0)
        note(keeping, &failure);
    bl_loop_defer(keeping->site->loop, &keeping->next);
    return 0;
}

const struct bl_command_report *bl_keeping_report(const struct bl_keeping *keeping)
{
    return &keeping->report;
}

void bl_keeping_free(struct bl_keeping **keeping)
{
    struct bl_keeping *k = *keeping;

    if (!k)
        return;
    bl_loop_undefer(k->site->loop, &k->next);
    if (k->sent)
        k->site->depot->release(k->site->depot->ctx, &k->errand);
    bl_haul_free(&k->haul);
    bl_leaving_release(&k->leaving, k->site->spool);
    bl_arena_release(&k->arena);
    free(k);
    *keeping = NULL;
}
