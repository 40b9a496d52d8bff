/* store_put.h - a file on its way into the store, piece by piece (process: worker).
 *
 *     bl_put_new ──▶ WAITING ──▶ OPEN ── bl_put_write ... ──▶ bl_put_finish ──▶ a pin
 *                       │          │                              ▲
 *                       └──────────┴──▶ THERE ────────────────────┤
 *                                  └──▶ FAILED ── the error ──────┘
 *
 * A file that several bring at once costs one: where its digest is announced, the second put waits
 * for the first and finds the file THERE, or is opened when the first fails. Nobody can hold others
 * up by stalling, though: one that brings less than BL_PUT_PACE_BYTES in BL_PUT_PATIENCE_NS is no
 * longer waited for; then several write, and the first to finish makes the others THERE.
 *
 * Until it is finished nothing of it can be seen, and a put that fails or is freed leaves nothing.
 * Its announced size is checked against the room at once; others' files are evicted only as its
 * bytes really come. */
#ifndef BL_SERVER_STORE_PUT_H
#define BL_SERVER_STORE_PUT_H

#include "bailiff/units.h"
#include "executor/server/store_pin.h"

#define BL_PUT_SIZE_UNKNOWN UINT64_MAX
#define BL_PUT_WRITE_MAX (1 * BL_MIB) /* in one call: under 2 ms */
#define BL_PUT_PATIENCE_NS (2 * BL_NS_PER_S)
#define BL_PUT_PACE_BYTES (1 * BL_MIB)

struct bl_put;

enum bl_put_state {
    BL_PUT_WAITING, /* somebody else is bringing it, or what is there is being checked */
    BL_PUT_OPEN,    /* bytes are wanted */
    BL_PUT_THERE,   /* the file is there: no more bytes are needed */
    BL_PUT_FAILED,  /* bl_put_finish() tells why */
};

struct bl_put_order {
    const struct bl_digest *digest; /* copied; NULL: not known before all has come */
    uint64_t size_bytes;            /* BL_PUT_SIZE_UNKNOWN: not known either */
    void (*on_change)(void *ctx);   /* from the loop: the state is another one */
    void *ctx;
};

/* bl_put_new - WAITING, OPEN or THERE on return. Fails with STORE_CONTENT (larger than the store),
 * STORE_FULL (says which bound, where all is pinned or promised), STORE_SHORT, STORE, MEMORY. */
int bl_put_new(struct bl_put **out, struct bl_store *store, const struct bl_put_order *order,
               struct bl_err *err);

enum bl_put_state bl_put_state(const struct bl_put *put);

/* bl_put_write - the next bytes; not while WAITING. THERE: nothing happens. length: at most
 * BL_PUT_WRITE_MAX, else FIELD. Fails with STORE_CONTENT (more than was announced, or than the
 * store), STORE_FULL, STORE_SHORT (ENOSPC, EDQUOT...), STORE (EIO, EFBIG...); the put is FAILED
 * then, and nothing of it is left. */
int bl_put_write(struct bl_put *put, const void *bytes, size_t length, struct bl_err *err);

/* bl_put_finish - all bytes have come: checks size and digest and gives the file its name. Not
 * while WAITING, and once. *pin: ready, owned by the caller.
 * Fails as bl_put_write() does, and with STORE_CONTENT where size or digest are other ones. */
int bl_put_finish(struct bl_put *put, struct bl_pin **pin, struct bl_err *err);

/* bl_put_was_there - once it is finished: the file was there already, or came by another put
 * meanwhile. */
bool bl_put_was_there(const struct bl_put *put);

void bl_put_free(struct bl_put **put);

#endif
