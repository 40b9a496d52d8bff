/* printable.h - bytes that somebody else made, as a terminal may have them. Pure.
 *
 * A terminal obeys what it is sent: escape sequences retitle windows and rewrite what stands there,
 * C1 controls do the same in two bytes of UTF-8, and directional marks make a text read as another.
 * Whatever comes from a program, a worker or a file passes here on its way to one. */
#ifndef BL_CLI_PRINTABLE_H
#define BL_CLI_PRINTABLE_H

#include <stddef.h>
#include <stdio.h>

#include "bailiff/err.h"

/* bl_printable - whole characters that only show themselves; '?' for each control character, mark
 * of direction or layout, and byte that is no UTF-8. room: at least 4; what is longer is cut
 * between two characters and ends in "...". Returns the length; a NUL stands behind it. */
size_t bl_printable(char *out, size_t room, const void *bytes, size_t length);

/* bl_print_lines - each line of a text behind a prefix, cut to the width of a page; at most `most`
 * lines, then how much more there is. Tabs are kept. */
void bl_print_lines(FILE *to, const char *prefix, const void *bytes, size_t length, size_t most);

/* bl_complain - "bailiff: cannot ...", on standard error, on one line. */
void bl_complain(const struct bl_err *err);

/* bl_output_finish - text that was asked for and could not be written is a failure like another:
 * flushes standard output, complains, and is -1 then. For the end of main(). */
int bl_output_finish(void);

#endif
