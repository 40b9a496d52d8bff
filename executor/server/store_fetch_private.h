/* store_fetch_private.h - the worker's end of fetching: store_fetch.c (fetches), store_fetcher.c
 * (the process and its socket). */
#ifndef BL_SERVER_STORE_FETCH_PRIVATE_H
#define BL_SERVER_STORE_FETCH_PRIVATE_H

#include <sys/types.h>

#include "executor/server/store_fetch_wire.h"
#include "executor/server/store_put.h"

enum bl_fetch_state {
    BL_FETCH_QUEUED,
    BL_FETCH_WAITING, /* for another put of the file */
    BL_FETCH_ORDERED, /* the fetcher is at it */
    BL_FETCH_ENDED,   /* on_fetched comes, or came */
};

struct bl_fetch {
    struct bl_fetcher *fetcher;
    struct bl_store *store;
    struct bl_fetch *next, *before; /* in the fetcher's list, in the order of arrival */
    enum bl_fetch_state state;
    uint64_t id;
    struct bl_digest digest;
    struct bl_url url;
    struct bl_put *put;
    struct bl_pin *pin; /* for the receiver */
    bool has_failed;
    struct bl_err err;
    bl_on_fetched *on_fetched;
    void *ctx;
    struct bl_deferred tell;
};

struct bl_fetcher {
    struct bl_loop *loop;
    struct bl_fetcher_config config; /* its lists: borrowed */
    int socket, pidfd;               /* -1: no process */
    struct bl_watch *watch;
    bool is_up; /* has said so */
    struct bl_fetch *first, *last;
    unsigned count, active;
    uint64_t ids;
};

/* --- store_fetcher.c --- */

/* bl_fetcher_order - begin, or stop. False: it takes none. */
bool bl_fetcher_order(struct bl_fetcher *fetcher, const struct bl_fetch *fetch, bool is_to_stop);

/* --- store_fetch.c --- */

/* bl_fetches_go_on - begins what there is room for. */
void bl_fetches_go_on(struct bl_fetcher *fetcher);

/* bl_fetch_take_news - checked against what was sent: at least a head, and its length. */
void bl_fetch_take_news(struct bl_fetcher *fetcher, const struct bl_fetch_news *news);

/* bl_fetches_fail - those that the fetcher was at; or all. */
void bl_fetches_fail(struct bl_fetcher *fetcher, bool all, const char *why);

#endif
