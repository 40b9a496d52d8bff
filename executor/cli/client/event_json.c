#include "executor/cli/client/event_json.h"

#include <stdio.h>
#include <string.h>

#include "bailiff/result.h"
#include "executor/cli/client/message_json.h"
#include "limits/ceilings.h"
#include "limits/verdict.h"

typedef Bailiff__V1__CommandResult command_message;

static json_t *refusal_json(const ProtobufCMessage *message, const struct bl_json_form *forms)
{
    const Bailiff__V1__RefusedSyscall *refusal = (const void *)message;
    json_t *object = json_object(), *args = json_array();
    char hex[20];

    (void)forms;
    for (size_t i = 0; i < refusal->n_args; i++) {
        (void)snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)refusal->args[i]);
        (void)json_array_append_new(args, json_string(hex)); /* a missing one fails below */
    }
    if (!object || bl_message_json_add(object, message, NULL) < 0 ||
        json_object_set_new(object, "args", args) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* The name and the permissions, and of the content its size, digest and bytes, side by side. */
static json_t *file_json(const ProtobufCMessage *message, const struct bl_json_form *forms)
{
    const Bailiff__V1__CollectedFile *file = (const void *)message;
    json_t *object = json_object();
    char mode[16];

    (void)snprintf(mode, sizeof(mode), "%04o", file->mode & 07777u);
    if (!object || bl_message_json_add(object, message, forms) < 0 ||
        json_object_del(object, "content") < 0 ||
        json_object_set_new(object, "mode", json_string(mode)) < 0 ||
        (file->content ? bl_message_json_add(object, &file->content->base, forms)
                       : json_object_set_new(object, "size_bytes", json_null())) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static const char *unit_of(const char *option)
{
    static const char *const names[] = {[BL_LIMIT_TIME] = "ns",
                                        [BL_LIMIT_SIZE] = "bytes",
                                        [BL_LIMIT_COUNT] = "count",
                                        [BL_LIMIT_MILLI] = "thousandths"};
    const struct bl_limit_row *row = bl_limit_find(option);

    return row ? names[row->kind] : NULL;
}

static json_t *kind_json(const char *kind, const ProtobufCMessage *cause,
                         const struct bl_json_form *forms)
{
    json_t *object = json_pack("{s:s}", "kind", kind);

    if (!object || bl_message_json_add(object, cause, forms) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *limit_json(const Bailiff__V1__LimitCause *limit)
{
    const char *unit = unit_of(limit->limit);
    json_t *object = kind_json("limit", &limit->base, NULL);

    if (object && json_object_set_new(object, "unit", unit ? json_string(unit) : json_null()) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* `errno` as docs/report.md has it: its name, or null. */
static json_t *error_json(const Bailiff__V1__Error *error)
{
    json_t *object = kind_json("error", &error->base, NULL);
    json_t *name = error->errno_name[0] ? json_object_get(object, "errno_name") : json_null();

    if (object && json_object_set(object, "errno", name) < 0) {
        json_decref(object);
        return NULL;
    }
    (void)json_object_del(object, "errno_name"); /* they are there: just made */
    (void)json_object_del(object, "sys_errno");
    return object;
}

static json_t *cause_json(const command_message *command, const struct bl_json_form *forms)
{
    switch ((int)command->cause_case) {
    case BAILIFF__V1__COMMAND_RESULT__CAUSE_LIMIT:
        return limit_json(command->limit);
    case BAILIFF__V1__COMMAND_RESULT__CAUSE_SYSCALL:
        return kind_json("syscall", &command->syscall->base, forms);
    case BAILIFF__V1__COMMAND_RESULT__CAUSE_ERROR:
        return error_json(command->error);
    default:
        return json_null();
    }
}

/* The counters are the report's own keys; so is the cause, whatever it is. */
static json_t *command_json(const ProtobufCMessage *message, const struct bl_json_form *forms)
{
    const command_message *command = (const void *)message;
    int verdict = (int)command->verdict - 1;
    json_t *object = json_object();

    if (!object || bl_message_json_add(object, message, forms) < 0)
        goto no_memory;
    (void)json_object_del(object, "usage"); /* not all of these are there */
    (void)json_object_del(object, "limit");
    (void)json_object_del(object, "syscall");
    (void)json_object_del(object, "error");
    if (json_object_set_new(object, "cause", cause_json(command, forms)) < 0 ||
        (command->usage && bl_message_json_add(object, &command->usage->base, forms) < 0))
        goto no_memory;
    if (verdict >= 0 && verdict < BL_VERDICT_COUNT &&
        json_object_set_new(object, "meaning",
                            json_string(bl_verdict_text((enum bl_verdict)verdict))) < 0)
        goto no_memory;
    if (command->signal == 0 && (json_object_set_new(object, "signal", json_null()) < 0 ||
                                 json_object_set_new(object, "signal_name", json_null()) < 0))
        goto no_memory;
    return object;
no_memory:
    json_decref(object);
    return NULL;
}

static json_t *applied_json(const ProtobufCMessage *message, const struct bl_json_form *forms)
{
    const Bailiff__V1__AppliedLimits *limits = (const void *)message;
    json_t *object = json_object();

    if (!object || bl_message_json_add(object, message, forms) < 0 ||
        (!limits->cpuset[0] && json_object_set_new(object, "cpuset", json_null()) < 0)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static const struct bl_json_form forms_of_results[] = {
    {&bailiff__v1__command_result__descriptor, command_json},
    {&bailiff__v1__refused_syscall__descriptor, refusal_json},
    {&bailiff__v1__collected_file__descriptor, file_json},
    {&bailiff__v1__applied_limits__descriptor, applied_json},
    {NULL, NULL},
};

/* The alternative that was given, whatever it is: NULL where it is newer than this build. */
static const ProtobufCFieldDescriptor *what_of(const Bailiff__V1__Event *event)
{
    return event->what_case ? protobuf_c_message_descriptor_get_field(
                                  &bailiff__v1__event__descriptor, (unsigned)event->what_case)
                            : NULL;
}

json_t *bl_event_json(const Bailiff__V1__Event *event)
{
    const ProtobufCFieldDescriptor *what = what_of(event);
    const ProtobufCMessage *body =
        what ? *(const ProtobufCMessage *const *)((const char *)event + what->offset) : NULL;
    const ProtobufCBinaryData id = {strlen(event->job_id), (uint8_t *)event->job_id};
    json_t *object = json_pack("{s:s?, s:o, s:o, s:o}", "event", what ? what->name : NULL, "job_id",
                               bl_bytes_json(&id), "number", bl_number_json(event->number), "at_ns",
                               bl_number_json(event->at_ns));

    if (object && body && bl_message_json_add(object, body, forms_of_results) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}
