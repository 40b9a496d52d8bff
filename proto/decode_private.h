/* decode_private.h - the parts of bl_job_decode(); one file for each noun of the schema.
 *
 * Every part: 0, or -1 with d->err set by way of the path that it was given. */
#ifndef BL_PROTO_DECODE_PRIVATE_H
#define BL_PROTO_DECODE_PRIVATE_H

#include <bailiff/v1/job.pb-c.h>

#include "bailiff/job.h"
#include "proto/bump.h"
#include "proto/path.h"

struct bl_decoder {
    struct bl_bump *bump;
    struct bl_job_step *steps;      /* those before `step` are whole */
    uint32_t step;                  /* the one at work; what it refers to becomes its `needs` */
    size_t cases_left, inputs_left; /* of the job's bounds */
    uint64_t return_bytes;          /* what one case of the step at work may return, so far */
    struct bl_err *err;
};

/* bl_decode_alloc - count zeroed elements; NULL with d->err set. */
void *bl_decode_alloc(const struct bl_decoder *d, size_t count, size_t size);

/* bl_decode_strings - a NULL-terminated list of protobuf-c's strings, which are borrowed. */
int bl_decode_strings(const struct bl_decoder *d, char **strings, size_t count,
                      const char *const **out);

/* decode_text.c. least 0: may be empty. */
int bl_decode_word(const struct bl_decoder *d, const struct bl_path *path, const char *text,
                   size_t least, size_t most, const char *others); /* letters, digits, others */
int bl_decode_label(const struct bl_decoder *d, const struct bl_path *path, const char *text,
                    size_t most); /* anything but control characters */
int bl_decode_name(const struct bl_decoder *d, const struct bl_path *path, const char *name,
                   bool absolute_too); /* bl_name_check() */
int bl_decode_digest(const struct bl_decoder *d, const struct bl_path *path,
                     ProtobufCBinaryData digest, const uint8_t **out);
int bl_decode_step_name(struct bl_decoder *d, const struct bl_path *path, const char *name,
                        uint32_t *step); /* an earlier one; notes that it is needed */

/* decode_file.c */
int bl_decode_file(struct bl_decoder *d, const struct bl_path *path,
                   const Bailiff__V1__File *message, bool folder_too, struct bl_file_source *out);
int bl_decode_inputs(struct bl_decoder *d, const struct bl_path *path,
                     Bailiff__V1__Input **messages, size_t count, const char *app_taken,
                     const struct bl_job_input **out); /* app_taken: NULL, or why not below /app */
/* No two of them at one place, nor one below another. path: of the second list. */
int bl_decode_inputs_differ(const struct bl_decoder *d, const struct bl_path *path,
                            const struct bl_job_input *first, size_t first_count,
                            const struct bl_job_input *second, size_t second_count);

/* decode_output.c */
int bl_decode_keep(struct bl_decoder *d, const struct bl_path *path,
                   const Bailiff__V1__Keep *message, struct bl_keep *out);
int bl_decode_outputs(struct bl_decoder *d, const struct bl_path *path,
                      const Bailiff__V1__Command *message, struct bl_job_command *out);

/* decode_command.c. All but standard input, which is the step's affair. */
int bl_decode_command(struct bl_decoder *d, const struct bl_path *path,
                      const Bailiff__V1__Command *message, struct bl_job_command *out);

/* Strings of argv and env, and their bytes with the NULs. */
struct bl_args_size {
    size_t count, bytes;
};
void bl_args_add(struct bl_args_size *size, const char *const *strings);
int bl_decode_args_fit(const struct bl_decoder *d, const struct bl_path *path,
                       struct bl_args_size size);

/* decode_case.c, decode_check.c: behind the step's commands. */
int bl_decode_cases(struct bl_decoder *d, const struct bl_path *path,
                    const Bailiff__V1__Step *message, struct bl_job_step *step);
int bl_decode_check(struct bl_decoder *d, const struct bl_path *path,
                    const Bailiff__V1__Check *message, struct bl_job_step *step);

/* decode_step.c */
int bl_decode_step(struct bl_decoder *d, const struct bl_path *path,
                   const Bailiff__V1__Step *message, struct bl_job_step *out);

#endif
