/* caller.h - who calls, and whose jobs he may touch. */
#ifndef BL_SERVER_CALLER_H
#define BL_SERVER_CALLER_H

#include "bailiff/err.h"
#include "bailiff/job.h"
#include "executor/rpc/peer.h"

struct bl_caller {
    char tenant[BL_JOB_TENANT_MAX + 1]; /* who pays where the job names nobody */
    bool names_tenants;                 /* may name others: a front end with users of its own */
};

/* The configuration's word on a peer. authorization: the call's metadata of that name, or NULL;
 * never to be logged. Sets a tenant of 1 to BL_JOB_TENANT_MAX of [A-Za-z0-9._-].
 * Fails with ACCESS (the caller may do nothing here), MEMORY. */
typedef int bl_identify_fn(void *ctx, const struct bl_peer *peer, const char *authorization,
                           struct bl_caller *out, struct bl_err *err);

/* bl_caller_of_peer - where nothing is configured: "uid-1000" by Unix socket; "cert-" and the
 * beginning of the hash of its subject by certificate; else "anonymous". Root, by Unix socket, may
 * name tenants; nobody else may. Fails with MEMORY. */
int bl_caller_of_peer(const struct bl_peer *peer, struct bl_caller *out, struct bl_err *err);

/* bl_caller_tenant - the tenant that a request means. asked: what it names, or "". Valid as long as
 * both. Fails with ACCESS: not his to name. */
int bl_caller_tenant(const struct bl_caller *caller, const char *asked, const char **tenant,
                     struct bl_err *err);

#endif
