/* confine_files.c - which files the worker can still reach, as Landlock rules (landlock(7)). */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/daemon/confine_private.h"
#include "executor/sandbox/landlock_abi.h"

/* No execute anywhere, no links, sockets, fifos or devices. REFER: from one folder into another of
 * the same tree. */
static const uint64_t rights[] = {
    [BL_CONFINE_READ] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    [BL_CONFINE_USE] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
    [BL_CONFINE_OWN] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                       LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                       LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                       LANDLOCK_ACCESS_FS_MAKE_DIR | BL_LANDLOCK_FS_REFER | BL_LANDLOCK_FS_TRUNCATE,
};

/* For programs' empty streams. */
static const struct bl_confine_path always[] = {{"/dev/null", BL_CONFINE_USE, false}};

static int allow(int ruleset, const struct bl_confine_path *path, uint64_t handled,
                 struct bl_err *err)
{
    bl_autoclose int fd = open(path->path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {.allowed_access = rights[path->right] & handled,
                                              .parent_fd = fd};
    struct stat is;

    if (fd < 0 && errno == ENOENT && path->optional)
        return 0;
    if (fd < 0 || fstat(fd, &is) < 0)
        return bl_fail(err, BL_STEP_CONFINE, errno, "leave it %s", path->path);
    if (!S_ISDIR(is.st_mode))
        rule.allowed_access &= BL_LANDLOCK_FS_OF_FILES;
    if (bl_landlock_add_path(ruleset, &rule) < 0)
        return bl_fail(err, BL_STEP_CONFINE, errno, "leave it %s", path->path);
    return 0;
}

static int allow_all(int ruleset, const struct bl_confine_path *paths, size_t count,
                     uint64_t handled, struct bl_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (allow(ruleset, &paths[i], handled, err) < 0)
            return -1;
    return 0;
}

int bl_confine_ruleset(const struct bl_confinement *confinement, int *out, int *abi,
                       struct bl_err *err)
{
    *out = -1;
    *abi = bl_landlock_abi();
    if (*abi < 0)
        return bl_fail(err, BL_STEP_CONFINE, errno, "ask for Landlock");
    if (*abi == 0)
        return 0;
    uint64_t handled = bl_landlock_fs_rights(*abi);
    bl_autoclose int ruleset = bl_landlock_open(
        *abi, (struct bl_landlock_ruleset){
                  .handled_access_fs = handled,
                  .handled_access_net = confinement->is_fetcher ? 0 : BL_LANDLOCK_NET_TCP,
                  .scoped = BL_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | BL_LANDLOCK_SCOPE_SIGNAL});
    if (ruleset < 0)
        return bl_fail(err, BL_STEP_CONFINE, errno, "make Landlock rules");
    if (allow_all(ruleset, always, BL_ARRAY_LEN(always), handled, err) < 0 ||
        allow_all(ruleset, confinement->paths, confinement->path_count, handled, err) < 0)
        return -1;
    *out = bl_take_fd(&ruleset);
    return 0;
}
