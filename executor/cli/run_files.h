/* run_files.h - the files that a run takes in and leaves behind, opened before it begins. */
#ifndef BL_CLI_RUN_FILES_H
#define BL_CLI_RUN_FILES_H

#include "bailiff/result.h"
#include "bailiff/spec.h"
#include "executor/cli/options.h"

struct bl_run_destination;

/* All arrays are owned; the specs point into them. */
struct bl_run_files {
    struct bl_input *inputs;
    char **input_names;
    size_t input_count;
    struct bl_output *outputs;
    struct bl_run_destination *destinations; /* one for each output */
    size_t output_count;
};

/* bl_run_files_open - opens what --in names and the folders that --out names, so that a mistake is
 * found before anything runs. On failure nothing is left.
 * Fails with OPTION, INPUT (missing, unreadable, neither file nor folder), FILE_WRITE, MEMORY. */
int bl_run_files_open(struct bl_run_files *files, const struct bl_texts *inputs,
                      const struct bl_texts *outputs, struct bl_err *err);
void bl_run_files_release(struct bl_run_files *files);

/* bl_run_files_keep - copies what was collected to where it was asked for.
 * Fails with FILE_WRITE, FILE_READ; what was copied before stays. */
int bl_run_files_keep(const struct bl_run_files *files, const struct bl_result *result,
                      struct bl_err *err);

#endif
