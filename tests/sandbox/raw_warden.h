/* raw_warden.h - a warden with nothing of the worker's code before it: orders are sent, and replies
 * received, as they are on the wire. Its groups are in the fixture's place. */
#ifndef TESTS_RAW_WARDEN_H
#define TESTS_RAW_WARDEN_H

#include "cgroup_fixture.h"
#include "executor/sandbox/wire.h"

struct raw_warden {
    pid_t pid;
    int socket; /* owned */
    uint64_t last_id;
    unsigned fds; /* that it has open when it has nothing to do */
};

/* A sandbox's ends, owned. */
struct raw_sandbox {
    uint64_t id;
    int control, launch, pidfd;
};

/* raw_warden_start - skips where there is no root. One sandbox has been served already: what the
 * first one makes for all is there. */
void raw_warden_start(struct raw_warden *raw, void **state);

/* raw_warden_end - by the end of its socket; it must go in good order, where a signal is a crash.
 */
void raw_warden_end(struct raw_warden *raw);

/* raw_warden_expect_no_fds - of all that was sent to it, it has kept nothing open. */
void raw_warden_expect_no_fds(const struct raw_warden *raw);

/* raw_order - one with a new id and small sizes. */
struct bl_order raw_order(struct raw_warden *raw, enum bl_order_kind kind);

void raw_send(const struct raw_warden *raw, const struct bl_order *order, const int *fds,
              unsigned count);

/* raw_receive - the next reply; its descriptors are closed, but for the first three where sandbox
 * is not NULL. */
struct bl_reply raw_receive(const struct raw_warden *raw, struct raw_sandbox *sandbox);

void raw_expect_failed(const struct raw_warden *raw, uint64_t id, enum bl_step step);

/* raw_open, raw_close - in good order; after open, init has said that all stands. */
void raw_open(struct raw_warden *raw, struct raw_sandbox *sandbox);
void raw_close(struct raw_warden *raw, struct raw_sandbox *sandbox);
void raw_release(struct raw_sandbox *sandbox); /* its descriptors only */

/* raw_report - the next report of init. */
struct bl_init_report raw_report(const struct raw_sandbox *sandbox);

/* raw_garbage - random bytes, the same for the same seed. */
void raw_garbage(void *bytes, size_t length, unsigned seed);

#endif
