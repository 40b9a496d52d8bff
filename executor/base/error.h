/* error.h - an error in words, for the one place at the top that tells it. */
#ifndef BL_BASE_ERROR_H
#define BL_BASE_ERROR_H

#include "bailiff/err.h"

enum { BL_ERROR_TEXT_MAX = 512 };

/* bl_error_text - "cannot create a cgroup: s12: Permission denied". Returns text. */
const char *bl_error_text(const struct bl_err *err, char text[BL_ERROR_TEXT_MAX]);

const char *bl_step_name(enum bl_step step);    /* "CGROUP_CREATE"; "NONE" */
const char *bl_fault_name(enum bl_fault fault); /* "CLIENT", "BUSY", "HOST" */

/* bl_err_from_setup - the error of a failure that came out of a clone; step out of range (nothing
 * that we sent) becomes INIT_TALK. object: what the index means, or "". Returns -1. */
int bl_err_from_setup(struct bl_err *err, const struct bl_setup_failure *failure,
                      const char *object);

#endif
