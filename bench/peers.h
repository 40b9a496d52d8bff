/* peers.h - the other sandboxes of this machine, and how each is asked to run a program.
 *
 * A table: what is not on PATH is left out; what is there must prove that it runs a program here
 * and tells its failure, else it is named with the reason and not measured. Each is started the way
 * its users start it, one process for one run, with as much of what a judge needs as it offers
 * without configuration of the host; what it does not isolate stands beside its figures. */
#ifndef BL_BENCH_PEERS_H
#define BL_BENCH_PEERS_H

#include <jansson.h>
#include <limits.h>
#include <stdint.h>

#include "bailiff/err.h"

enum { BL_PEERS_MAX = 8, BL_PEER_ARGS_MAX = 48, BL_PEER_COMMANDS = 3 };

struct bl_peer {
    const char *name, *isolates;
    char path[PATH_MAX]; /* empty: not on PATH */
    char why_not[160];   /* empty: can be measured */
    /* Each a NULL-terminated argv, empty where the peer needs none: before, run, after. */
    const char *commands[BL_PEER_COMMANDS][BL_PEER_ARGS_MAX];
};

struct bl_peers {
    struct bl_peer all[BL_PEERS_MAX];
    unsigned count;
    char folder[64]; /* private, for bundles and state */
    char bundle_true[96], bundle_false[96], state[96];
};

/* bl_peers_find - finds and tries them. Fails with FILE_WRITE, MEMORY (our own doing only). */
int bl_peers_find(struct bl_peers *peers, struct bl_err *err);

/* bl_peers_release - removes the folder. */
void bl_peers_release(struct bl_peers *peers);

/* bl_peer_run - /bin/true once: all of its commands, one after another, from the first's start to
 * the last's end. Fails with EXEC where one exits with another status than 0. */
int bl_peer_run(const struct bl_peer *peer, uint64_t *took_ns, struct bl_err *err);

/* bl_peers_json - {name: {isolates, status}}: "measured", "not on PATH", or why not. */
json_t *bl_peers_json(const struct bl_peers *peers);

#endif
