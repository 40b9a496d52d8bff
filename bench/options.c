#include "bench/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "executor/base/error.h"

static int read_number(uint64_t *out, const char *option, const char *text, struct bl_err *err)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 10);
    if (errno != 0 || *end || *out == 0 || text[0] < '0' || text[0] > '9')
        return bl_fail(err, BL_STEP_OPTION, 0, "%s %s: not a number from 1 on", option, text);
    return 0;
}

static int read_option(struct bl_bench_options *options, const char *option, const char *value,
                       struct bl_err *err)
{
    if (strcmp(option, "--rounds") == 0)
        return read_number(&options->rounds, option, value, err);
    if (strcmp(option, "--seconds") == 0)
        return read_number(&options->seconds, option, value, err);
    if (strcmp(option, "--slice-ms") == 0)
        return read_number(&options->slice_ms, option, value, err);
    if (strcmp(option, "--programs") == 0)
        options->programs = value;
    else if (strcmp(option, "--out") == 0)
        options->out = value;
    else
        return bl_fail(err, BL_STEP_OPTION, 0, "%s", option);
    return 0;
}

int bl_bench_options_read(struct bl_bench_options *options, int argc, char **argv,
                          struct bl_err *err)
{
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return bl_fail(err, BL_STEP_OPTION, 0, "%s without a value", argv[i]);
        if (read_option(options, argv[i], argv[i + 1], err) < 0)
            return -1;
    }
    if (!options->programs || options->programs[0] != '/')
        return bl_fail(err, BL_STEP_OPTION, 0, "--programs: an absolute path is needed");
    return 0;
}

int bl_bench_answer(const struct bl_bench_options *options, json_t *json, struct bl_err *err)
{
    const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(6);
    int failed;

    if (!json)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "JSON");
    failed =
        options->out ? json_dump_file(json, options->out, flags) : json_dumpf(json, stdout, flags);
    json_decref(json);
    return failed ? bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s",
                            options->out ? options->out : "standard output")
                  : 0;
}

int bl_bench_exit(const char *name, int status, const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    if (status == 0)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "%s: %s\n", name, bl_error_text(err, text));
    return EXIT_FAILURE;
}
