/* store_fetch_transfer.h - one download, by libcurl on the loop (process: fetcher).
 *
 * Redirects are followed by hand, so that each is held to the same prefixes as the first URL; an
 * address is looked at when the socket to it is made, so that a name can't resolve to one thing for
 * the check and to another for the connection. */
#ifndef BL_SERVER_STORE_FETCH_TRANSFER_H
#define BL_SERVER_STORE_FETCH_TRANSFER_H

#include "executor/base/loop.h"
#include "executor/server/store_fetch_wire.h"

struct bl_transfers;
struct bl_transfer;

/* Where what came goes. */
struct bl_transfer_sink {
    /* False: not now; bl_transfers_resume() when there is room. */
    bool (*on_data)(void *ctx, uint64_t id, const void *bytes, size_t length);
    /* err: NULL: all has come. The transfer is gone. */
    void (*on_end)(void *ctx, uint64_t id, const struct bl_err *err);
    void *ctx;
};

/* Fails with MEMORY, LOOP. config, sink: borrowed. */
int bl_transfers_new(struct bl_transfers **out, struct bl_loop *loop,
                     const struct bl_fetcher_config *config, const struct bl_transfer_sink *sink,
                     struct bl_err *err);
void bl_transfers_free(struct bl_transfers **transfers);

/* bl_transfers_begin - whatever goes wrong is told by on_end, from the loop. Fails with MEMORY. */
int bl_transfers_begin(struct bl_transfers *transfers, const struct bl_fetch_order *order,
                       struct bl_err *err);

/* bl_transfers_stop - no callback follows; an id that isn't there: nothing. */
void bl_transfers_stop(struct bl_transfers *transfers, uint64_t id);

void bl_transfers_resume(struct bl_transfers *transfers);

#endif
