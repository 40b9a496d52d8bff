/* store_folder.h - the store's folder on disk: its lock, its names, its temporary files.
 *
 * What may be in there: files named by 64 lower-case hex digits, mode 0555, one link, ours;
 * "tmp-..." of a put under way; the mark ".bailiff-store", which holds the lock and says that
 * Bailiff may remove files here. A folder without the mark is taken only where it is empty (a
 * fresh file system's lost+found apart), so that a wrong path in a configuration costs nobody's
 * files. Names that are none of these are left alone. */
#ifndef BL_SERVER_STORE_FOLDER_H
#define BL_SERVER_STORE_FOLDER_H

#include <sys/stat.h>

#include "executor/server/store_index.h"

struct bl_store_folder {
    int fd, lock;
    uint64_t temps; /* the next one's name; begins where no dead process's names can be */
};

#define BL_STORE_MARK ".bailiff-store"
#define BL_TEMP_START "tmp-"
enum { BL_TEMP_NAME_MAX = 32 };

/* bl_store_folder_open - Fails with STORE. */
int bl_store_folder_open(struct bl_store_folder *folder, const char *path, struct bl_err *err);
void bl_store_folder_close(struct bl_store_folder *folder);

/* What a scan reports. */
struct bl_folder_scan {
    /* A stored file; false ends the scan. */
    bool (*on_file)(void *ctx, const struct bl_digest *digest, const struct bl_stamp *stamp);
    /* What a dead process left half written, to be thrown away. */
    void (*on_temp)(void *ctx, const char *name, uint64_t size_bytes);
    void *ctx;
    uint64_t removed; /* counts what had a digest's name without being such a file */
};

/* bl_store_folder_scan - goes through all names; removes what counts as removed, with a line in the
 * log. Fails with STORE. */
int bl_store_folder_scan(struct bl_store_folder *folder, struct bl_folder_scan *scan,
                         struct bl_err *err);

/* bl_store_folder_temp - a new file to write. name: set. Fails with STORE, STORE_SHORT. */
int bl_store_folder_temp(struct bl_store_folder *folder, char name[BL_TEMP_NAME_MAX], int *fd,
                         struct bl_err *err);
void bl_store_folder_discard(const struct bl_store_folder *folder, const char *temp_name);

/* bl_store_folder_place - the temporary file gets its digest's name, and its mode; what had that
 * name is replaced at one stroke. Takes *fd: nobody has it open for writing once it has its name.
 * Where it fails (STORE, STORE_SHORT) the temporary file is still there. */
int bl_store_folder_place(struct bl_store_folder *folder, const char *temp_name, int *fd,
                          const struct bl_digest *digest, struct bl_stamp *stamp,
                          struct bl_err *err);

/* bl_store_folder_look - a file's stamp by its name; -1 with errno where there is none, EUCLEAN
 * where it is not such a file as the store makes. */
int bl_store_folder_look(const struct bl_store_folder *folder, const struct bl_digest *digest,
                         struct bl_stamp *stamp);

/* bl_store_folder_read - its content; *fd is opened O_RDONLY | flags and is the caller's. -1 with
 * errno, as above; EIO also where the disk refused, since its last look, to take what was
 * written. */
int bl_store_folder_read(const struct bl_store_folder *folder, const struct bl_digest *digest,
                         int flags, int *fd, struct bl_stamp *stamp);

/* bl_store_folder_touch - notes in its atime that it is used now, which moves its ctime: *stamp is
 * the new one. -1 with errno. */
int bl_store_folder_touch(const struct bl_store_folder *folder, const struct bl_digest *digest,
                          struct bl_stamp *stamp);

/* bl_store_folder_remove - Fails with STORE; that there is none is no failure. */
int bl_store_folder_remove(const struct bl_store_folder *folder, const char *name,
                           struct bl_err *err);

/* bl_store_folder_rename - to a temporary name, which is set; what has one may keep it. -1 with
 * errno. */
int bl_store_folder_rename(struct bl_store_folder *folder, const char *name,
                           char temp_name[BL_TEMP_NAME_MAX]);

/* bl_store_folder_reopen - a file with a temporary name, to be cut; -1 with errno. */
int bl_store_folder_reopen(const struct bl_store_folder *folder, const char *temp_name);

/* bl_store_failed - the error of a system call: STORE_SHORT or STORE. Returns -1. */
int bl_store_failed(struct bl_err *err, int sys_errno, const char *what);

#endif
