/* language.h - languages as data: how a program is compiled and run (limits/languages/CODE.yaml).
 *
 * One file is one language; adding a file adds a language. Keys (all but `name`, `extensions` or
 * `scripts`, and `run` may be left out):
 *
 *   name: C++                  for people
 *   extensions: [cc, cpp]      a file NAME.cc is source in this language
 *   headers: [h, hpp]          belongs to it, but is not compiled by itself
 *   scripts: [build, run]      a validator's folder that holds such a file is this "language";
 *                              never a submission's
 *   priority: 1000             the higher wins where a folder holds as many files of another
 *   entry: program             what is started: what was compiled; `file`: the main source;
 *                              `class`: the Java class of the main source
 *   mounts: ["/etc/java-*"]    what it needs of the host besides /usr: glob(7), read-only
 *   env: [HOME=/box]           added to PATH, HOME, LANG and TMPDIR, at both steps
 *   needs: [/usr/bin/g++]      host files without which the language is not installed
 *   compile, run:              the two steps:
 *     argv: [g++, "{sources}"]   no shell. {sources}: every source's path, as arguments of their
 *                                own; {main}: the main source's path; {class}; {memory_mib}: the
 *                                problem's memory limit
 *     products: ["*.class"]      compile: what is kept, globs in /box
 *     policy: compile            a seccomp policy's name; default: compile, and default
 *     limits: {pids: 256}        options of `bailiff run`, instead of what is usual
 *     extra_memory: 256MiB       run: on top of the problem's limit, for the runtime itself
 *     time_factor: 1             run: times the problem's time limit
 *     out_of_memory_status: 3    run: this exit status is the runtime's word for "no memory"
 *
 * A program's folder is found read-only at /app, at both steps; both start in /box, which is empty.
 * `entry: program` with products is how compiled languages look, no `compile` how scripts do. */
#ifndef BL_LANGUAGE_LANGUAGE_H
#define BL_LANGUAGE_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/spec.h"
#include "executor/base/arena.h"
#include "executor/language/program.h"

enum { BL_LANGUAGES_MAX = 64, BL_LANGUAGE_LIMITS_MAX = 32, BL_LANGUAGE_PRODUCTS_MAX = 8 };

enum bl_entry_point { BL_ENTRY_PROGRAM, BL_ENTRY_MAIN_FILE, BL_ENTRY_MAIN_CLASS };

struct bl_language_step {
    const char *const *argv; /* NULL: there is no such step */
    const char *const *products;
    const char *policy;
    struct bl_limits limits; /* where the bit of the row (ceilings.h) is set in limits_set */
    uint32_t limits_set;
    uint64_t extra_memory_bytes;
    double time_factor;
    int out_of_memory_status; /* 0: the runtime has none */
};

struct bl_language {
    const char *code; /* the file's name: "cpp" */
    const char *name;
    const char *const *extensions, *const *headers, *const *scripts;
    const char *const *mounts, *const *env, *const *needs;
    uint64_t priority;
    enum bl_entry_point entry;
    struct bl_language_step compile, run;
};

struct bl_languages {
    struct bl_arena arena;
    struct bl_language items[BL_LANGUAGES_MAX]; /* by code */
    unsigned count;
};

/* bl_languages_load - every *.yaml of a folder. folder: NULL to find it:
 * $BAILIFF_DATA_DIR/languages, or ../share/bailiff/languages beside the running program's folder,
 * or, from a build folder, the source tree's limits/languages. Trusted data, read before any
 * package. Fails with LANGUAGE: folder, file, line, and what is wrong. */
int bl_languages_load(struct bl_languages *languages, const char *folder, struct bl_err *err);
void bl_languages_release(struct bl_languages *languages);

/* bl_language_parse - one file's bytes. Pure but for the arena. */
int bl_language_parse(struct bl_language *language, const char *code, const char *bytes,
                      size_t length, struct bl_arena *arena, struct bl_err *err);

const struct bl_language *bl_language_find(const struct bl_languages *languages, const char *code);

/* bl_language_detect - the language of a program by its files' names: the one with most sources,
 * then the one of higher priority. validator: scripts count, and win. NULL: none. */
const struct bl_language *bl_language_detect(const struct bl_languages *languages,
                                             const struct bl_program *program, bool validator);

/* bl_language_missing - the first host file of `needs` that is not there; NULL: installed. */
const char *bl_language_missing(const struct bl_language *language);

bool bl_language_is_source(const struct bl_language *language, const char *name);

/* bl_language_main - the main source: `entrypoint` where it is given, the only source, one called
 * main.* or __main__.*, else the first by name. NULL: no source, or no such entrypoint. */
const char *bl_language_main(const struct bl_language *language, const struct bl_program *program,
                             const char *entrypoint);

/* What the placeholders stand for. */
struct bl_language_words {
    const struct bl_language *language;
    const struct bl_program *program;
    const char *main;       /* bl_language_main() */
    const char *main_class; /* bl_java_class() */
    uint64_t memory_bytes;
};

/* bl_language_argv - a step's argv with every placeholder replaced, and `more` (NULL-terminated, or
 * NULL) behind it. Fails with LANGUAGE: unknown placeholder; MEMORY. */
int bl_language_argv(const struct bl_language_step *step, const struct bl_language_words *words,
                     const char *const *more, struct bl_arena *arena, const char *const **argv,
                     struct bl_err *err);

/* bl_java_class - the class to start for a main source: its package, and its name without ".java".
 * source: its text, looked through for a package declaration. */
const char *bl_java_class(const char *file, const char *source, size_t length,
                          struct bl_arena *arena, struct bl_err *err);

#endif
