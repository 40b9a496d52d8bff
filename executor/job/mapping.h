/* mapping.h - a whole regular file as bytes in memory, read-only. */
#ifndef BL_JOB_MAPPING_H
#define BL_JOB_MAPPING_H

#include <stddef.h>

#include "bailiff/err.h"

struct bl_mapping {
    const char *bytes; /* never NULL where it was made */
    size_t length;
};

/* bl_mapping_init - fd: borrowed for the call; of a file that nobody cuts while it is mapped. what:
 * for the message. Fails with SPOOL. */
int bl_mapping_init(struct bl_mapping *mapping, int fd, const char *what, struct bl_err *err);

/* bl_mapping_release - of a zeroed one: nothing. */
void bl_mapping_release(struct bl_mapping *mapping);

#endif
