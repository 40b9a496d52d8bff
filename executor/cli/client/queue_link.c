#include "executor/cli/client/queue_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/queue/access.h"

enum { ANSWER_MS = 5000 };

#define AT(field) offsetof(struct bl_queue_link_options, field)

static const struct bl_option rows[] = {
    {"queue", "URL",
     "a NATS server (default: BAILIFF_QUEUE, or nats://127.0.0.1:4222); again for "
     "further ones",
     bl_option_texts, AT(servers)},
    {"queue-plain", NULL, "other hosts without TLS", bl_option_flag, AT(allow_plain)},
    {"queue-authority", "FILE", "whose certificates the servers must show", bl_option_text,
     AT(authority)},
    {"queue-certificate", "FILE", "our own certificate", bl_option_text, AT(certificate)},
    {"queue-key", "FILE", "its key", bl_option_text, AT(key)},
    {"queue-credentials", "FILE", "a .creds file", bl_option_text, AT(credentials)},
    {"queue-token", "FILE", "a file whose first line is a token or user:password", bl_option_text,
     AT(token)},
};

struct bl_option_group bl_queue_link_group(size_t offset)
{
    return (struct bl_option_group){"The queue", rows, BL_ARRAY_LEN(rows), offset};
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

int bl_queue_link_open(struct bl_queue_link *link, const struct bl_queue_link_options *options,
                       struct bl_err *err)
{
    const char *named = getenv("BAILIFF_QUEUE");
    const char *const otherwise[] = {named && *named ? named : BL_QUEUE_SERVER, NULL};
    const struct bl_queue_access access = {
        .servers = options->servers.count ? options->servers.items : otherwise,
        .allow_plain = options->allow_plain,
        .authority = or_empty(options->authority),
        .certificate = or_empty(options->certificate),
        .key = or_empty(options->key),
        .credentials = or_empty(options->credentials),
        .token_file = or_empty(options->token),
        .name = "bailiff queue",
    };
    natsOptions *how = NULL;
    natsStatus status;

    if (bl_queue_options(&how, &access, err) < 0)
        return -1;
    status = natsConnection_Connect(&link->connection, how);
    natsOptions_Destroy(how);
    if (status == NATS_OK)
        return 0;
    return bl_fail(err, BL_STEP_BROKER, 0, "%.150s: %s", access.servers[0],
                   natsStatus_GetText(status));
}

void bl_queue_link_close(struct bl_queue_link *link, struct bl_queue_link_options *options)
{
    natsConnection_Destroy(link->connection);
    link->connection = NULL;
    bl_texts_release(&options->servers);
}

/* ---- asking -----------------------------------------------------------------------------------
 */

static int lost(const char *subject, natsStatus status, struct bl_err *err)
{
    bool silent = status == NATS_NO_RESPONDERS || status == NATS_TIMEOUT;

    return bl_fail(err, BL_STEP_BROKER, 0, "%.150s: %s", subject,
                   silent ? "nobody answers: no JetStream, no such stream (bailiff queue init), no "
                            "leader now, or the server's disk is full"
                          : natsStatus_GetText(status));
}

static int read_answer(natsMsg *message, const char *subject, json_t **answer, struct bl_err *err)
{
    json_error_t wrong;

    *answer =
        json_loadb(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message), 0, &wrong);
    natsMsg_Destroy(message);
    if (json_is_object(*answer))
        return 0;
    json_decref(*answer);
    return bl_fail(err, BL_STEP_BROKER, 0, "%.150s: the answer is no JSON object", subject);
}

int bl_queue_ask(struct bl_queue_link *link, const char *subject, json_t *request, json_t **answer,
                 struct bl_err *err)
{
    bl_autofree char *text = request ? json_dumps(request, JSON_COMPACT) : strdup("");
    natsMsg *message = NULL;
    natsStatus status;

    json_decref(request);
    if (!text)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%.150s", subject);
    status = natsConnection_RequestString(&message, link->connection, subject, text, ANSWER_MS);
    return status == NATS_OK ? read_answer(message, subject, answer, err)
                             : lost(subject, status, err);
}

int bl_queue_publish(struct bl_queue_link *link, natsMsg *message, json_t **answer,
                     struct bl_err *err)
{
    char subject[BL_QUEUE_SUBJECT_MAX] = "";
    natsMsg *reply = NULL;
    natsStatus status;

    if (!message)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "message");
    (void)snprintf(subject, sizeof(subject), "%s", natsMsg_GetSubject(message));
    status = natsConnection_RequestMsg(&reply, link->connection, message, ANSWER_MS);
    natsMsg_Destroy(message);
    return status == NATS_OK ? read_answer(reply, subject, answer, err)
                             : lost(subject, status, err);
}

const char *bl_queue_error(const json_t *answer, json_int_t *code)
{
    const json_t *error = json_object_get(answer, "error");
    const char *text = json_string_value(json_object_get(error, "description"));

    if (!json_is_object(error))
        return NULL;
    *code = json_integer_value(json_object_get(error, "err_code"));
    return text ? text : "?";
}

int bl_queue_refused(const json_t *answer, const char *what, struct bl_err *err)
{
    json_int_t code = 0;
    const char *text = bl_queue_error(answer, &code);

    return bl_fail(err, BL_STEP_BROKER_LAYOUT, 0, "%.80s: %.120s", what, text ? text : "?");
}

/* ---- messages ---------------------------------------------------------------------------------
 */

static const char *header_of(natsMsg *message, const char *key)
{
    const char *value = NULL;

    return natsMsgHeader_Get(message, key, &value) == NATS_OK && value ? value : "";
}

/* One message by a request of DIRECT.GET. */
static int get_direct(struct bl_queue_link *link, enum bl_queue_stream stream, json_t *request,
                      natsMsg **out, struct bl_err *err)
{
    bl_autofree char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
    char subject[64];
    natsStatus status;

    json_decref(request);
    *out = NULL;
    if (!text)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "request");
    (void)snprintf(subject, sizeof(subject), "$JS.API.DIRECT.GET.%s", bl_queue_stream_name(stream));
    status = natsConnection_RequestString(out, link->connection, subject, text, ANSWER_MS);
    if (status != NATS_OK)
        return lost(subject, status, err);
    if (*header_of(*out, "Status")) { /* 404 */
        natsMsg_Destroy(*out);
        *out = NULL;
    }
    return 0;
}

int bl_queue_last(struct bl_queue_link *link, enum bl_queue_stream stream, const char *subject,
                  natsMsg **out, struct bl_err *err)
{
    return get_direct(link, stream, json_pack("{ss}", "last_by_subj", subject), out, err);
}

int bl_queue_each(struct bl_queue_link *link, enum bl_queue_stream stream, const char *filter,
                  int (*use)(void *ctx, natsMsg *message, json_int_t sequence, struct bl_err *err),
                  void *ctx, struct bl_err *err)
{
    for (json_int_t sequence = 1;;) {
        natsMsg *message;
        int status;

        if (get_direct(link, stream, json_pack("{sI,ss}", "seq", sequence, "next_by_subj", filter),
                       &message, err) < 0)
            return -1;
        if (!message)
            return 0;
        sequence = strtoll(header_of(message, "Nats-Sequence"), NULL, 10);
        status = sequence > 0 ? use(ctx, message, sequence, err)
                              : bl_fail(err, BL_STEP_BROKER, 0, "a message without its number");
        natsMsg_Destroy(message);
        if (status < 0)
            return -1;
        sequence++;
    }
}
