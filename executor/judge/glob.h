/* glob.h - the patterns of submissions.yaml.
 *
 * `*` matches any characters but '/', `{a,b}` one of its alternatives (nested and repeated ones
 * too); nothing else is special. Pure, and linear in the product of the lengths for each of the at
 * most BL_GLOB_BRACES_MAX texts that the braces stand for, whatever the pattern. */
#ifndef BL_JUDGE_GLOB_H
#define BL_JUDGE_GLOB_H

#include <stdbool.h>

enum { BL_GLOB_BYTES_MAX = 255, BL_GLOB_BRACES_MAX = 256 };

/* bl_glob_ok - can the pattern be used: its length, balanced braces, not too many alternatives? */
bool bl_glob_ok(const char *pattern);

/* bl_glob_match - does it match the path, or a folder above it? "accepted" and "accepted/a.*" both
 * match "accepted/a.c/x". false for a pattern that is not ok. */
bool bl_glob_match(const char *pattern, const char *path);

#endif
