/* peer_book.h - what each peer has cost us lately, over all of its connections: who connects again
 * is no new one. Pure: time is a parameter.
 *
 * A peer is what peer.h calls an origin: a process on a Unix socket, an address elsewhere. Not the
 * user id: services of one machine often share one, and a process that floods must not use up what
 * its honest neighbours may do; who forks for each connection pays more for that than we do.
 *
 * Three things are held against it:
 * - new connections have a rate. Above it they are accepted and wait their turn, as long as that is
 *   less than BL_PEER_WAIT_NS away; the others are turned away.
 * - a connection that ends by its fault (a broken rule of HTTP/2, a flood) counts as BL_PEER_FAULT
 * of them, so that a limit of one connection is not one of as many as can be opened.
 * - time in which the loop took in what it sent. While others have calls, too, it has a quarter of
 *   the loop's time, and is not read from when it has had that.
 * Streams and jobs have bounds of their own (connection.h, admission.h).
 *
 * An account lives as long as it has connections, and then until its rates have flowed off; of
 * those BL_PEERS_REMEMBERED are kept at most, the ones that owe most. */
#ifndef BL_RPC_PEER_BOOK_H
#define BL_RPC_PEER_BOOK_H

#include "executor/rpc/peer.h"
#include "executor/rpc/rate.h"

#define BL_PEER_WAIT_NS (2 * BL_NS_PER_S)
#define BL_PEER_REST_NS (100 * BL_NS_PER_MS) /* the longest that it is not read from at a time */
enum { BL_PEER_FAULT = 100, BL_PEER_SHARE = 4, BL_PEERS_REMEMBERED = 256 };

struct bl_peer_account;

/* {.connections = ...} is a valid start; the rest is its own. */
struct bl_peer_book {
    struct bl_rate_limit connections; /* of one peer; burst 0: no limit */
    struct bl_peer_account *accounts;
    unsigned remembered; /* of them, without a connection */
    unsigned busy;       /* of them, with calls */
};

/* bl_peer_open - the account of whoever has just connected, for one more connection; NULL: no
 * memory. from_ns: when to begin to read; UINT64_MAX: it is to be turned away. */
struct bl_peer_account *bl_peer_open(struct bl_peer_book *book, uint64_t origin, uint64_t now_ns,
                                     uint64_t *from_ns);

/* bl_peer_close - that connection is gone; where it was not turned away at once. */
void bl_peer_close(struct bl_peer_book *book, struct bl_peer_account *account, uint64_t now_ns);

/* bl_peer_blame - one of its connections is at an end by its fault. */
void bl_peer_blame(struct bl_peer_book *book, struct bl_peer_account *account, uint64_t now_ns);

/* bl_peer_busy - one of its connections has calls, or has none any more. */
void bl_peer_busy(struct bl_peer_book *book, struct bl_peer_account *account, bool is_busy);

/* bl_peer_spend - what it sent took so long to take in. Returns until when nothing of it should be
 * read; 0: go on. */
uint64_t bl_peer_spend(struct bl_peer_book *book, struct bl_peer_account *account, uint64_t took_ns,
                       uint64_t now_ns);

/* Forgets all; no connection may be left. */
void bl_peer_book_release(struct bl_peer_book *book);

#endif
