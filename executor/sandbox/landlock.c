/* landlock.c - a second wall behind the read-only mounts (process: the program's, before its exec;
 * system calls only). landlock(7). */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/sandbox/child.h"
#include "executor/sandbox/landlock_abi.h"

static const uint64_t read_only = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_DIR;

/* All but reading files: a program may be handed a file of the host as its standard input, and may
 * open that again as /dev/stdin. What can be read is the mounts' matter. */
static uint64_t rights_of_abi(int abi)
{
    return bl_landlock_fs_rights(abi) & ~(uint64_t)LANDLOCK_ACCESS_FS_READ_FILE;
}

static int allow(int ruleset, const char *path, uint64_t rights)
{
    bl_autoclose int fd = open(path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    struct stat is;

    if (fd < 0 || fstat(fd, &is) < 0)
        return -1;
    if (!S_ISDIR(is.st_mode))
        rule.allowed_access &= BL_LANDLOCK_FS_OF_FILES;
    return bl_landlock_add_path(ruleset, &rule);
}

static int allow_binds(int ruleset, const struct bl_root *root, uint64_t rights)
{
    for (uint32_t i = 0; i < root->entry_count; i++) {
        const struct bl_entry *entry = &root->entries[i];
        if (!entry->writable || allow(ruleset, entry->target, rights) == 0)
            continue;
        if (!(entry->optional && errno == ENOENT))
            return -1;
    }
    return 0;
}

int bl_landlock_restrict(const struct bl_root *root)
{
    int abi = bl_landlock_abi();

    if (abi < 1)
        return abi;
    uint64_t all = rights_of_abi(abi);
    bl_autoclose int ruleset = bl_landlock_open(
        abi, (struct bl_landlock_ruleset){.handled_access_fs = all,
                                          .scoped = BL_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET |
                                                    BL_LANDLOCK_SCOPE_SIGNAL});
    if (ruleset < 0)
        return -1;
    if (allow(ruleset, "/", read_only) < 0 || allow(ruleset, "/box", all) < 0 ||
        allow(ruleset, "/tmp", all) < 0 || allow(ruleset, "/dev/shm", all) < 0 ||
        allow(ruleset, "/dev",
              (read_only | LANDLOCK_ACCESS_FS_WRITE_FILE | BL_LANDLOCK_FS_IOCTL_DEV |
               BL_LANDLOCK_FS_TRUNCATE) &
                  all) < 0 ||
        allow_binds(ruleset, root, all) < 0)
        return -1;
    return bl_landlock_restrict_self(ruleset);
}
