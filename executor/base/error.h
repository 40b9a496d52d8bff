/* error.h - an error in words (error_words.h), and one that came out of a clone. */
#ifndef BL_BASE_ERROR_H
#define BL_BASE_ERROR_H

#include "bailiff/error_words.h"

/* bl_err_from_setup - the error of a failure that came out of a clone; step out of range (nothing
 * that we sent) becomes INIT_TALK. A step that blames the request becomes the one that blames the
 * host where errno tells of memory or descriptors that it lacked: nothing that can be asked for,
 * and nothing that a program left behind, makes a system call fail so. object: what the index
 * means, or
 * "". Returns -1. */
int bl_err_from_setup(struct bl_err *err, const struct bl_setup_failure *failure,
                      const char *object);

#endif
