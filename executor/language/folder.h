/* folder.h - the files of a problem package: untrusted, read beneath one directory descriptor.
 *
 * A package comes from anybody. Whatever is opened is opened from the package's own descriptor with
 * openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS), so that a symbolic link may lead to another
 * place of the package (the format allows that) and never out of it; first as O_PATH, so that a
 * FIFO or a device is recognised before it is touched. Names that the format does not allow
 * (appendix "General requirements": they begin with a dot or a dash, or hold other characters than
 * letters, digits, '_', '.', '-') are treated as not there, as it demands.
 *
 * Every error is PACKAGE and names the path and the bound that it breaks. */
#ifndef BL_LANGUAGE_FOLDER_H
#define BL_LANGUAGE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "executor/base/arena.h"

enum {
    BL_FOLDER_NAMES_MAX = 20000, /* entries of one directory */
    BL_FOLDER_DEPTH_MAX = 12,    /* path components below the package */
    BL_FOLDER_PATH_MAX = 1024,
    BL_PROGRAM_FILES_MAX = 500, /* files of one submission or validator */
};

/* What one program of a package may hold in all: its files are copied for every compilation. */
#define BL_PROGRAM_BYTES_MAX (64ULL * 1024 * 1024)

/* bl_folder_open - the package itself: a directory. *fd: owned, O_PATH. */
int bl_folder_open(const char *path, int *fd, struct bl_err *err);

enum bl_folder_kind { BL_FOLDER_ABSENT, BL_FOLDER_FILE, BL_FOLDER_DIRECTORY };

struct bl_folder_entry {
    const char *name; /* the last component */
    const char *path; /* relative to the package */
    enum bl_folder_kind kind;
    uint64_t size_bytes; /* of a file */
    bool executable;     /* a file's owner may execute it */
};

/* bl_folder_stat - what is at a path; ABSENT is no error. What is neither a regular file nor a
 * directory, and links that leave the package, are. out->name and ->path are the caller's path. */
int bl_folder_stat(int package, const char *path, struct bl_folder_entry *out, struct bl_err *err);

/* bl_folder_list - the entries of a directory, sorted bytewise by name, allowed names only. A
 * missing directory is an empty list. */
int bl_folder_list(int package, const char *path, struct bl_arena *arena,
                   struct bl_folder_entry **entries, size_t *count, struct bl_err *err);

/* The names of a directory that the format does not allow, but those that begin with a dot: whoever
 * made them takes them for a part of the package. */
struct bl_folder_odd {
    size_t count;
    char first[64]; /* bytewise, cut; '?' for what is not printable ASCII */
};

/* bl_folder_list_odd - bl_folder_list, and what it passes over. */
int bl_folder_list_odd(int package, const char *path, struct bl_arena *arena,
                       struct bl_folder_entry **entries, size_t *count, struct bl_folder_odd *odd,
                       struct bl_err *err);

/* bl_folder_file - opens a regular file for reading. size_bytes may be NULL. *fd: owned. */
int bl_folder_file(int package, const char *path, int *fd, uint64_t *size_bytes,
                   struct bl_err *err);

/* bl_folder_text - a whole file of at most `most` bytes, valid UTF-8 without a NUL in it, with a
 * NUL behind it. *text NULL: there is no such file. */
int bl_folder_text(int package, const char *path, uint64_t most, struct bl_arena *arena,
                   const char **text, size_t *length, struct bl_err *err);

/* bl_folder_tree - all files below a directory, or the one file that path is; each entry's name is
 * relative to that directory. At most BL_PROGRAM_FILES_MAX and BL_PROGRAM_BYTES_MAX. */
int bl_folder_tree(int package, const char *path, struct bl_arena *arena,
                   struct bl_folder_entry **entries, size_t *count, struct bl_err *err);

bool bl_folder_name_allowed(const char *name);

#endif
