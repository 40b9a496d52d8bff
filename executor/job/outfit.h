/* outfit.h - what a command becomes on this worker: the step between a job's words (a language, a
 * profile's name) and a spec (spec.h) (process: worker).
 *
 * An interface: whoever knows the languages and the profiles implements it (executor/server, over
 * executor/language). Asked once for each command of a step, after its files are there; the step's
 * cases share the answer. */
#ifndef BL_JOB_OUTFIT_H
#define BL_JOB_OUTFIT_H

#include <stddef.h>

#include "bailiff/err.h"
#include "bailiff/job.h"
#include "executor/base/arena.h"

struct bl_outfit_order {
    const struct bl_job *job;
    const struct bl_job_command *command; /* a step's, or a check's checker */
    /* Where the language and the entry point are told: the command itself where it compiles, the
     * one that compiled where it runs that; else NULL. */
    const struct bl_job_command *maker;
    int app; /* what the command will find at /app: a directory descriptor, lent; -1: nothing */
    const char *const *app_names; /* the files in there, sorted; relative, with slashes */
    size_t app_count;
};

struct bl_outfit {
    const char *const *argv;     /* NULL-terminated; the case's own go behind it */
    const char *const *env;      /* NULL-terminated, all of it */
    unsigned profile;            /* its number in the plan */
    struct bl_limits limits;     /* all of them; the cpuset is the graph's */
    const char *const *products; /* NULL-terminated globs, required, besides the command's outputs;
                                    or NULL */
};

struct bl_outfitter {
    /* Fills *out from the arena, where it lives as long as the step. Fails with a CLIENT fault
     * where the files at /app are to blame (no main source): the command is then EXEC_FAILED for
     * that; with any other fault nothing is said about the program. */
    int (*outfit)(void *ctx, const struct bl_outfit_order *order, struct bl_arena *arena,
                  struct bl_outfit *out, struct bl_err *err);
    void *ctx;
};

#endif
