/* file_args.h - the parts of SRC[:NAME], GLOB[:DEST] and SRC:DST[:rw]. Pure.
 *
 * A colon can be part of a path of the host: so where the text has several, the inner name of --in
 * and --bind is what follows the last one, and the pattern of --out what precedes the first. */
#ifndef BL_CLI_FILE_ARGS_H
#define BL_CLI_FILE_ARGS_H

#include <stdbool.h>

#include "bailiff/err.h"

struct bl_file_arg {
    char *outside; /* owned; NULL: not given (DEST) */
    char *inside;  /* owned */
    bool writable; /* :rw */
};

void bl_file_arg_release(struct bl_file_arg *arg);

/* bl_file_arg_input - SRC[:NAME]; NAME defaults to the last component of SRC. Fails with OPTION
 * (nothing before or behind the colon; a SRC such as "/" or "." without NAME), MEMORY. */
int bl_file_arg_input(struct bl_file_arg *arg, const char *text, struct bl_err *err);

/* bl_file_arg_output - GLOB[:DEST]. Fails with OPTION, MEMORY. */
int bl_file_arg_output(struct bl_file_arg *arg, const char *text, struct bl_err *err);

/* bl_file_arg_bind - SRC:DST[:rw|:ro], DST absolute. Fails with OPTION, MEMORY. */
int bl_file_arg_bind(struct bl_file_arg *arg, const char *text, struct bl_err *err);

/* bl_glob_matches - does a path below the box match the glob of an output? fnmatch(3) for each
 * component, a leading dot only literally; "**" alone: always. As executor/sandbox collects. */
bool bl_glob_matches(const char *glob, const char *path);

bool bl_glob_is_plain(const char *glob); /* has none of * ? [ */

#endif
