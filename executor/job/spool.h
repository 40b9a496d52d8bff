/* spool.h - the worker's own scratch space for what travels between runs.
 *
 * A tmpfs in a mount namespace of our own, made before the warden is started (which then sees it
 * too): nobody else sees it, and it is gone when the last of our processes is, however that ends.
 * Pages are charged to the worker, never to a program that reads them. Names are made here; a
 * program's names only ever appear below a folder of the spool, and only as checked by
 * bl_name_check() and created with openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS). */
#ifndef BL_JOB_SPOOL_H
#define BL_JOB_SPOOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bailiff/err.h"

struct bl_spool;

enum { BL_SPOOL_NAME_MAX = 32 };

/* bl_spool_new - unshares the mount namespace of this (single-threaded) process and mounts the
 * tmpfs over /run/bailiff. Root only. What was opened before is of another namespace and can't be
 * mounted as an input. size_bytes: what it may hold in all.
 * Fails with SPOOL, PRIVILEGE. */
int bl_spool_new(struct bl_spool **out, uint64_t size_bytes, struct bl_err *err);
void bl_spool_free(struct bl_spool **spool);

/* bl_spool_give - its top to another user, who uses it from then on: before this process becomes
 * that user. It then goes with the namespace, not with bl_spool_free(). Fails with SPOOL. */
int bl_spool_give(struct bl_spool *spool, uid_t uid, gid_t gid, struct bl_err *err);

/* bl_spool_file - an unnamed file, read-write, mode 0644, owned by the caller. Fails with SPOOL. */
int bl_spool_file(struct bl_spool *spool, int *fd, struct bl_err *err);

/* bl_spool_reopen - a descriptor of its own for a file, of the spool or not: O_RDONLY, at offset 0.
 * Fit to be handed to a program, where others than its owner may not write to the file: a program
 * can open it anew by way of /proc. Fails with SPOOL. */
int bl_spool_reopen(int file, int *fd, struct bl_err *err);

/* bl_spool_stdin - what a program reads `file` (regular, borrowed for the call) from: a descriptor
 * as above. The link /proc/self/fd/0 tells where a file lies, and so which one of many this is, and
 * where on the host they are kept. Therefore it is a copy without a name, but where the file has
 * more bytes than copied_max: one so large gives itself away by its size, and copying takes 0.2 ms
 * a MiB. Fails with SPOOL. */
int bl_spool_stdin(struct bl_spool *spool, int file, uint64_t copied_max, int *fd,
                   struct bl_err *err);

/* bl_spool_folder - a new folder, mode 0755: a directory descriptor, owned by the caller, for use
 * as a bl_input. name: set to its name in the spool, for bl_spool_remove(). Fails with SPOOL. */
int bl_spool_folder(struct bl_spool *spool, int *fd, char name[BL_SPOOL_NAME_MAX],
                    struct bl_err *err);

/* bl_spool_create - a new, empty file below folder_fd, to be filled by the caller: *fd is O_RDWR
 * and the caller's. name, mode, failures: as for bl_spool_put(). */
int bl_spool_create(int folder_fd, const char *name, unsigned mode, int *fd, struct bl_err *err);

/* bl_spool_put - copies all of source_fd (a regular file, from offset 0) into a new file below
 * folder_fd; missing parents are made. name: relative. mode: permission bits; r for all is added.
 * Fails with FIELD (a name that bl_name_check() refuses, or absolute), INPUT (the name is taken, or
 * contradicts another), SPOOL (full...); then nothing of the file is left. */
int bl_spool_put(int folder_fd, const char *name, int source_fd, unsigned mode, struct bl_err *err);

/* bl_spool_put_bytes - the same from memory. */
int bl_spool_put_bytes(int folder_fd, const char *name, const void *bytes, size_t length,
                       unsigned mode, struct bl_err *err);

/* bl_spool_remove - a folder of bl_spool_folder() with all that is in it. */
void bl_spool_remove(struct bl_spool *spool, const char *name);

#endif
