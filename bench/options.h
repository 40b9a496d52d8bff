/* options.h - what every program of the bench is told on its command line, and how it answers.
 *
 *     NAME [--rounds N] [--seconds N] [--slice-ms N] [--programs FOLDER] [--out FILE]
 *
 * bench/run passes what each needs. */
#ifndef BL_BENCH_OPTIONS_H
#define BL_BENCH_OPTIONS_H

#include <jansson.h>
#include <stdint.h>

#include "bailiff/err.h"

struct bl_bench_options {
    uint64_t rounds;      /* at most; each program says what a round is */
    uint64_t seconds;     /* no round is begun after that */
    uint64_t slice_ms;    /* throughput: how long each contender goes on within a round */
    const char *programs; /* the bench's own programs (bench/programs), absolute */
    const char *out;      /* where the JSON goes; NULL: standard output */
};

/* bl_bench_options_read - defaults stand in *options. Fails with OPTION. */
int bl_bench_options_read(struct bl_bench_options *options, int argc, char **argv,
                          struct bl_err *err);

/* bl_bench_answer - writes the JSON, which it takes. Fails with FILE_WRITE, or MEMORY for NULL. */
int bl_bench_answer(const struct bl_bench_options *options, json_t *json, struct bl_err *err);

/* bl_bench_exit - what main() returns: words an error where `status` is not 0. */
int bl_bench_exit(const char *name, int status, const struct bl_err *err);

#endif
