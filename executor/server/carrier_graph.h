/* carrier_graph.h - jobs carried out by the graph of executor/job, on this site's warden, with its
 * languages and its store (process: worker). */
#ifndef BL_SERVER_CARRIER_GRAPH_H
#define BL_SERVER_CARRIER_GRAPH_H

#include "executor/server/carrier.h"

struct bl_carrier_graph;
struct bl_site;

/* bl_carrier_graph_new - borrows the site, whose carrier it becomes. Fails with MEMORY. */
int bl_carrier_graph_new(struct bl_carrier_graph **out, struct bl_site *site, struct bl_err *err);

void bl_carrier_graph_free(struct bl_carrier_graph **carrier);

#endif
