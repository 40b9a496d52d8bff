/* error_words.h - an error in words, for the one place at the top that tells it. Pure
 * (limits/error_words.c). */
#ifndef BAILIFF_ERROR_WORDS_H
#define BAILIFF_ERROR_WORDS_H

#include "bailiff/err.h"

enum { BL_ERROR_TEXT_MAX = 512 };

/* bl_error_text - "cannot create a cgroup: s12: Permission denied". Returns text. */
const char *bl_error_text(const struct bl_err *err, char text[BL_ERROR_TEXT_MAX]);

const char *bl_step_name(enum bl_step step);    /* "CGROUP_CREATE"; "NONE" */
const char *bl_fault_name(enum bl_fault fault); /* "CLIENT", "BUSY", "HOST" */

#endif
