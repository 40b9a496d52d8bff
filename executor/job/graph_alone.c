/* graph_alone.c - running a case again with nothing beside it, and waiting while another job does
 * (process: worker; see graph_private.h).
 *
 * A case that is to be run again keeps its slot, and no other begins until it is over: it is run
 * when all other slots are idle, and when whoever was asked to keep other jobs away has answered.
 */
#include "executor/job/graph_private.h"

static void begin(struct bl_graph *graph)
{
    graph->alone->waits_alone = false;
    graph->told_still = false;
    bl_graph_attempt(graph, graph->alone);
}

static void ask(struct bl_graph *graph, struct bl_graph_slot *slot)
{
    graph->alone = slot;
    if (graph->calls.ask_alone)
        graph->calls.ask_alone(graph->calls.ctx);
    else
        bl_graph_alone(graph, false);
}

static struct bl_graph_slot *find_waiting(struct bl_graph *graph)
{
    for (unsigned i = 0; i < graph->slot_count; i++)
        if (graph->slots[i].waits_alone)
            return &graph->slots[i];
    return NULL;
}

bool bl_graph_must_wait(struct bl_graph *graph)
{
    struct bl_graph_slot *waiting = graph->alone ? NULL : find_waiting(graph);

    if (waiting && bl_graph_running(graph) == 0)
        ask(graph, waiting);
    if (graph->has_answer && graph->alone->waits_alone)
        begin(graph);
    return graph->alone || waiting || graph->is_held;
}

void bl_graph_leave_alone(struct bl_graph *graph, const struct bl_graph_slot *slot)
{
    if (graph->alone != slot)
        return;
    graph->alone = NULL;
    graph->has_answer = graph->told_still = false;
    if (graph->calls.end_alone)
        graph->calls.end_alone(graph->calls.ctx);
}

void bl_graph_alone(struct bl_graph *graph, bool is_alone)
{
    if (!graph->alone || graph->has_answer)
        return;
    graph->has_answer = true;
    graph->alone->was_alone = is_alone;
    bl_graph_turn(graph);
}

void bl_graph_hold(struct bl_graph *graph)
{
    graph->is_held = true;
    graph->told_still = false;
    bl_graph_turn(graph);
}

void bl_graph_resume(struct bl_graph *graph)
{
    graph->is_held = false;
    bl_graph_turn(graph);
}

void bl_graph_tell_still(struct bl_graph *graph)
{
    if (!graph->is_held || graph->told_still || bl_graph_running(graph) > 0)
        return;
    graph->told_still = true;
    graph->calls.on_still(graph->calls.ctx);
}
