/* What a broker says: whatever it is, it is told to the feeder within its bounds, or dropped. The
 * first byte chooses what it is said about; the rest up to a NUL is a subject or a header, then a
 * payload. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/feeder/broker_nats_private.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Destroyed messages go to the library's own collector. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return nats_Open(-1) == NATS_OK ? 0 : -1;
}

static void on_delivery(void *ctx, const struct bl_delivery *delivery)
{
    (void)ctx;
    assert(strlen(delivery->key) < BL_QUEUE_KEY_MAX);
    assert(delivery->delivery > 0 && delivery->token);
}

static void on_answer(void *ctx, const struct bl_broker_answer *answer)
{
    (void)ctx;
    assert(answer->op < BL_BROKER_OP_COUNT && answer->text);
    if (answer->op == BL_BROKER_NEXT && answer->outcome == BL_BROKER_DONE)
        assert(strlen(answer->text) < BL_QUEUE_KEY_MAX && answer->value > 0 && answer->bytes);
}

static void on_lane(void *ctx, const struct bl_queue_lane *lane)
{
    (void)ctx;
    assert(lane->class < BL_QUEUE_CLASS_COUNT);
}

static void on_cancel(void *ctx, const char *key)
{
    char tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];

    (void)ctx;
    assert(bl_queue_key_parse(key, tenant, id));
}

static void hear(const char *subject, const char *reply, const char *header, const char *value,
                 const uint8_t *data, size_t size)
{
    const struct bl_broker_handlers handlers = {on_delivery, on_answer, on_lane,
                                                on_cancel,   NULL,      NULL};
    natsMsg *message = NULL;

    if (natsMsg_Create(&message, subject, reply, (const char *)data, (int)size) != NATS_OK)
        return;
    if (!*value || natsMsgHeader_Set(message, header, value) == NATS_OK)
        bl_nats_hear("_INBOX.f", message, &handlers);
    natsMsg_Destroy(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const headers[] = {"Status", "Nats-Sequence", "Nats-Msg-Id"};
    char text[512], subject[BL_NATS_SUBJECT_MAX];
    size_t length = size > 1 ? strnlen((const char *)data + 1, size - 1) : 0;

    if (size < 2 || length == size - 1 || length >= sizeof(text))
        return 0;
    memcpy(text, data + 1, length + 1);
    (void)snprintf(subject, sizeof(subject), "_INBOX.f.%u.1",
                   data[0] % (unsigned)BL_BROKER_OP_COUNT);
    data += length + 2;
    size -= length + 2;
    for (size_t i = 0; i < BL_ARRAY_LEN(headers); i++)
        hear(subject, NULL, headers[i], text, data, size);
    hear("jobs.blue=team.high", "$JS.ACK.JOBS.c.2.9.4.5.0", "Nats-Msg-Id", text, data, size);
    if (*text && !strpbrk(text, " \t\r\n")) {
        hear(text, "$JS.ACK.JOBS.c.2.9.4.5.0", "", "", data, size);
        hear("jobs.t.low", text, "Nats-Msg-Id", "t.x", data, size);
    }
    return 0;
}
