/* outlet.h - bytes to a socket that may not take them all (process: worker, and clients).
 *
 * What the socket did not take is kept, less than one piece; only for that memory is held for a
 * peer that is slow. Never waits. */
#ifndef BL_RPC_OUTLET_H
#define BL_RPC_OUTLET_H

#include <stddef.h>
#include <stdint.h>

/* Zero-initialised but for fd: nothing is kept. */
struct bl_outlet {
    int fd;          /* borrowed; does not block */
    uint8_t *unsent; /* owned; NULL: nothing */
    size_t start, length;
};

enum bl_sent {
    BL_SENT_ALL,
    BL_SENT_PART,   /* the rest is kept, until the socket is writable */
    BL_SENT_FAILED, /* the peer is gone, or there is no memory to keep the rest */
};

/* bl_outlet_flush - what is kept. */
enum bl_sent bl_outlet_flush(struct bl_outlet *outlet);

/* bl_outlet_send - while nothing is kept. *done: how much the socket took. */
enum bl_sent bl_outlet_send(struct bl_outlet *outlet, const uint8_t *bytes, size_t length,
                            size_t *done);

/* bl_outlet_release - what is kept is lost. */
void bl_outlet_release(struct bl_outlet *outlet);

#endif
