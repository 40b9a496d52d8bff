#include "executor/cli/client/follow.h"

#include <errno.h>
#include <string.h>

#include "executor/cli/client/event_json.h"
#include "executor/cli/client/message_json.h"
#include "executor/cli/client/session.h"
#include "proto/encode.h"
#include "proto/message.h"

/* The id goes into requests again, and to scripts: only what an id may have. */
static int take_id(struct bl_follow *follow, const char *id, struct bl_err *err)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
    size_t length = strlen(id);

    if (length == 0 || length >= sizeof(follow->id) || strspn(id, allowed) != length)
        return bl_fail(err, BL_STEP_CALL, 0, "the worker's answer: it names a job that can't be");
    memcpy(follow->id, id, length + 1);
    return 0;
}

static int tell(struct bl_follow *follow, const Bailiff__V1__Event *event, struct bl_err *err)
{
    json_t *json;
    int failed;

    if (!follow->json) {
        bl_event_print(&follow->printer, event);
        return 0;
    }
    json = bl_event_json(event);
    if (!json)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "an event");
    failed = bl_json_print(stdout, json) < 0 || fflush(stdout) != 0;
    json_decref(json);
    return failed ? bl_fail(err, BL_STEP_FILE_WRITE, errno, "standard output") : 0;
}

static void note_end(struct bl_follow *follow, const Bailiff__V1__JobDone *done)
{
    follow->done = true;
    follow->passed = done->outcome == BAILIFF__V1__OUTCOME__OUTCOME_PASSED &&
                     done->end == BAILIFF__V1__END__END_COMPLETED;
    follow->broken = done->end == BAILIFF__V1__END__END_BROKEN ||
                     done->outcome == BAILIFF__V1__OUTCOME__OUTCOME_ERROR;
}

int bl_follow_event(void *ctx, const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_follow *follow = ctx;
    struct bl_message message;
    const Bailiff__V1__Event *event;
    int status;

    if (bl_message_read(&message, &bailiff__v1__event__descriptor, bytes, length,
                        BL_EVENT_BYTES_MAX, BL_MESSAGE_OPEN, err) < 0)
        return -1;
    event = (const void *)message.root;
    status = take_id(follow, event->job_id, err);
    follow->events++;
    if (status == 0 && !follow->silent)
        status = tell(follow, event, err);
    if (status == 0 && event->what_case == BAILIFF__V1__EVENT__WHAT_DONE)
        note_end(follow, event->done);
    bl_message_release(&message);
    return status;
}

int bl_follow_status(const struct bl_follow *follow)
{
    if (!follow->done) {
        fprintf(stderr, "bailiff: the worker's answer ends without a result\n");
        return BL_CLIENT_FAILED;
    }
    if (follow->broken)
        return BL_CLIENT_FAILED;
    return follow->passed ? 0 : BL_CLIENT_NOT_PASSED;
}
