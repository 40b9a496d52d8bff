/* identity.h - whom the worker becomes, and who may call, as numbers.
 *
 * At start-up, as root, a user is looked up as the system does it (NSS). Who may call is looked up
 * in /etc/passwd and /etc/group alone: that also happens on a reload, in a confined worker, where
 * a module of NSS can't be loaded any more. Whoever comes from elsewhere (LDAP) is named by number.
 */
#ifndef BL_DAEMON_IDENTITY_H
#define BL_DAEMON_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "bailiff/err.h"

struct bl_identity {
    uid_t uid;
    gid_t gid;
    bool exists; /* false: no such user; the ids are the given fallback */
};

/* bl_identity_find - name: a name or a number. fallback: taken for both ids where there is no such
 * name. Fails with CONFIG: it is root, or its group is; errno: who it is can't be looked up now. */
int bl_identity_find(struct bl_identity *out, const char *name, unsigned fallback,
                     struct bl_err *err);

/* bl_identity_user, bl_identity_group - an id by name or number. path: "/etc/passwd" or
 * "/etc/group". Fails with CONFIG. */
int bl_identity_user(uid_t *uid, const char *name, const char *path, struct bl_err *err);
int bl_identity_group(gid_t *gid, const char *name, const char *path, struct bl_err *err);

#endif
