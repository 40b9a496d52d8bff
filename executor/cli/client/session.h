/* session.h - what all commands that talk to a worker share: the connection, the way to fail, the
 * statuses. */
#ifndef BL_CLIENT_SESSION_H
#define BL_CLIENT_SESSION_H

#include "bailiff/digest.h"
#include "executor/cli/client/link.h"

enum {
    BL_CLIENT_NOT_PASSED = 1,
    BL_CLIENT_USAGE = 2,
    BL_CLIENT_FAILED = 125,
    BL_CLIENT_SIGNAL = 128, /* + its number */
};

/* {NULL, NULL} is a valid start. */
struct bl_client_session {
    struct bl_loop *loop;
    struct bl_link *link;
};

/* bl_client_open - close it in either case. Fails as bl_link_open(), with LOOP. Sets the process up
 * as well: a reader of ours that went away is an error, not a signal; what is written leaves when
 * it is whole. */
int bl_client_open(struct bl_client_session *session, const struct bl_link_options *options,
                   struct bl_err *err);
void bl_client_close(struct bl_client_session *session);

/* bl_client_fail - complains, and tells which status it is: USAGE where the request is to be mended
 * here, else FAILED. */
int bl_client_fail(const struct bl_err *err);

/* How a command tells its syntax: describe(use, ctx) calls use once. */
typedef void bl_describe_fn(bl_syntax_fn *use, void *ctx);

/* bl_client_begin - options into target, then least to most operands, which argv holds afterwards.
 * False: *status is the command's, because of a mistake, which was told, or of --help (help: where
 * the target says so), which was printed. */
bool bl_client_begin(bl_describe_fn *describe, void *target, const bool *help, char **argv,
                     size_t least, size_t most, int *status);

/* bl_job_ref_check - could they be a job's id and a tenant (NULL: whoever the peer is)? Fails with
 * OPTION. */
int bl_job_ref_check(const char *id, const char *tenant, struct bl_err *err);

/* bl_job_ref_pack - a JobRef. tenant: NULL or "": whoever the peer is. Fails with MEMORY. */
int bl_job_ref_pack(struct bl_bytes *out, const char *id, const char *tenant, struct bl_err *err);

/* bl_digest_take - 64 hex digits of the command line. Fails with OPTION. */
int bl_digest_take(struct bl_digest *out, const char *text, struct bl_err *err);

#endif
