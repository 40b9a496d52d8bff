#include "bench/once.h"

#include "proto/message.h"

enum { MESSAGE_MAX = 1 << 20 };

struct once {
    struct bl_loop *loop;
    bool passed;
    uint64_t told_ns;
};

bool bl_once_passed(const uint8_t *bytes, size_t length)
{
    struct bl_message message;
    struct bl_err err;

    if (bl_message_read(&message, &bailiff__v1__job_result__descriptor, bytes, length, MESSAGE_MAX,
                        BL_MESSAGE_OPEN, &err) < 0)
        return false;
    const Bailiff__V1__JobResult *result = (const Bailiff__V1__JobResult *)message.root;
    bool passed = result->done && result->done->outcome == BAILIFF__V1__OUTCOME__OUTCOME_PASSED;
    bl_message_release(&message);
    return passed;
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length, uint64_t told_ns)
{
    struct once *once = ctx;

    once->passed = bl_once_passed(bytes, length);
    once->told_ns = told_ns;
}

static void on_end(void *ctx, enum bl_rpc_status status, const char *message)
{
    struct once *once = ctx;

    (void)message;
    once->passed = once->passed && status == BL_RPC_OK;
    bl_loop_stop(once->loop);
}

int bl_once(struct bl_loop *loop, struct bl_caller *caller, const struct bl_request *request,
            uint64_t *took_ns, struct bl_err *err)
{
    struct once once = {.loop = loop};
    const struct bl_caller_calls calls = {on_message, on_end, &once};
    const uint64_t from_ns = bl_now_ns();

    if (bl_caller_call(caller, "Run", request, &calls, err) < 0 || bl_loop_run(loop, err) < 0)
        return -1;
    if (!once.passed)
        return bl_fail(err, BL_STEP_CONNECT, 0, "a job that should have passed did not");
    if (took_ns)
        *took_ns = once.told_ns - from_ns;
    return 0;
}
