#include "executor/cli/report.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/cli/utf8.h"
#include "limits/ceilings.h"
#include "limits/policy.h"
#include "limits/usage_rows.h"
#include "limits/verdict.h"

static const struct {
    const char *name;
    size_t offset;
} limit_fields[] = {
#define X(field, option, kind, least, most, otherwise) {#field, offsetof(struct bl_limits, field)},
    BL_LIMITS(X)
#undef X
};

static uint64_t number_at(const void *base, size_t offset)
{
    uint64_t value;

    memcpy(&value, (const char *)base + offset, sizeof(value));
    return value;
}

/* JSON's integers are signed here; no counter comes near the end of them. */
static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *number_or_null(uint64_t value, bool known)
{
    return known ? number(value) : json_null();
}

static const char *unit_name(enum bl_limit_kind kind)
{
    static const char *const names[] = {[BL_LIMIT_TIME] = "ns",
                                        [BL_LIMIT_SIZE] = "bytes",
                                        [BL_LIMIT_COUNT] = "count",
                                        [BL_LIMIT_MILLI] = "thousandths"};

    return names[kind];
}

static json_t *refusal_json(const struct bl_refusal *refusal)
{
    char name[32], hex[20];
    json_t *args = json_array();

    for (size_t i = 0; i < BL_ARRAY_LEN(refusal->args); i++) {
        (void)snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)refusal->args[i]);
        (void)json_array_append_new(args, json_string(hex)); /* a missing one fails the pack */
    }
    return json_pack("{s:s, s:i, s:I, s:o, s:o, s:b}", "name",
                     bl_policy_syscall_name(refusal->arch, refusal->nr, name), "number",
                     refusal->nr, "arch", (json_int_t)refusal->arch, "args", args, "count",
                     number(refusal->count), "killed", refusal->killed);
}

static json_t *error_json(const struct bl_err *error)
{
    char text[BL_ERROR_TEXT_MAX];
    const char *name = error->sys_errno ? strerrorname_np(error->sys_errno) : NULL;

    return json_pack("{s:s, s:s, s:s, s:s?, s:o, s:o}", "kind", "error", "step",
                     bl_step_name(error->step), "fault", bl_fault_name(bl_step_fault(error->step)),
                     "errno", name, "detail", bl_utf8_json(error->detail), "message",
                     bl_utf8_json(bl_error_text(error, text)));
}

/* A limit that the kernel held (a file's size) was never seen exceeded: observed is 0. */
static json_t *limit_json(const struct bl_result *result)
{
    const struct bl_limit_row *row = bl_limit_find(result->limit);

    return json_pack("{s:s, s:s, s:s?, s:o, s:o}", "kind", "limit", "limit", result->limit, "unit",
                     row ? unit_name(row->kind) : NULL, "bound", number(result->bound), "observed",
                     number_or_null(result->observed, result->observed > 0));
}

static json_t *killing_refusal_json(const struct bl_result *result)
{
    for (unsigned i = 0; i < result->refusal_count; i++) {
        if (result->refusals[i].killed)
            return json_pack("{s:s, s:o}", "kind", "syscall", "syscall",
                             refusal_json(&result->refusals[i]));
    }
    return json_pack("{s:s, s:n}", "kind", "syscall", "syscall"); /* the kernel did it: SIGSYS */
}

/* Why the verdict is not the program's own doing; null where it is. */
static json_t *cause_json(const struct bl_result *result)
{
    if (result->error.step != BL_STEP_NONE)
        return error_json(&result->error);
    if (result->verdict == BL_VERDICT_FORBIDDEN_SYSCALL)
        return killing_refusal_json(result);
    return result->limit ? limit_json(result) : json_null();
}

static json_t *refusals_json(const struct bl_result *result)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < result->refusal_count; i++) {
        if (json_array_append_new(list, refusal_json(&result->refusals[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *files_json(const struct bl_result *result)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < result->file_count; i++) {
        const struct bl_collected *file = &result->files[i];
        char mode[8];

        (void)snprintf(mode, sizeof(mode), "%04o", file->mode & 07777u);
        if (json_array_append_new(list, json_pack("{s:o, s:o, s:s}", "name",
                                                  bl_utf8_json(file->name), "size_bytes",
                                                  number(file->size_bytes), "mode", mode)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *limits_json(const struct bl_limits *limits)
{
    json_t *object = json_object();

    for (size_t i = 0; i < BL_ARRAY_LEN(limit_fields); i++) {
        if (json_object_set_new(object, limit_fields[i].name,
                                number(number_at(limits, limit_fields[i].offset))) < 0) {
            json_decref(object);
            return NULL;
        }
    }
    if (json_object_set_new(object, "cpuset",
                            limits->cpuset[0] ? bl_utf8_json(limits->cpuset) : json_null()) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *verdict_json(const struct bl_result *result)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s?, s:b, s:o, s:o, s:b}", "bailiff",
                     BAILIFF_VERSION, "verdict", bl_verdict_name(result->verdict), "meaning",
                     bl_verdict_text(result->verdict), "exit_code",
                     result->exit_code >= 0 ? json_integer(result->exit_code) : json_null(),
                     "signal", result->signal ? json_integer(result->signal) : json_null(),
                     "signal_name", result->signal ? sigabbrev_np(result->signal) : NULL,
                     "oom_killed", result->oom_killed, "cause", cause_json(result), "overshoot_ns",
                     number(result->overshoot_ns), "warm", result->warm);
}

static int add_usage(json_t *report, const struct bl_usage *usage)
{
    size_t count;
    const struct bl_usage_row *rows = bl_usage_rows(&count);

    for (size_t i = 0; i < count; i++) {
        if (json_object_set_new(report, rows[i].name,
                                number_or_null(bl_usage_get(usage, &rows[i]),
                                               bl_usage_is_known(usage, &rows[i]))) < 0)
            return -1;
    }
    return 0;
}

static int add_rest(json_t *report, const struct bl_result *result, const struct bl_limits *limits)
{
    json_t *rest =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "start_latency_ns",
                  number_or_null(result->start_latency_ns, result->started_ns != 0), "started_ns",
                  number_or_null(result->started_ns, result->started_ns != 0), "ended_ns",
                  number_or_null(result->ended_ns, result->ended_ns != 0), "refused_syscalls",
                  refusals_json(result), "refused_syscalls_total", number(result->refusals_total),
                  "files", files_json(result), "limits", limits_json(limits));

    return json_object_update_new(report, rest);
}

int bl_report_json(json_t **out, const struct bl_result *result, const struct bl_limits *limits,
                   struct bl_err *err)
{
    json_t *report = verdict_json(result);

    if (!report || add_usage(report, &result->usage) < 0 || add_rest(report, result, limits) < 0) {
        json_decref(report);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "report");
    }
    *out = report;
    return 0;
}

int bl_report_text(char **out, const struct bl_result *result, const struct bl_limits *limits,
                   struct bl_err *err)
{
    json_t *report = NULL;
    bl_autofree char *text = NULL;
    size_t length;

    if (bl_report_json(&report, result, limits, err) < 0)
        return -1;
    text = json_dumps(report, JSON_INDENT(2));
    json_decref(report);
    length = text ? strlen(text) : 0;
    *out = text ? realloc(text, length + 2) : NULL;
    if (!*out)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "report");
    (void)bl_take(&text);
    memcpy(*out + length, "\n", 2);
    return 0;
}
