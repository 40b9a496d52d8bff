/* text.h - the few texts that are made for every job, without printf(3): it takes some 600
 * instructions for one number, and on a job's way its code is seldom in a cache. */
#ifndef BL_BASE_TEXT_H
#define BL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BL_TEXT_NUMBER_MAX = 21 }; /* any number's digits, and a NUL */

/* bl_text_number - in decimal, and a NUL. Returns where the NUL stands. */
char *bl_text_number(char *at, uint64_t number);

/* bl_text_hex - the last `digits` of it in hexadecimal (1 to 16; zeros lead), and a NUL. Returns
 * where the NUL stands. */
char *bl_text_hex(char *at, uint64_t number, unsigned digits);

/* bl_text_copy - `from`, up to what has room with a NUL (room > 0). False: the rest was cut off. */
bool bl_text_copy(char *to, size_t room, const char *from);

#endif
