/* landlock_abi.h - what each version of Landlock knows (landlock(7)), named by value, so that an
 * older header builds the same wall. For programs (landlock.c) and for the daemon's own process. */
#ifndef BL_SANDBOX_LANDLOCK_ABI_H
#define BL_SANDBOX_LANDLOCK_ABI_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "executor/sandbox/syscalls.h"

/* linux/landlock.h, by the ABI that brought them */
enum {
    BL_LANDLOCK_FS_ABI_1 = (1 << 13) - 1,            /* execute ... make_sym */
    BL_LANDLOCK_FS_REFER = 1 << 13,                  /* ABI 2 */
    BL_LANDLOCK_FS_TRUNCATE = 1 << 14,               /* ABI 3 */
    BL_LANDLOCK_FS_IOCTL_DEV = 1 << 15,              /* ABI 5 */
    BL_LANDLOCK_NET_TCP = 3,                         /* bind, connect; ABI 4 */
    BL_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, /* ABI 6 */
    BL_LANDLOCK_SCOPE_SIGNAL = 1 << 1,               /* ABI 6 */
    /* Those of the above that mean something for what is no directory; the kernel refuses rules
     * with others. */
    BL_LANDLOCK_FS_OF_FILES = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                              LANDLOCK_ACCESS_FS_WRITE_FILE | BL_LANDLOCK_FS_TRUNCATE |
                              BL_LANDLOCK_FS_IOCTL_DEV,
};

struct bl_landlock_ruleset { /* struct landlock_ruleset_attr as of ABI 6 */
    uint64_t handled_access_fs, handled_access_net, scoped;
};

/* bl_landlock_abi - of the running kernel. 0: built without it (ENOSYS), switched off at boot
 * (EOPNOTSUPP), or a container refuses the call to all (EPERM). -1 with errno: it can't be had now,
 * and who goes on without it would go on with less. */
static inline int bl_landlock_abi(void)
{
    int abi = bl_landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM))
        return 0;
    return abi;
}

/* bl_landlock_fs_rights - all that this ABI can hold to rules. */
static inline uint64_t bl_landlock_fs_rights(int abi)
{
    uint64_t rights = BL_LANDLOCK_FS_ABI_1;

    if (abi >= 2)
        rights |= BL_LANDLOCK_FS_REFER;
    if (abi >= 3)
        rights |= BL_LANDLOCK_FS_TRUNCATE;
    if (abi >= 5)
        rights |= BL_LANDLOCK_FS_IOCTL_DEV;
    return rights;
}

/* bl_landlock_open - a ruleset that handles these, less what the ABI doesn't know; owned. */
static inline int bl_landlock_open(int abi, struct bl_landlock_ruleset wanted)
{
    size_t size = abi >= 6   ? sizeof(wanted)
                  : abi >= 4 ? offsetof(struct bl_landlock_ruleset, scoped)
                             : offsetof(struct bl_landlock_ruleset, handled_access_net);

    return bl_landlock_create_ruleset(&wanted, size, 0);
}

#endif
