/* yaml.h - YAML of untrusted files as a bounded tree.
 *
 * What configuration needs of YAML and nothing else: one document of scalars, sequences and maps
 * with scalar keys. Refused with the line's number: aliases (they make trees grow exponentially),
 * tags
 * (`!!python/object`, also `!!str`: nothing here needs one), a second document, keys that are no
 * scalars, keys that stand twice in a map, and whatever breaks a bound below.
 *
 * The tree lives in the arena that it was read into. Every error names file and line. */
#ifndef BL_BASE_YAML_H
#define BL_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "executor/base/arena.h"

enum {
    BL_YAML_BYTES_MAX = 1024 * 1024,
    BL_YAML_DEPTH_MAX = 16,
    BL_YAML_NODES_MAX = 16384,
    BL_YAML_ENTRIES_MAX = 2048, /* children of one map */
};

enum bl_yaml_kind { BL_YAML_SCALAR, BL_YAML_SEQUENCE, BL_YAML_MAP };

struct bl_yaml {
    enum bl_yaml_kind kind;
    bool plain;       /* a scalar without quotes: only such a one can be null, true, a number */
    unsigned line;    /* from 1 */
    const char *key;  /* child of a map: its key; else NULL */
    const char *text; /* scalar: valid UTF-8 without NUL bytes; else NULL */
    size_t count;     /* sequence, map: number of children */
    const struct bl_yaml *child; /* the first one, in the file's order */
    const struct bl_yaml *next;  /* the next child of the same parent */
};

struct bl_yaml_file {
    const char *name;            /* for messages; borrowed */
    enum bl_step step;           /* what an error in it is: PACKAGE, LANGUAGE... */
    size_t bytes_max, nodes_max; /* 0: BL_YAML_BYTES_MAX, BL_YAML_NODES_MAX */
    const struct bl_yaml *root;  /* NULL: the file is empty or holds only null */
};

/* bl_yaml_parse - reads a file's bytes (need not end with NUL). file->name and ->step are set by
 * the caller and used in every message; file->root is set.
 * Fails with file->step, or MEMORY. */
int bl_yaml_parse(struct bl_yaml_file *file, const char *bytes, size_t length,
                  struct bl_arena *arena, struct bl_err *err);

/* bl_yaml_slurp - the bytes of a file that its operator named, for bl_yaml_parse(); to be freed.
 * Fails with step where it can't be read or has more than BL_YAML_BYTES_MAX, or MEMORY: NULL. */
char *bl_yaml_slurp(const char *path, enum bl_step step, size_t *length, struct bl_err *err);

/* bl_yaml_fail - an error about a node: "problem.yaml:12: limits: must be a map". Returns -1. */
__attribute__((format(printf, 4, 5))) int bl_yaml_fail(const struct bl_yaml_file *file,
                                                       const struct bl_yaml *node,
                                                       struct bl_err *err, const char *what, ...);

/* bl_yaml_get - the child of a map by its key, or NULL: also where map is NULL or no map, and where
 * the value is null (`key:` says as much as no key). */
const struct bl_yaml *bl_yaml_get(const struct bl_yaml *map, const char *key);

bool bl_yaml_is_null(const struct bl_yaml *node);

/* The readers fail with file->step where the node is something else. Numbers: decimal, no unit;
 * not negative; finite. */
int bl_yaml_expect(const struct bl_yaml_file *file, const struct bl_yaml *node,
                   enum bl_yaml_kind kind, struct bl_err *err);
int bl_yaml_text(const struct bl_yaml_file *file, const struct bl_yaml *node, const char **text,
                 struct bl_err *err);
int bl_yaml_bool(const struct bl_yaml_file *file, const struct bl_yaml *node, bool *value,
                 struct bl_err *err);
int bl_yaml_count(const struct bl_yaml_file *file, const struct bl_yaml *node, uint64_t least,
                  uint64_t most, uint64_t *value, struct bl_err *err);
int bl_yaml_number(const struct bl_yaml_file *file, const struct bl_yaml *node, double *value,
                   struct bl_err *err);

/* bl_yaml_texts - a sequence of scalars as a NULL-terminated list; one scalar is a list of one. */
int bl_yaml_texts(const struct bl_yaml_file *file, const struct bl_yaml *node,
                  struct bl_arena *arena, const char *const **list, size_t *count,
                  struct bl_err *err);

/* bl_yaml_known - refuses a map's keys that are not in the NULL-terminated list. */
int bl_yaml_known(const struct bl_yaml_file *file, const struct bl_yaml *map,
                  const char *const *known, struct bl_err *err);

#endif
