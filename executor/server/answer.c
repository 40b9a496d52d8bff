/* answer.c - see answer.h. */
#include "executor/server/answer.h"

#include <inttypes.h>
#include <stdio.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/base/log.h"
#include "executor/server/admission.h"
#include "executor/server/site_private.h"

/* Where the fault alone (bl_rpc_status_of) does not tell. */
static const struct {
    enum bl_step step;
    enum bl_rpc_status status;
} statuses[] = {
    {BL_STEP_ACCESS, BL_RPC_PERMISSION_DENIED},
    {BL_STEP_UNKNOWN_JOB, BL_RPC_NOT_FOUND},
    {BL_STEP_JOB_EXISTS, BL_RPC_ALREADY_EXISTS},
    {BL_STEP_LACKING, BL_RPC_FAILED_PRECONDITION},
    {BL_STEP_RANGE, BL_RPC_OUT_OF_RANGE},
    {BL_STEP_CAPACITY, BL_RPC_RESOURCE_EXHAUSTED},
    {BL_STEP_RESULT_SIZE, BL_RPC_RESOURCE_EXHAUSTED},
    {BL_STEP_DRAINING, BL_RPC_UNAVAILABLE},
};

enum bl_rpc_status bl_answer_status(const struct bl_err *err)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(statuses); i++)
        if (statuses[i].step == err->step)
            return statuses[i].status;
    return bl_rpc_status_of(err);
}

/* Trying again later is of use: whatever was full may be less so. */
static bool is_passing(const struct bl_err *err, enum bl_rpc_status status)
{
    return status == BL_RPC_RESOURCE_EXHAUSTED && bl_step_fault(err->step) == BL_FAULT_BUSY &&
           err->step != BL_STEP_RPC_BUFFER;
}

void bl_answer_error(struct bl_call *call, const struct bl_site *site, const char *tenant,
                     const struct bl_err *err)
{
    enum bl_rpc_status status = bl_answer_status(err);
    struct bl_field hint = {"grpc-retry-pushback-ms", NULL};
    char text[BL_ERROR_TEXT_MAX], ms[24];

    if (status == BL_RPC_INTERNAL)
        bl_log_error(BL_LOG_ERROR, "a call failed", err);
    (void)bl_error_text(err, text);
    if (!is_passing(err, status)) {
        bl_call_finish(call, status, text, NULL, 0);
        return;
    }
    (void)snprintf(ms, sizeof(ms), "%" PRIu64,
                   bl_admission_retry_ns(site->admission, tenant, bl_now_ns()) / 1000000);
    hint.value = ms;
    bl_call_finish(call, status, text, &hint, 1);
}

void bl_answer(struct bl_call *call, const struct bl_site *site, struct bl_bytes *bytes)
{
    struct bl_err err;

    if (bl_call_send(call, bytes->bytes, bytes->length, &err) == 0)
        bl_call_finish(call, BL_RPC_OK, NULL, NULL, 0);
    else
        bl_answer_error(call, site, NULL, &err);
    bl_bytes_release(bytes);
}
