/* listener.h - a socket that listens, and the accepting on it.
 *
 * A Unix socket is created with the mode that was asked for, never wider for a moment; a file that
 * an earlier worker left there is replaced where it is a socket of our own uid and nobody listens
 * on it; at the end it is removed where it is still ours. */
#ifndef BL_RPC_LISTENER_H
#define BL_RPC_LISTENER_H

#include <sys/types.h>

#include "executor/base/loop.h"
#include "executor/rpc/address.h"
#include "executor/rpc/peer.h"

struct bl_listener;

/* fd: a connected socket that doesn't block; takes it. */
typedef void bl_accept_fn(void *ctx, int fd, const struct bl_peer *peer);

/* bl_listener_new - mode: of a Unix socket's file. encrypted: connections will use TLS; without it
 * an address that other hosts can reach is refused. An "fd:" is taken, and must be a stream socket
 * that listens. Fails with ADDRESS, LISTEN, MEMORY, LOOP. */
int bl_listener_new(struct bl_listener **out, struct bl_loop *loop,
                    const struct bl_address *address, mode_t mode, bool encrypted,
                    bl_accept_fn *on_accept, void *ctx, struct bl_err *err);

/* bl_listener_pause, bl_listener_resume - connections wait in the kernel's queue meanwhile. Where
 * the process runs out of descriptors it pauses by itself for a moment, and what would wait in vain
 * is closed at once. Both may be called in on_accept. */
void bl_listener_pause(struct bl_listener *listener);
void bl_listener_resume(struct bl_listener *listener);

/* bl_listener_rest - in on_accept: accepts nothing for a millisecond from the end of its turn on.
 * Who is turned away comes again as fast as that is done. */
void bl_listener_rest(struct bl_listener *listener);

/* Where it listens, with the port that was chosen. */
const struct bl_address *bl_listener_address(const struct bl_listener *listener);

/* bl_listener_free - closes: who connects now is refused at once. Not in on_accept. */
void bl_listener_free(struct bl_listener **listener);

#endif
