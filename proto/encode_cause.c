/* encode_cause.c - why a program did not end as it wanted to; what was refused to it. */
#include "limits/policy.h"
#include "proto/encode_private.h"

typedef Bailiff__V1__RefusedSyscall refused_message;

static int encode_refusal(struct bl_encoder *e, const struct bl_refusal *refusal,
                          refused_message **out)
{
    char buffer[32];
    refused_message *message = bl_bump_alloc(&e->bump, 1, sizeof(*message));

    if (!message)
        return -1;
    bailiff__v1__refused_syscall__init(message);
    message->name = bl_encode_text(e, bl_policy_syscall_name(refusal->arch, refusal->nr, buffer));
    message->number = refusal->nr;
    message->arch = refusal->arch;
    message->n_args = sizeof(refusal->args) / sizeof(refusal->args[0]);
    message->args = (uint64_t *)refusal->args;
    message->count = refusal->count;
    message->killed = refusal->killed;
    *out = message;
    return message->name ? 0 : -1;
}

static int encode_refusals(struct bl_encoder *e, const struct bl_result *result,
                           Bailiff__V1__CommandResult *out)
{
    out->refused_syscalls_total = result->refusals_total;
    out->refused_syscalls = bl_encode_list(e, BL_REFUSALS_MAX);
    if (!out->refused_syscalls)
        return -1;
    for (unsigned i = 0; i < result->refusal_count; i++) {
        if (encode_refusal(e, &result->refusals[i], &out->refused_syscalls[i]))
            return -1;
        out->n_refused_syscalls++;
    }
    return 0;
}

static int encode_limit(struct bl_encoder *e, const struct bl_result *result,
                        Bailiff__V1__CommandResult *out)
{
    Bailiff__V1__LimitCause *cause = bl_bump_alloc(&e->bump, 1, sizeof(*cause));

    if (!cause)
        return -1;
    bailiff__v1__limit_cause__init(cause);
    cause->limit = (char *)result->limit;
    cause->bound = result->bound;
    if (result->observed > 0) {
        cause->observed_opt_case = BAILIFF__V1__LIMIT_CAUSE__OBSERVED_OPT_OBSERVED;
        cause->observed = result->observed;
    }
    out->cause_case = BAILIFF__V1__COMMAND_RESULT__CAUSE_LIMIT;
    out->limit = cause;
    return 0;
}

/* None is marked as the killing one where the kernel did it by itself. */
static int encode_syscall(struct bl_encoder *e, const struct bl_result *result,
                          Bailiff__V1__CommandResult *out)
{
    Bailiff__V1__SyscallCause *cause = bl_bump_alloc(&e->bump, 1, sizeof(*cause));

    if (!cause)
        return -1;
    bailiff__v1__syscall_cause__init(cause);
    for (unsigned i = 0; i < result->refusal_count && !cause->syscall; i++) {
        if (result->refusals[i].killed)
            cause->syscall = out->refused_syscalls[i];
    }
    out->cause_case = BAILIFF__V1__COMMAND_RESULT__CAUSE_SYSCALL;
    out->syscall = cause;
    return 0;
}

int bl_encode_cause(struct bl_encoder *e, const struct bl_result *result,
                    Bailiff__V1__CommandResult *out)
{
    if (encode_refusals(e, result, out))
        return -1;
    if (result->error.step != BL_STEP_NONE) {
        out->cause_case = BAILIFF__V1__COMMAND_RESULT__CAUSE_ERROR;
        return bl_encode_error(e, &result->error, &out->error);
    }
    if (result->verdict == BL_VERDICT_FORBIDDEN_SYSCALL)
        return encode_syscall(e, result, out);
    return result->limit ? encode_limit(e, result, out) : 0;
}
