#include "executor/feeder/answer.h"

#include <bailiff/v1/result.pb-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/utf8.h"
#include "proto/message.h"

static int pack(struct bl_bytes *out, const Bailiff__V1__JobResult *result, struct bl_err *err)
{
    size_t length = bailiff__v1__job_result__get_packed_size(result);
    uint8_t *bytes = malloc(length ? length : 1);

    if (!bytes)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "result");
    *out = (struct bl_bytes){bytes, bailiff__v1__job_result__pack(result, bytes)};
    return 0;
}

static int read_result(struct bl_message *message, const uint8_t *bytes, size_t length)
{
    struct bl_err err;

    return bl_message_read(message, &bailiff__v1__job_result__descriptor, bytes, length,
                           BL_ANSWER_BYTES_MAX, BL_MESSAGE_OPEN, &err);
}

enum bl_flow_answer bl_answer_of_result(const uint8_t *bytes, size_t length)
{
    enum bl_flow_answer answer = BL_ANSWER_BROKEN;
    struct bl_message message;
    const Bailiff__V1__JobDone *done;

    if (read_result(&message, bytes, length) < 0)
        return BL_ANSWER_BROKEN;
    done = ((const Bailiff__V1__JobResult *)message.root)->done;
    if (done && done->end == BAILIFF__V1__END__END_CANCELLED)
        answer = BL_ANSWER_CANCELLED;
    else if (done && done->end != BAILIFF__V1__END__END_UNSPECIFIED &&
             (done->end != BAILIFF__V1__END__END_BROKEN ||
              (done->error && done->error->fault == BAILIFF__V1__FAULT__FAULT_CLIENT)))
        answer = BL_ANSWER_RESULT;
    bl_message_release(&message);
    return answer;
}

int bl_answer_make(struct bl_bytes *out, enum bl_flow_result result, const char *job_id,
                   const char *why, struct bl_err *err)
{
    Bailiff__V1__JobResult message = BAILIFF__V1__JOB_RESULT__INIT;
    Bailiff__V1__JobDone done = BAILIFF__V1__JOB_DONE__INIT;
    Bailiff__V1__Error error = BAILIFF__V1__ERROR__INIT;
    static char step[] = "QUEUE";
    char cut[512], clean[BL_UTF8_GROWTH * sizeof(cut) + 1];

    (void)snprintf(cut, sizeof(cut), "%s", why);
    (void)bl_utf8_clean(clean, cut, strlen(cut));
    message.job_id = (char *)job_id; /* protobuf-c's structs lack the const */
    message.done = &done;
    done.outcome = BAILIFF__V1__OUTCOME__OUTCOME_CANCELLED;
    done.end = result == BL_FLOW_RESULT_EXPIRED ? BAILIFF__V1__END__END_EXPIRED
                                                : BAILIFF__V1__END__END_CANCELLED;
    if (result == BL_FLOW_RESULT_REFUSED) {
        done.end = BAILIFF__V1__END__END_BROKEN;
        done.outcome = BAILIFF__V1__OUTCOME__OUTCOME_ERROR;
        error.step = step;
        error.fault = BAILIFF__V1__FAULT__FAULT_CLIENT;
        error.detail = error.message = clean;
        done.error = &error;
    }
    return pack(out, &message, err);
}

/* ---- smaller ----------------------------------------------------------------------------------
 */

static void cut_data(Bailiff__V1__Data *data)
{
    if (!data || data->data.len == 0)
        return;
    data->data = (ProtobufCBinaryData){0, NULL};
    data->cut = true;
}

static void cut_command(Bailiff__V1__CommandResult *command)
{
    cut_data(command->stdout);
    cut_data(command->stderr);
    for (size_t i = 0; i < command->n_files; i++)
        cut_data(command->files[i]->content);
}

static void cut_case(Bailiff__V1__CaseResult *result)
{
    for (size_t i = 0; i < result->n_commands; i++)
        cut_command(result->commands[i]);
    if (result->check && result->check->checker)
        cut_command(result->check->checker);
}

static int cut_result(struct bl_bytes *out, const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_message message;
    Bailiff__V1__JobResult *result;
    int status;

    if (read_result(&message, bytes, length) < 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "result");
    result = (Bailiff__V1__JobResult *)message.root;
    for (size_t i = 0; i < result->n_cases; i++)
        cut_case(result->cases[i]);
    status = pack(out, result, err);
    bl_message_release(&message);
    return status;
}

int bl_answer_shrink(struct bl_bytes *out, const uint8_t *bytes, size_t length, size_t most,
                     const char *job_id, struct bl_err *err)
{
    char why[200];

    if (cut_result(out, bytes, length, err) == 0) {
        if (out->length <= most)
            return 0;
        bl_bytes_release(out);
    }
    (void)snprintf(why, sizeof(why),
                   "the result has %zu bytes, the queue's messages at most %zu: return less of "
                   "what programs write, keep it in the store, or split the job",
                   length, most);
    return bl_answer_make(out, BL_FLOW_RESULT_REFUSED, job_id, why, err);
}
