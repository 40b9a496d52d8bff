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

/* The number of who has that name, from where the table is read. False: nobody in the rest of it.
 */
typedef bool look_up(FILE *table, const char *name, uint32_t *id);

static bool look_up_user(FILE *table, const char *name, uint32_t *id)
{
    const struct passwd *user;

    while ((user = fgetpwent(table)))
        if (strcmp(user->pw_name, name) == 0) {
            *id = user->pw_uid;
            return true;
        }
    return false;
}

static bool look_up_group(FILE *table, const char *name, uint32_t *id)
{
    const struct group *group;

    while ((group = fgetgrent(table)))
        if (strcmp(group->gr_name, name) == 0) {
            *id = group->gr_gid;
            return true;
        }
    return false;
}

static int find_in_table(uint32_t *id, look_up *look, const char *what, const char *name,
                         const char *path, struct bl_err *err)
{
    uint64_t number;
    int status = 0;
    FILE *table;

    if (is_number(name, &number)) {
        *id = (uint32_t)number;
        return 0;
    }
    if (!(table = fopen(path, "re")))
        return bl_fail(err, BL_STEP_CONFIG, errno, "%s: name users and groups by number", path);
    if (!look(table, name, id)) /* or the table ended because it could not be read */
        status = ferror(table)
                     ? bl_fail(err, BL_STEP_CONFIG, errno, "%s", path)
                     : bl_fail(err, BL_STEP_CONFIG, 0, "no %s %s in %s", what, name, path);
    (void)fclose(table); /* read only */
    return status;
}

int bl_identity_user(uid_t *uid, const char *name, const char *path, struct bl_err *err)
{
    return find_in_table(uid, look_up_user, "user", name, path, err);
}

int bl_identity_group(gid_t *gid, const char *name, const char *path, struct bl_err *err)
{
    return find_in_table(gid, look_up_group, "group", name, path, err);
}
