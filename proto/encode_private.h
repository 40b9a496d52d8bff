/* encode_private.h - the parts of bl_event_encode().
 *
 * Every part fills a message that it was given, with what it borrows of the report and with pieces
 * of the encoder's memory: 0, or -1 where that ran out. protobuf-c's structs lack the const of what
 * they only read. */
#ifndef BL_PROTO_ENCODE_PRIVATE_H
#define BL_PROTO_ENCODE_PRIVATE_H

#include <bailiff/v1/result.pb-c.h>

#include "bailiff/job_event.h"
#include "proto/bump.h"

struct bl_encoder {
    struct bl_bump bump;
    uint64_t return_left; /* of BL_JOB_RETURN_MAX, in the case at work */
    size_t files_left;
};

/* bl_encode_list - room for that many pointers to messages; NULL: no memory. */
void *bl_encode_list(struct bl_encoder *e, size_t count);

/* bl_encode_text - valid UTF-8 made of a text; NULL: no memory. */
char *bl_encode_text(struct bl_encoder *e, const char *text);

int bl_encode_error(struct bl_encoder *e, const struct bl_err *error, Bailiff__V1__Error **out);

/* encode_command.c */
int bl_encode_command(struct bl_encoder *e, const struct bl_command_report *report,
                      Bailiff__V1__CommandResult **out);
/* The measurement alone, without bytes and files. */
int bl_encode_measurement(struct bl_encoder *e, const struct bl_command_report *report,
                          Bailiff__V1__CommandResult **out);

/* encode_cause.c: why it did not end as it wanted to, and what was refused */
int bl_encode_cause(struct bl_encoder *e, const struct bl_result *result,
                    Bailiff__V1__CommandResult *out);

/* encode_usage.c */
void bl_encode_usage(const struct bl_usage *usage, Bailiff__V1__Usage *out);

/* encode_case.c */
int bl_encode_case(struct bl_encoder *e, const struct bl_job *job,
                   const struct bl_case_report *report, Bailiff__V1__CaseResult *out);

#endif
