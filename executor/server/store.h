/* store.h - files by the SHA-256 of their content, kept in one folder (process: worker).
 *
 * A file comes in by a put (store_put.h: bytes as they arrive; store_copy.h: from a descriptor or
 * memory; store_fetch.h: from a URL) and is used through a pin (store_pin.h), which lends
 * descriptors and keeps the file from being evicted; jobs claim what they name for as long as they
 * wait and run (store_claim.h). What nobody pins or claims goes when room is needed, the least
 * recently used first.
 *
 * The folder (store_folder.h) belongs to this process alone, by a lock. A file's name is its
 * digest, its mode 0555: a stored program can be executed where it is mounted, and nobody has it
 * open for writing once it has its name. It is written under a temporary name, hashed on the way,
 * and renamed when its digest and size are what was announced; so whatever ends the process leaves
 * no wrong file, and the next start removes what was half written.
 *
 * Nothing is synced: this is a cache, and fsync(2) would hold the loop up for as long as the disk
 * takes. Instead no file of an earlier process is believed. Its content is hashed, once, when it is
 * first asked for; until then the pin is not ready. Afterwards the file's inode, size, mtime, ctime
 * and writeback errors are looked at each time it is pinned or opened: any change, and it is hashed
 * again or refused. A file that fails this is removed and logged, and counts as missing.
 *
 * The loop is never held up for long: hashing and copying go on in slices (store_work.h), and what
 * is written in one call is bounded. What remains is the kernel's throttling of write(2) where a
 * disk is slower than what comes.
 *
 * The host's disk is not the store's bound: where it is full (ENOSPC, EDQUOT) a put fails with
 * STORE_SHORT and nothing is evicted, because the room might be taken by something else. The bound
 * should leave the disk some room.
 *
 * The process must ignore SIGXFSZ: beyond RLIMIT_FSIZE a put fails with STORE. */
#ifndef BL_SERVER_STORE_H
#define BL_SERVER_STORE_H

#include "bailiff/digest.h"
#include "bailiff/err.h"
#include "executor/base/loop.h"

struct bl_store;
struct bl_works;

struct bl_store_limits {
    uint64_t bytes_max; /* all files together, and what is being written */
    uint32_t files_max; /* the same in files: at most BL_STORE_FILES_MAX */
    uint32_t puts_max;  /* under way at once, those that wait for another included */
};

enum { BL_STORE_FILES_MAX = 1 << 22 };

/* bl_store_open - takes the folder, makes it where it is missing (not its parents), and reads what
 * is there: under half a second for 100,000 files (4 s where the disk has to be asked). What does
 * not fit into the limits any more is evicted. limits: copied; a zero is refused. Fails with FIELD
 * (limits), STORE (the folder can't be used, holds other things than a store's, or another process
 * has it), MEMORY. */
int bl_store_open(struct bl_store **out, struct bl_loop *loop, const char *path,
                  const struct bl_store_limits *limits, struct bl_err *err);

/* bl_store_free - every pin, put, copy and fetch must be freed before. The files stay. */
void bl_store_free(struct bl_store **store);

/* bl_store_has - whether a file is there, as far as is known without reading it; asking counts as
 * using it, so that it isn't evicted before the job that needs it comes. */
bool bl_store_has(struct bl_store *store, const struct bl_digest *digest);

/* What is there now, and what happened since the start. */
struct bl_store_usage {
    uint64_t bytes, bytes_pinned, bytes_coming; /* coming: written by puts under way */
    uint32_t files, files_pinned, puts;
    uint64_t stored, evicted, removed; /* removed: the content or the file was not right */
    uint64_t found, lacking;           /* what bl_store_has() said */
};

/* bl_store_works - for long work of the store's users, which takes turns with its own
 * (store_work.h). */
struct bl_works *bl_store_works(struct bl_store *store);

const struct bl_store_limits *bl_store_limits_of(const struct bl_store *store);

void bl_store_usage(const struct bl_store *store, struct bl_store_usage *out);

/* bl_store_is_short - the host ran short of something that may come back: ENOSPC, EDQUOT, EMFILE,
 * ENFILE, ENOMEM. Says nothing of the file. */
bool bl_store_is_short(int sys_errno);

#endif
