/* compile.h - sources into an app, in a sandbox of their own, once (process: worker).
 *
 * The sources are copied to the spool, where they are seen read-only at /app; the compiler starts
 * in an empty /box under the policy that the language names, and what the language calls products
 * is collected when every process is dead. A language without a compile step is ready at once. */
#ifndef BL_JUDGE_COMPILE_H
#define BL_JUDGE_COMPILE_H

#include "executor/judge/app.h"
#include "executor/judge/judgement.h"

enum { BL_COMPILER_OUTPUT_MAX = 16 * 1024 };

/* What came of it. AC: the app is ready. CE: the sources' fault. JE: ours, or the host's (the
 * language is not installed). */
struct bl_compilation {
    struct bl_judgement judgement;
    uint64_t cpu_time_ns, wall_time_ns, memory_peak_bytes; /* of the compiler */
    char output[BL_COMPILER_OUTPUT_MAX];                   /* what it said, cut; as it said it */
};

struct bl_compile;

typedef void (*bl_on_compile_end)(void *ctx, const struct bl_compilation *compilation);

struct bl_compile_order {
    const struct bl_program *program;       /* borrowed as long as the app lives */
    const struct bl_folder_entry *includes; /* put over the program's files, the last one winning */
    size_t include_count;                   /* of the same folder descriptor, see below */
    int include_folder;
    const struct bl_language *language;
    const char *entrypoint; /* or NULL */
    uint64_t code_bytes;    /* the program's files together at most; 0: no bound */
    uint64_t time_ns, memory_bytes;
    uint64_t program_memory_bytes; /* what {memory_mib} stands for */
    bl_on_compile_end on_end;
    void *ctx;
};

/* bl_compile_start - fills *app (initialised; engine set). on_end follows exactly once, never from
 * inside this call, with whatever went wrong; *compilation is lent for the call.
 * Fails with MEMORY alone. */
int bl_compile_start(struct bl_compile **out, struct bl_app *app,
                     const struct bl_compile_order *order, struct bl_err *err);

/* bl_compile_free - from on_end or later; before: kills the compiler, no on_end follows. */
void bl_compile_free(struct bl_compile **compile);

#endif
