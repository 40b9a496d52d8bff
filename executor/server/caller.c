/* caller.c - see caller.h. */
#include "executor/server/caller.h"

#include <stdio.h>
#include <string.h>

#include "executor/base/text.h"
#include "executor/server/store_hash.h"

/* Any subject becomes a name, and no two the same one: a text with the forbidden characters left
 * out would not do. */
static int of_subject(const char *subject, struct bl_caller *out, struct bl_err *err)
{
    char text[BL_DIGEST_TEXT_MAX];
    struct bl_digest digest;

    if (bl_hash_of(subject, strlen(subject), &digest, err) != 0)
        return -1;
    (void)snprintf(out->tenant, sizeof(out->tenant), "cert-%.32s",
                   bl_digest_format(&digest, text)); /* fits */
    return 0;
}

int bl_caller_of_peer(const struct bl_peer *peer, struct bl_caller *out, struct bl_err *err)
{
    out->names_tenants = peer->has_ids && peer->uid == 0;
    if (!peer->has_ids && peer->subject[0])
        return of_subject(peer->subject, out, err);
    strcpy(out->tenant, peer->has_ids ? "uid-" : "anonymous");
    if (peer->has_ids)
        (void)bl_text_number(out->tenant + strlen("uid-"), peer->uid); /* fits */
    return 0;
}

int bl_caller_tenant(const struct bl_caller *caller, const char *asked, const char **tenant,
                     struct bl_err *err)
{
    if (asked[0] && strcmp(asked, caller->tenant) != 0 && !caller->names_tenants)
        return bl_fail(err, BL_STEP_ACCESS, 0, "tenant: %s may not name another", caller->tenant);
    *tenant = asked[0] ? asked : caller->tenant;
    return 0;
}
