/* store_fetch.h - files fetched into the store: by digest and URL.
 *
 *     worker ──── orders ───▶ fetcher ──── HTTP, TLS, DNS ───▶ others
 *            ◀── bytes, end ──
 *
 * Whoever speaks to foreign servers reads what they please to send: TLS records, headers, DNS
 * answers. That is done by a process of its own (store_fetch_process.c, with libcurl), which has
 * neither the store nor a client nor the warden, only one socket to the worker; and the worker,
 * which has those, needs no call that reaches the network. What the fetcher says is outside input:
 * at worst it brings bytes whose digest is wrong, and those are refused. When it dies another one
 * takes its place, and what was under way fails with FETCH_LATER.
 *
 * Allowed is what begins with a configured prefix, redirects included, and only at addresses that
 * it may have (store_fetch_url.h). Bounded are the size, the time, redirects, headers, and how many
 * are fetched at once; the others wait their turn. Two that want the same file cost one, because
 * their puts wait for each other (store_put.h). A server's answer is taken as it is: no
 * compression, no proxy, no cookies, no credentials. */
#ifndef BL_SERVER_STORE_FETCH_H
#define BL_SERVER_STORE_FETCH_H

#include "executor/server/store_fetch_url.h"
#include "executor/server/store_pin.h"

struct bl_fetcher;
struct bl_fetch;

enum {
    BL_FETCHES_ACTIVE = 16, /* others wait */
    BL_FETCHES_MAX = 16384, /* with those that wait */
    BL_FETCH_REDIRECTS_MAX = 5,
};

struct bl_fetcher_config {
    const struct bl_url_prefix *prefixes; /* borrowed; none: nothing can be fetched, and no
                                             process is started */
    size_t prefix_count;
    uint64_t bytes_max;  /* of one file */
    uint64_t time_ns;    /* for one file, from its turn to its end, redirects included */
    const char *ca_file; /* PEM; NULL: the system's. Borrowed for the call */
    /* Called in the fetcher's process before it reads anything: to give up what it does not need.
     * -1: it ends. NULL: nothing. It must leave sockets, threads (DNS), and the files of resolvers
     * and certificates. */
    int (*settle)(void *ctx);
    void *ctx;
};

/* bl_fetcher_start - forks. To be called while the process has one thread, no secrets and no
 * descriptors that matter: all but standard error are closed in the child, its memory is not.
 * Waits until they are, and until `settle` is done.
 * Fails with FIELD (prefixes, bounds of 0), STORE_SHORT, STORE (fork, socketpair, settle), LOOP,
 * MEMORY. */
int bl_fetcher_start(struct bl_fetcher **out, struct bl_loop *loop,
                     const struct bl_fetcher_config *config, struct bl_err *err);

/* bl_fetcher_free - every fetch must be freed before. Ends the process and waits for it. */
void bl_fetcher_free(struct bl_fetcher **fetcher);

/* on_fetched - from the loop, once. pin: ready, owned by the receiver; or NULL, and err: FETCH (the
 * URL or the server's answer won't do: mend the request), FETCH_LATER (the network, the time, a
 * server that fails: it may work again), STORE_CONTENT (another digest), and what a put can fail
 * with. The fetch may be freed here. */
typedef void bl_on_fetched(void *ctx, struct bl_pin *pin, const struct bl_err *err);

/* bl_fetch_new - what is in the store already is not fetched and waits for nobody, but must be
 * allowed. url: copied.
 * Fails with FETCH (not a URL; not allowed), FETCH_LATER (BL_FETCHES_MAX), MEMORY. */
int bl_fetch_new(struct bl_fetch **out, struct bl_fetcher *fetcher, struct bl_store *store,
                 const struct bl_digest *digest, const char *url, bl_on_fetched *on_fetched,
                 void *ctx, struct bl_err *err);

/* bl_fetch_free - before on_fetched: gives it up. */
void bl_fetch_free(struct bl_fetch **fetch);

#endif
