/* confine.h - what the worker gives up when its start-up is over (process: worker).
 *
 * From then on it reads what clients send, so whoever finds a hole in a parser has what is left
 * here: the descriptors that it holds, the files below the named paths, the warden's socket. Not:
 * root, a capability, a group, another process, a new socket, a program to execute, executable
 * memory. Each wall stands for itself:
 *
 *   ids           its own uid and gid, no groups, an empty keyring
 *   capabilities  none in any of the five sets, securebits locked, no_new_privs
 *   process       not dumpable, so not traceable by its own uid; no core; no child (RLIMIT_NPROC 0)
 *   Landlock      no file but below the named paths (and /dev/null), no TCP socket, no abstract
 * Unix socket, no signal to others: as far as the running kernel knows these seccomp worker.json:
 * what a program that has been taken over wants (execve, ptrace, mount, clone, executable
 * memory...) ends the process, so that there is no second try; signals and new sockets are refused
 * with EPERM and EACCES, because a library may ask in good faith; all else answers ENOSYS, which C
 * libraries expect of an older kernel. Every refusal is in the kernel's audit log.
 *
 * Files that are open already, and what they were opened for, stay as they are. */
#ifndef BL_DAEMON_CONFINE_H
#define BL_DAEMON_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "bailiff/err.h"

enum bl_confine_right {
    BL_CONFINE_READ, /* files and folders below it */
    BL_CONFINE_USE,  /* read and write, nothing created: for a device */
    BL_CONFINE_OWN,  /* also create, rename, link and remove regular files and folders */
};

struct bl_confine_path {
    const char *path;
    enum bl_confine_right right;
    bool optional; /* passed over where it does not exist */
};

struct bl_confinement {
    /* The process that fetches files (executor/server/store_fetch.h) instead of the worker: it may
     * make sockets as a client, a few threads and children, and load name services; it has no other
     * right that the worker has not. */
    bool is_fetcher;
    uid_t uid; /* not 0 */
    gid_t gid; /* not 0 */
    const struct bl_confine_path *paths;
    size_t path_count;
};

/* bl_confine - gives all of it up, for good; as root, in a process of one thread whose warden runs.
 * What can fail is prepared before the first thing is given up. *landlock_abi: 0: the kernel has
 * none, and files are guarded by the ids alone.
 * Fails with CONFINE, which names the wall, or MEMORY, POLICY; the caller must not go on then. */
int bl_confine(const struct bl_confinement *confinement, int *landlock_abi, struct bl_err *err);

#endif
