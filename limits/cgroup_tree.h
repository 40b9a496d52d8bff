/* cgroup_tree.h - where the groups live: the privileged side of cgroup.h, used by the warden.
 *
 *   <place>/bailiff/          made where it may be nested: see bl_cgroup_tree_open()
 *     i0/ i1/ ...             one per running Bailiff, held by flock(2) on the directory itself, so
 *                             that a later start can tell a dead one's remnants and sweep them
 *       s<serial>/            one per sandbox: the program and its descendants, nobody else
 *   v1: the same names below each controller's mount, the same N in all of them, each with its
 *   lock: two instances may share one controller's place and not another's.
 *
 * The lock belongs to the open file, so it lasts until every process that inherited a descriptor
 * has closed it: what the warden clones must close_range(2) or exec, as it does anyway.
 *
 * All access below <place> is by *at() calls on directory descriptors. Runs in the warden, which
 * is one static, single-threaded process: no thread, no allocation by an outside size. */
#ifndef BL_LIMITS_CGROUP_TREE_H
#define BL_LIMITS_CGROUP_TREE_H

#include <sys/types.h>

#include "limits/cgroup.h"

enum {
    BL_CGROUP_PLACE_MAX = 512, /* longest path of a subtree to nest in */
    BL_CGROUP_JOIN_MAX = 8,
    BL_CGROUP_INSTANCES_MAX = 1024, /* running at once on one host: i0 ... i1023 */
};

struct bl_cgroup_tree;

/* bl_cgroup_tree_open - finds the hierarchy, sweeps what dead instances left (kills what still
 * runs in it, removes the directories), makes and locks an instance directory of our own.
 *
 * place: NULL to find one, or a path below the cgroup2 mount (v1: below each controller's mount)
 * such as "/system.slice/bailiffd.service". Finding, v2: the own cgroup if it holds only
 * this process and its parent (they move into a leaf "supervisor": no process may sit in a group
 * with controllers enabled); else the nearest ancestor in which memory, pids and cpu can be
 * enabled for children, down to the mount's root. v1: the own cgroup of each controller. Version: 2
 * where the cgroup2 mount offers the memory and pids controllers, else 1.
 * Needed: memory, pids, and cpu or cpuacct for CPU time. cpu bandwidth, cpuset, io: where there.
 * Fails with CGROUP_FIND (says what is missing and what to do), CGROUP_CREATE, MEMORY. */
int bl_cgroup_tree_open(struct bl_cgroup_tree **out, const char *place, struct bl_err *err);

/* bl_cgroup_place_check - is there such a place for bl_cgroup_tree_open()? Changes nothing, and may
 * be asked by anybody. Fails with FIELD: no absolute path, or no group that can be opened in a
 * hierarchy that would be used; CGROUP_FIND. */
int bl_cgroup_place_check(const char *place, struct bl_err *err);

/* bl_cgroup_tree_free - removes the instance's directories (all groups must be removed) and
 * unlocks. Whatever can't be removed is left for the next start's sweep. */
void bl_cgroup_tree_free(struct bl_cgroup_tree **tree);

unsigned bl_cgroup_tree_version(const struct bl_cgroup_tree *tree);

/* The N of the instance directory i<N>: unique among the instances running on this host below the
 * same place; what host-wide resources (uid ranges) are divided by. */
unsigned bl_cgroup_tree_index(const struct bl_cgroup_tree *tree);

/* bl_cgroup_tree_clone_into_works - v2: did a child survive CLONE_INTO_CGROUP when the tree was
 * opened? Some kernels kill every such child at birth (cgroup_probe.c). v1: false. */
bool bl_cgroup_tree_clone_into_works(const struct bl_cgroup_tree *tree);

/* How a process gets into a group. v1: it writes "0" to each of `tasks`, being single-threaded
 * (25 us where writing a pid to cgroup.procs may wait 10 ms for a grace period). v2: it is born
 * inside by CLONE_INTO_CGROUP into `directory`, which the kernel allows to whoever may write the
 * tree's cgroup.procs: the warden, not init. Everybody else, and where the kernel kills such
 * children at birth, writes "0" to tasks[0], cgroup.procs. What is written to is checked against
 * the warden's credentials, which opened it (kernel 5.16, and stable). */
struct bl_cgroup_join {
    int directory;  /* v2, and it works: owned; else -1 */
    unsigned count; /* v1: one for each hierarchy; v2: 1, also where there is a directory */
    int tasks[BL_CGROUP_JOIN_MAX]; /* owned */
};

void bl_cgroup_join_init(struct bl_cgroup_join *join);
void bl_cgroup_join_release(struct bl_cgroup_join *join);

/* bl_cgroup_join_self - writes the 0s. Between clone and exec: system calls only.
 * Returns 0, or -1 with errno. */
int bl_cgroup_join_self(const struct bl_cgroup_join *join);

/* v1: what a group's sockets of the internet families may hold, on a loopback of its own, beside
 * its memory limit. (v2 counts it within.) Beyond it they refuse what is sent, or drop it. */
enum { BL_CGROUP_SOCKET_BYTES = 16 * 1024 * 1024 };

/* bl_cgroup_create - makes the group s<serial>, safe defaults set (no swap, oom.group, v1 cpuset
 * inherited, v1 sockets bounded), its files opened. serial: never used before in this tree. On
 * failure nothing is left. Fails with CGROUP_CREATE, CGROUP_OPEN, CGROUP_LIMIT. */
int bl_cgroup_create(struct bl_cgroup_tree *tree, uint64_t serial, struct bl_cgroup_files *files,
                     struct bl_cgroup_join *join, struct bl_err *err);

/* bl_cgroup_remove - removes the group's directories. *gone false: a process still dying holds
 * one (EBUSY); call again later. Idempotent. Fails with CGROUP_REMOVE. */
int bl_cgroup_remove(struct bl_cgroup_tree *tree, uint64_t serial, bool *gone, struct bl_err *err);

#endif
