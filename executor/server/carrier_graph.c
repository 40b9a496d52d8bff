/* carrier_graph.c - see carrier_graph.h. */
#include "executor/server/carrier_graph.h"

#include <errno.h>
#include <stdlib.h>

#include "executor/job/graph.h"
#include "executor/server/outfitter.h"
#include "executor/server/site_private.h"
#include "executor/server/store_depot.h"

struct bl_carrier_graph {
    struct bl_site *site;
    struct bl_outfitter outfitter;
    struct bl_depot depot;
};

static int start(void *ctx, void **work, const struct bl_carry_order *order, struct bl_err *err)
{
    struct bl_carrier_graph *carrier = ctx;
    const struct bl_site_options *options = &carrier->site->options;
    struct bl_graph *graph;
    const struct bl_graph_order graph_order = {
        .job = order->job,
        .loop = options->loop,
        .warden = options->warden,
        .spool = options->spool,
        .depot = &carrier->depot,
        .outfitter = &carrier->outfitter,
        .slots = &order->cpus,
        .slot_count = 1,
        .accepted_ns = order->accepted_ns,
        .deadline_ns = order->deadline_ns == UINT64_MAX ? 0 : order->deadline_ns,
        .first_number = order->first_number,
        .calls = {.on_event = order->on_event,
                  .on_slot_idle = order->on_idle,
                  .ask_alone = order->on_wish,
                  .end_alone = order->on_wish_end,
                  .on_still = order->on_still,
                  .ctx = order->ctx},
    };

    if (bl_graph_start(&graph, &graph_order, err))
        return -1;
    *work = graph;
    return 0;
}

static void stop(void *ctx, void *work)
{
    (void)ctx;
    bl_graph_cancel(work);
}

static int add(void *ctx, void *work, const char *cpus, unsigned *place, struct bl_err *err)
{
    (void)ctx;
    return bl_graph_add_slot(work, cpus, place, err);
}

static void recall(void *ctx, void *work, unsigned place)
{
    (void)ctx;
    bl_graph_recall_slot(work, place);
}

static void hold(void *ctx, void *work)
{
    (void)ctx;
    bl_graph_hold(work);
}

static void resume(void *ctx, void *work)
{
    (void)ctx;
    bl_graph_resume(work);
}

static void alone(void *ctx, void *work, bool is_alone)
{
    (void)ctx;
    bl_graph_alone(work, is_alone);
}

static void end(void *ctx, void *work)
{
    struct bl_graph *graph = work;

    (void)ctx;
    bl_graph_free(&graph);
}

int bl_carrier_graph_new(struct bl_carrier_graph **out, struct bl_site *site, struct bl_err *err)
{
    struct bl_carrier_graph *carrier = calloc(1, sizeof(*carrier));

    if (!carrier)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "carrier");
    carrier->site = site;
    carrier->outfitter = bl_site_outfitter(site);
    carrier->depot = bl_store_depot(&site->store_depot);
    site->carrier = (struct bl_carrier){.start = start,
                                        .stop = stop,
                                        .add = add,
                                        .recall = recall,
                                        .hold = hold,
                                        .resume = resume,
                                        .alone = alone,
                                        .free = end,
                                        .ctx = carrier};
    *out = carrier;
    return 0;
}

void bl_carrier_graph_free(struct bl_carrier_graph **carrier)
{
    free(*carrier);
    *carrier = NULL;
}
