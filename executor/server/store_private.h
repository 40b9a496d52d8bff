/* store_private.h - the store's parts among themselves: store.c, store_room.c, store_check.c,
 * store_pin.c, store_claim.c, store_put*.c, store_copy.c. */
#ifndef BL_SERVER_STORE_PRIVATE_H
#define BL_SERVER_STORE_PRIVATE_H

#include "executor/server/store.h"
#include "executor/server/store_folder.h"
#include "executor/server/store_hash.h"
#include "executor/server/store_put.h"
#include "executor/server/store_trash.h"
#include "executor/server/store_work.h"

struct bl_store {
    struct bl_loop *loop;
    struct bl_store_limits limits;
    struct bl_store_folder folder;
    struct bl_index index;
    struct bl_works works;
    struct bl_trash trash;
    struct bl_timer *pace; /* looks whether those who are waited for bring anything */
    bool is_pace_armed;
    struct bl_put *first_put;
    uint32_t puts, puts_open;
    uint64_t bytes_coming;   /* footprints of what open puts have written */
    uint64_t bytes_promised; /* what they may still write, as announced */
    uint64_t bytes_claimed;  /* footprints */
    uint32_t files_claimed;
    uint64_t stored, evicted, removed;
    uint64_t found, lacking;
};

/* --- store_room.c --- */

/* bl_store_promise - could a file of that size be brought, everything that isn't pinned evicted?
 * Evicts nothing but what a further file, still empty, needs. Fails with STORE_CONTENT,
 * STORE_FULL, STORE. */
int bl_store_promise(struct bl_store *store, uint64_t size_bytes, struct bl_err *err);

/* bl_store_make_room - for so many bytes (of footprint) and files more. Fails with STORE_FULL,
 * STORE. */
int bl_store_make_room(struct bl_store *store, uint64_t bytes, uint32_t files, struct bl_err *err);

/* bl_store_throw - an entry's file out of the folder, and the entry out of the index. Fails with
 * STORE; then nothing has changed. */
int bl_store_throw(struct bl_store *store, struct bl_entry *entry, struct bl_err *err);

/* bl_store_remove - an entry that is not to be trusted: out of the folder and the index. */
void bl_store_remove(struct bl_store *store, struct bl_entry *entry, const char *why);

/* --- store_check.c --- */

/* bl_store_is_believed - whether the entry's file is the one that was hashed, by its stamp. False:
 * bl_check_start() must come first. One that is no longer there is removed: *entry is NULL then. */
bool bl_store_is_believed(struct bl_store *store, struct bl_entry **entry);

/* bl_check_start - where none is under way; the entry is pinned meanwhile. At its end the pins that
 * wait are told, and the puts settled. Fails with MEMORY. */
int bl_check_start(struct bl_store *store, struct bl_entry *entry, struct bl_err *err);

/* bl_check_forget - the entry is believed for another reason. */
void bl_check_forget(struct bl_entry *entry);

/* bl_checks_forget - all; no copy may be under way. */
void bl_checks_forget(struct bl_store *store);

/* --- store_pin.c --- */

/* bl_pins_tell - the pins that wait for the entry: ready, or why not. */
void bl_pins_tell(struct bl_entry *entry, const struct bl_err *err);

/* bl_pin_make - a ready one. Fails with MEMORY. */
int bl_pin_make(struct bl_pin **out, struct bl_store *store, struct bl_err *err);
void bl_pin_attach(struct bl_pin *pin, struct bl_entry *entry);

/* --- store_put_settle.c --- */

struct bl_put {
    struct bl_store *store;
    struct bl_put *next, *before;
    enum bl_put_state state;
    bool has_digest;
    bool was_there; /* nothing of it was stored */
    struct bl_digest digest;
    uint64_t size_bytes, written_bytes;
    uint64_t promised_bytes;          /* of the store's */
    uint64_t looked_ns, looked_bytes; /* when its pace was looked at, and how far it was */
    bool is_slow;                     /* not waited for any more */
    int fd;
    char temp_name[BL_TEMP_NAME_MAX];
    struct bl_hash *hash;
    struct bl_entry *there; /* pinned */
    struct bl_err err;
    void (*on_change)(void *ctx);
    void *ctx;
    struct bl_deferred tell;
};

/* bl_put_settle - what a put without a state yet, or WAITING, is to be now. Fails where it is
 * FAILED. */
int bl_put_settle(struct bl_put *put, struct bl_err *err);

/* bl_puts_settle - after something happened to that digest: every put of it. err: where its check
 * could not be done, why; NULL otherwise. */
void bl_puts_settle(struct bl_store *store, const struct bl_digest *digest,
                    const struct bl_err *err);

/* bl_put_close - an open one: its temporary file, its room. */
void bl_put_close(struct bl_put *put);

/* on_due of store->pace */
void bl_puts_pace(void *store);

#endif
