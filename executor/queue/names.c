#include "executor/queue/names.h"

#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"

static const char *const class_names[] = {
#define X(name, text) [BL_QUEUE_##name] = #text,
    BL_QUEUE_CLASSES(X)
#undef X
};

/* As in job.proto; the dot is '=' in the queue. */
static const char tenant_others[] = "._-", id_others[] = "._:-";

const char *bl_queue_class_name(enum bl_queue_class class)
{
    return class_names[class];
}

bool bl_queue_class_parse(const char *text, enum bl_queue_class *class)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(class_names); i++) {
        if (strcmp(text, class_names[i]) != 0)
            continue;
        *class = (enum bl_queue_class)i;
        return true;
    }
    return false;
}

enum bl_queue_class bl_queue_class_of(int priority)
{
    if (priority == 0)
        return BL_QUEUE_NORMAL;
    return priority > 0 ? BL_QUEUE_HIGH : BL_QUEUE_LOW;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Copies `length` bytes with one character turned into another; false: no such name. */
static bool translate(char *out, const char *name, size_t length, size_t most, const char *others,
                      char from, char to)
{
    if (length == 0 || length > most)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];

        if (c == from)
            c = to;
        else if (c == to || (!is_letter_or_digit(c) && (c == '\0' || !strchr(others, c))))
            return false;
        out[i] = c;
    }
    out[length] = '\0';
    return true;
}

static bool to_token(char *out, const char *name, size_t most, const char *others)
{
    return translate(out, name, strlen(name), most, others, '.', '=');
}

int bl_queue_key(char key[BL_QUEUE_KEY_MAX], const char *tenant, const char *id, struct bl_err *err)
{
    char tenant_token[BL_JOB_TENANT_MAX + 1], id_token[BL_JOB_ID_MAX + 1];

    if (!to_token(tenant_token, tenant, BL_JOB_TENANT_MAX, tenant_others))
        return bl_fail(err, BL_STEP_FIELD, 0, "tenant: must be 1 to %d of [A-Za-z0-9._-]",
                       BL_JOB_TENANT_MAX);
    if (!to_token(id_token, id, BL_JOB_ID_MAX, id_others))
        return bl_fail(err, BL_STEP_FIELD, 0, "id: must be 1 to %d of [A-Za-z0-9._:-]",
                       BL_JOB_ID_MAX);
    (void)snprintf(key, BL_QUEUE_KEY_MAX, "%s.%s", tenant_token, id_token);
    return 0;
}

bool bl_queue_key_parse(const char *key, char tenant[BL_JOB_TENANT_MAX + 1],
                        char id[BL_JOB_ID_MAX + 1])
{
    const char *dot = strchr(key, '.');

    return dot &&
           translate(tenant, key, (size_t)(dot - key), BL_JOB_TENANT_MAX, tenant_others, '=',
                     '.') &&
           translate(id, dot + 1, strlen(dot + 1), BL_JOB_ID_MAX, id_others, '=', '.');
}

const char *bl_queue_subject(char subject[BL_QUEUE_SUBJECT_MAX], const char *what, const char *key)
{
    (void)snprintf(subject, BL_QUEUE_SUBJECT_MAX, "%s.%s", what, key); /* a key is never too long */
    return subject;
}

/* ---- lanes ------------------------------------------------------------------------------------
 */

bool bl_queue_lane_parse(const char *subject, struct bl_queue_lane *lane)
{
    static const char start[] = "jobs.";
    const char *tenant = subject + strlen(start), *dot;
    struct bl_queue_lane read;

    if (strncmp(subject, start, strlen(start)) != 0 || !(dot = strchr(tenant, '.')))
        return false;
    if (!bl_queue_class_parse(dot + 1, &read.class) ||
        !translate(read.tenant, tenant, (size_t)(dot - tenant), BL_JOB_TENANT_MAX, tenant_others,
                   '=', '.'))
        return false;
    *lane = read;
    return true;
}

static const char *lane_text(const struct bl_queue_lane *lane, char *text, size_t size,
                             const char *start, char between)
{
    char token[BL_JOB_TENANT_MAX + 1];

    if (!to_token(token, lane->tenant, BL_JOB_TENANT_MAX, tenant_others))
        token[0] = '\0';
    (void)snprintf(text, size, "%s%s%c%s", start, token, between, class_names[lane->class]);
    return text;
}

const char *bl_queue_lane_subject(const struct bl_queue_lane *lane, char text[BL_QUEUE_SUBJECT_MAX])
{
    return lane_text(lane, text, BL_QUEUE_SUBJECT_MAX, "jobs.", '.');
}

const char *bl_queue_lane_consumer(const struct bl_queue_lane *lane,
                                   char text[BL_QUEUE_LANE_TEXT_MAX])
{
    return lane_text(lane, text, BL_QUEUE_LANE_TEXT_MAX, "", '_');
}
