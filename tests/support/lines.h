/* lines.h - holding what a program in a sandbox printed to what it must be. */
#ifndef BL_TESTS_SUPPORT_LINES_H
#define BL_TESTS_SUPPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/support/rig.h"

/* A line "name: told". told: one text, or several parted by '|' of which one must be there: what a
 * kernel without the call answers, for instance; "*": whatever it is. */
struct bl_line {
    const char *name, *told;
};

/* bl_lines_expect - the text has exactly these lines, in this order. Otherwise the test fails and
 * every line that differs is printed. */
void bl_lines_expect(const char *text, const struct bl_line *lines, size_t count);

/* bl_lines_of - runs one of tests/programs (with one argument, or NULL) under a profile of the rig
 * to a verdict of OK, nothing left behind, and gives what it printed; free() it. */
char *bl_lines_of(struct bl_rig *rig, unsigned profile, const char *program, const char *argument);

/* bl_lines_value - what stands behind "name: " in some line, cut to room; the test fails where
 * there is none. */
const char *bl_lines_value(const char *text, const char *name, char *value, size_t room);

/* bl_lines_has - is there a line of exactly this text? */
bool bl_lines_has(const char *text, const char *line);

#endif
