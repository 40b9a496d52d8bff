/* answer.h - calls of the site that end with an error: status, words, and when to try again. */
#ifndef BL_SERVER_ANSWER_H
#define BL_SERVER_ANSWER_H

#include "executor/rpc/call.h"
#include "proto/replies.h"

struct bl_site;

/* bl_answer_status - as the head of executor.proto has it. Pure. */
enum bl_rpc_status bl_answer_status(const struct bl_err *err);

/* bl_answer_error - finishes the call. tenant: whose queue it was, for the hint; NULL: unknown. */
void bl_answer_error(struct bl_call *call, const struct bl_site *site, const char *tenant,
                     const struct bl_err *err);

/* bl_answer - finishes the call with one message, or with what went wrong in sending it. Takes the
 * bytes. */
void bl_answer(struct bl_call *call, const struct bl_site *site, struct bl_bytes *bytes);

#endif
