/* program.h - a program as files: a submission, a validator, or what a job's step brings along. */
#ifndef BL_LANGUAGE_PROGRAM_H
#define BL_LANGUAGE_PROGRAM_H

#include "executor/language/folder.h"

/* The files lie beneath a directory descriptor. */
struct bl_program {
    const char *name; /* "accepted/fast.cc"; for people */
    int folder; /* borrowed; files' paths are relative to it; -1: the names are all there is */
    const struct bl_folder_entry *files;
    size_t file_count;
};

/* bl_program_read - the file or folder at path. Fails with PACKAGE, also where it holds no file. */
int bl_program_read(struct bl_program *program, int folder, const char *path, const char *name,
                    struct bl_arena *arena, struct bl_err *err);

#endif
