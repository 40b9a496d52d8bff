/* access.h - who may call, decided for each call (bl_services.may_call), and for which tenant
 * (bl_site_settings.identify).
 *
 *   Unix socket   the kernel's word for the peer: root, the named users, whose primary group is a
 *                 named one; nobody named: all whom the socket's mode let in
 *   TLS           a certificate that the client authority signed: the named subjects, or all
 *   else          a bearer token of the tokens' file
 *
 * A line of that file: TOKEN [TENANT [any]]. A caller's tenant is bl_caller_of_peer()'s, or his
 * token's; "token-" and a hash's beginning where it names none. Root, "any" and access.name_tenants
 * may name others.
 *
 * The rules are replaced whole on a reload; where the new ones can't be read the old ones stay. */
#ifndef BL_DAEMON_ACCESS_H
#define BL_DAEMON_ACCESS_H

#include "executor/daemon/config.h"
#include "executor/rpc/peer.h"
#include "executor/server/caller.h"

struct bl_access;

enum {
    BL_TOKENS_MAX = 256,
    BL_TOKEN_LENGTH_LEAST = 16,
    BL_TOKEN_LENGTH_MOST = 256,
    BL_TOKENS_BYTES_MAX = 128 * 1024,
};

/* bl_access_new - reads what the configuration names; fails with CONFIG (names file and line, never
 * a token: a malformed one, a file that others may read), MEMORY. */
int bl_access_new(struct bl_access **out, const struct bl_config *config, struct bl_err *err);

/* bl_access_replace - the rules of *fresh from now on; frees *fresh. Tokens are wiped. */
void bl_access_replace(struct bl_access *access, struct bl_access **fresh);

void bl_access_free(struct bl_access **access);

/* bl_access_may_call - ctx: a struct bl_access. Takes the same time whichever token is right. */
bool bl_access_may_call(void *ctx, const struct bl_peer *peer, const char *authorization);

/* bl_access_identify - a bl_identify_fn; ctx: a struct bl_access. */
int bl_access_identify(void *ctx, const struct bl_peer *peer, const char *authorization,
                       struct bl_caller *out, struct bl_err *err);

#endif
