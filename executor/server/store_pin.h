/* store_pin.h - one user's hold on one file of the store (process: worker).
 *
 * While it is held the file is not evicted. Descriptors are opened when they are needed, not with
 * the pin: a job may pin hundreds of files. */
#ifndef BL_SERVER_STORE_PIN_H
#define BL_SERVER_STORE_PIN_H

#include "executor/server/store.h"

struct bl_pin;

/* on_ready - from the loop. err: NULL, or why the file can't be had: STORE_MISSING (its content was
 * not the digest's; it has been removed, store it again), STORE, STORE_SHORT (it could not be read;
 * try again). The pin must then be freed; it may be in this callback. */
typedef void bl_on_pin_ready(void *ctx, const struct bl_err *err);

/* bl_pin_new - on_ready comes only where bl_pin_is_ready() is false on return: a file of an
 * earlier process is hashed first. Fails with STORE_MISSING, STORE, MEMORY. */
int bl_pin_new(struct bl_pin **out, struct bl_store *store, const struct bl_digest *digest,
               bl_on_pin_ready *on_ready, void *ctx, struct bl_err *err);

bool bl_pin_is_ready(const struct bl_pin *pin);

/* bl_pin_open - a descriptor of its own (offset 0, O_RDONLY) owned by the caller: for bl_input, or
 * as a program's stdin. The pin must be ready and must stay until nobody uses the descriptor. May
 * be called often. Fails with STORE_MISSING (the file was changed or taken away under us; it has
 * been removed), STORE, STORE_SHORT. */
int bl_pin_open(const struct bl_pin *pin, int *fd, struct bl_err *err);

const struct bl_digest *bl_pin_digest(const struct bl_pin *pin); /* lent, valid with the pin */
uint64_t bl_pin_size_bytes(const struct bl_pin *pin);

void bl_pin_free(struct bl_pin **pin);

#endif
