/* landlock.c - a second wall behind the read-only mounts (process: the program's, before its exec;
 * system calls only). landlock(7); the access rights of newer kernels are named here by value, so
 * that an older header builds the same wall. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/sandbox/child.h"
#include "executor/sandbox/syscalls.h"

/* linux/landlock.h, by the ABI that brought them */
enum {
    /* execute ... make_sym, but for reading files: a program may be handed a file of the host as
     * its standard input, and may open that again as /dev/stdin. What can be read is the mounts'
     * matter. */
    FS_ABI_1 = ((1 << 13) - 1) & ~LANDLOCK_ACCESS_FS_READ_FILE,
    FS_REFER = 1 << 13,                  /* ABI 2 */
    FS_TRUNCATE = 1 << 14,               /* ABI 3 */
    FS_IOCTL_DEV = 1 << 15,              /* ABI 5 */
    SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, /* ABI 6 */
    SCOPE_SIGNAL = 1 << 1,               /* ABI 6 */
};

struct ruleset { /* struct landlock_ruleset_attr as of ABI 6 */
    uint64_t handled_access_fs, handled_access_net, scoped;
};

static const uint64_t read_only = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_DIR;

static uint64_t rights_of_abi(int abi)
{
    uint64_t rights = FS_ABI_1;

    if (abi >= 2)
        rights |= FS_REFER;
    if (abi >= 3)
        rights |= FS_TRUNCATE;
    if (abi >= 5)
        rights |= FS_IOCTL_DEV;
    return rights;
}

static int allow(int ruleset, const char *path, uint64_t rights)
{
    bl_autoclose int fd = open(path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    struct stat is;

    if (fd < 0 || fstat(fd, &is) < 0)
        return -1;
    if (!S_ISDIR(is.st_mode)) /* the kernel refuses rights that only a directory can have */
        rule.allowed_access &=
            LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV;
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
    int abi = bl_landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (abi < 1) /* ENOSYS, EOPNOTSUPP: built without, or switched off at boot */
        return 0;
    uint64_t all = rights_of_abi(abi);
    struct ruleset wanted = {.handled_access_fs = all};
    if (abi >= 6)
        wanted.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
    size_t size = abi >= 6   ? sizeof(wanted)
                  : abi >= 4 ? offsetof(struct ruleset, scoped)
                             : offsetof(struct ruleset, handled_access_net);
    bl_autoclose int ruleset = bl_landlock_create_ruleset(&wanted, size, 0);
    if (ruleset < 0)
        return -1;
    if (allow(ruleset, "/", read_only) < 0 || allow(ruleset, "/box", all) < 0 ||
        allow(ruleset, "/tmp", all) < 0 || allow(ruleset, "/dev/shm", all) < 0 ||
        allow(ruleset, "/dev",
              (read_only | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_IOCTL_DEV | FS_TRUNCATE) & all) < 0 ||
        allow_binds(ruleset, root, all) < 0)
        return -1;
    return bl_landlock_restrict_self(ruleset);
}
