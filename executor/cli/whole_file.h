/* whole_file.h - files for people that appear whole or not at all.
 *
 * The bytes go into a new file with a name of our own in the destination's folder, which is then
 * renamed over the destination: a reader never sees half of it, a full disk leaves what was there
 * before, and no link that stands at the destination is followed. */
#ifndef BL_CLI_WHOLE_FILE_H
#define BL_CLI_WHOLE_FILE_H

#include <stddef.h>

#include "bailiff/err.h"

/* bl_whole_file_check - could a file be written at path? For finding out before a run what would
 * be found out after it. Nothing is created. Fails with FILE_WRITE. */
int bl_whole_file_check(const char *path, struct bl_err *err);

/* bl_whole_file_write - replaces the file at path, a name that the user gave, mode 0666 less the
 * umask. What is there and is not a regular file (a device, a pipe, a link such as /dev/stdout) is
 * written through; a pipe must have a reader. Fails with FILE_WRITE. */
int bl_whole_file_write(const char *path, const void *bytes, size_t length, struct bl_err *err);

/* bl_whole_file_copy - the same with all of source_fd, a regular file. mode: permission bits, less
 * the umask. Fails with FILE_WRITE, FILE_READ. */
int bl_whole_file_copy(const char *path, int source_fd, unsigned mode, struct bl_err *err);

/* bl_whole_file_copy_beneath - copies it to `name` below folder_fd. name may come from a program:
 * it is resolved beneath the folder, without links, missing folders are made, and what stands there
 * already and is not a regular file is an error. Fails with FILE_WRITE, FILE_READ. */
int bl_whole_file_copy_beneath(int folder_fd, const char *name, int source_fd, unsigned mode,
                               struct bl_err *err);

#endif
