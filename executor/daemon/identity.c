#include "executor/daemon/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/units.h"
#include "executor/daemon/blame.h"

/* A name can't begin with a digit (useradd(8)), so a number is no name. (uid_t)-1 means "leave it"
 * to the kernel. */
static bool is_number(const char *name, uint64_t *number)
{
    return bl_parse_count(name, number) == BL_UNITS_OK && *number < UINT32_MAX;
}

int bl_identity_find(struct bl_identity *out, const char *name, unsigned fallback,
                     struct bl_err *err)
{
    const struct passwd *user;
    uint64_t number = 0;
    bool numeric = is_number(name, &number);

    errno = 0;
    user = numeric ? getpwuid((uid_t)number) : getpwnam(name);
    if (user)
        *out = (struct bl_identity){user->pw_uid, user->pw_gid, true};
    else if (numeric)
        *out = (struct bl_identity){(uid_t)number, (gid_t)number, true};
    else if (bl_blame_host(errno)) /* who can't be looked up may be somebody all the same */
        return bl_fail(err, BL_STEP_CONFIG, errno, "user: look up %s", name);
    else
        *out = (struct bl_identity){fallback, fallback, false};
    if (out->uid == 0 || out->gid == 0)
        return bl_fail(err, BL_STEP_CONFIG, 0, "user: %s is root, or of root's group", name);
    return 0;
}

static FILE *open_table(const char *path, struct bl_err *err)
{
    FILE *table = fopen(path, "re");

    if (!table)
        (void)bl_fail(err, BL_STEP_CONFIG, errno, "%s: name users and groups by number", path);
    return table;
}

/* Not found. The table may have ended because it could not be read; without that errno is 0. */
static int not_found(FILE *table, int sys_errno, const char *what, const char *name,
                     const char *path, struct bl_err *err)
{
    return ferror(table) ? bl_fail(err, BL_STEP_CONFIG, sys_errno, "%s", path)
                         : bl_fail(err, BL_STEP_CONFIG, 0, "no %s %s in %s", what, name, path);
}

int bl_identity_user(uid_t *uid, const char *name, const char *path, struct bl_err *err)
{
    const struct passwd *user;
    uint64_t number;
    FILE *table;

    if (is_number(name, &number)) {
        *uid = (uid_t)number;
        return 0;
    }
    if (!(table = open_table(path, err)))
        return -1;
    while ((user = fgetpwent(table)) && strcmp(user->pw_name, name) != 0)
        ;
    if (user)
        *uid = user->pw_uid;
    const int status = user ? 0 : not_found(table, errno, "user", name, path, err);
    (void)fclose(table); /* read only */
    return status;
}

int bl_identity_group(gid_t *gid, const char *name, const char *path, struct bl_err *err)
{
    const struct group *group;
    uint64_t number;
    FILE *table;

    if (is_number(name, &number)) {
        *gid = (gid_t)number;
        return 0;
    }
    if (!(table = open_table(path, err)))
        return -1;
    while ((group = fgetgrent(table)) && strcmp(group->gr_name, name) != 0)
        ;
    if (group)
        *gid = group->gr_gid;
    const int status = group ? 0 : not_found(table, errno, "group", name, path, err);
    (void)fclose(table); /* read only */
    return status;
}
