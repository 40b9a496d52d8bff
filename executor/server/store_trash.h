/* store_trash.h - large files on their way out.
 *
 * Removing a file of gigabytes takes the kernel up to seconds (measured: 4 GiB, just written: 1.8
 * s), all in one call. So a large one only gets a temporary name, at once, and is cut shorter slice
 * by slice beside the loop's other work. Where somebody still has it open, which whoever unpinned
 * it should have prevented, it is removed as a whole instead, and stays readable for them.
 *
 * What is in the trash counts neither as a file of the store nor to its size. */
#ifndef BL_SERVER_STORE_TRASH_H
#define BL_SERVER_STORE_TRASH_H

#include "executor/server/store_folder.h"
#include "executor/server/store_work.h"

#define BL_TRASH_SLICE_BYTES (8 * BL_MIB) /* at most in one call: under 2 ms */

struct bl_trash {
    struct bl_store_folder *folder; /* borrowed */
    struct bl_works *works;         /* borrowed */
    struct bl_thrown *first;
};

/* bl_trash_throw - a file by its name in the folder, whose size is known. A small one is gone on
 * return. Fails with STORE where it could not be removed at all; that there is none is no
 * failure. */
int bl_trash_throw(struct bl_trash *trash, const char *name, uint64_t size_bytes,
                   struct bl_err *err);

/* bl_trash_empty - removes all of it now, however long that takes. False: it was empty. */
bool bl_trash_empty(struct bl_trash *trash);

#endif
