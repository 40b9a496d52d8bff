/* download.h - a file out of the worker's store, checked against its digest as it comes. */
#ifndef BL_CLIENT_DOWNLOAD_H
#define BL_CLIENT_DOWNLOAD_H

#include "bailiff/digest.h"
#include "executor/cli/client/link.h"

/* bl_download - to the file at path, which is there whole or not at all; NULL: to standard output,
 * as it comes. Fails with FILE_WRITE, CALL (the bytes are not those of the digest), and as
 * bl_link_call(). */
int bl_download(struct bl_link *link, const struct bl_digest *digest, const char *path,
                struct bl_err *err);

#endif
