/* strike_errors.h - which system calls can fail, and how, where this project makes them. */
#ifndef BL_TESTS_SUPPORT_STRIKE_ERRORS_H
#define BL_TESTS_SUPPORT_STRIKE_ERRORS_H

#include <stdbool.h>

/* bl_strike_errors - the errors that a call with that second argument may have; 0 ends them. NULL:
 * it can't fail where it is right at all (ending, signals to a process of one's own that lives,
 * one's own numbers). What is not in the table may have ENOMEM. */
const int *bl_strike_errors(long nr, unsigned long what);

/* bl_strike_can_wait - may a signal end this call with EINTR? */
bool bl_strike_can_wait(long nr);

/* bl_strike_has_descriptor - is the first argument of such a call a descriptor that is waited for?
 */
bool bl_strike_has_descriptor(long nr);

/* bl_strike_length_of - which argument of a transfer says how much, from 0; -1: it is none. Of
 * descriptor `*fd_of`. */
int bl_strike_length_of(long nr, int *fd_of);

#endif
