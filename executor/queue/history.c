#include "executor/queue/history.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/utf8.h"

static void release_json(json_t **value)
{
    json_decref(*value);
    *value = NULL;
}

#define autojson __attribute__((cleanup(release_json)))

/* Cut between two characters. */
static void copy_text(char *out, size_t room, const char *text)
{
    size_t used = 0;

    for (size_t length = strlen(text), step; length > 0; text += step, length -= step) {
        size_t whole = bl_utf8_length(text, length);
        bool plain = whole > 0 && (unsigned char)*text >= 0x20 && *text != 0x7f;

        step = whole ? whole : 1;
        if (used + (plain ? step : 1) >= room)
            break;
        if (plain)
            memcpy(out + used, text, step);
        else
            out[used] = '?';
        used += plain ? step : 1;
    }
    out[used] = '\0';
}

static const char *text_at(const json_t *map, const char *key)
{
    const char *text = json_string_value(json_object_get(map, key));

    return text ? text : "";
}

static void read_try(struct bl_try *out, const json_t *item)
{
    json_int_t delivery = json_integer_value(json_object_get(item, "delivery"));

    out->delivery = delivery > 0 ? (uint64_t)delivery : 0;
    out->at_ms = json_integer_value(json_object_get(item, "at_ms"));
    copy_text(out->worker, sizeof(out->worker), text_at(item, "worker"));
    copy_text(out->note, sizeof(out->note), text_at(item, "note"));
}

int bl_history_parse(struct bl_history *out, const char *text, size_t length, struct bl_err *err)
{
    autojson json_t *root = NULL;
    const json_t *tries;
    json_int_t innocent;
    json_error_t wrong;

    memset(out, 0, sizeof(*out));
    if (length == 0)
        return 0;
    if (length > BL_HISTORY_TEXT_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "history: at most %d bytes", BL_HISTORY_TEXT_MAX);
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &wrong);
    tries = json_object_get(root, "tries");
    innocent = json_integer_value(json_object_get(root, "innocent"));
    if (!json_is_array(tries) || json_array_size(tries) > BL_HISTORY_TRIES_MAX || innocent < 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "history: not one of ours");
    out->innocent = (uint64_t)innocent;
    out->count = json_array_size(tries);
    for (size_t i = 0; i < out->count; i++)
        read_try(&out->tries[i], json_array_get(tries, i));
    return 0;
}

int bl_history_format(const struct bl_history *history, char **text, struct bl_err *err)
{
    autojson json_t *root = NULL;
    json_t *tries = json_array();

    for (size_t i = 0; tries && i < history->count; i++) {
        const struct bl_try *try = &history->tries[i];
        json_t *item = json_pack("{sIsIssss}", "delivery", (json_int_t)try->delivery, "at_ms",
                                 (json_int_t)try->at_ms, "worker", try->worker, "note", try->note);

        if (json_array_append_new(tries, item) != 0) { /* also where item is NULL */
            json_decref(tries);
            tries = NULL;
        }
    }
    if (tries)
        root = json_pack("{sIso}", "innocent", (json_int_t)history->innocent, "tries", tries);
    *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    return *text ? 0 : bl_fail(err, BL_STEP_MEMORY, ENOMEM, "history");
}

void bl_history_add(struct bl_history *history, uint64_t delivery, int64_t at_ms,
                    const char *worker, const char *note)
{
    struct bl_try *try;

    if (history->count == BL_HISTORY_TRIES_MAX) { /* the first try tells how it began */
        memmove(&history->tries[1], &history->tries[2],
                (BL_HISTORY_TRIES_MAX - 2) * sizeof(history->tries[0]));
        history->count--;
    }
    try = &history->tries[history->count++];
    *try = (struct bl_try){.delivery = delivery, .at_ms = at_ms};
    copy_text(try->worker, sizeof(try->worker), worker);
    copy_text(try->note, sizeof(try->note), note);
}

uint64_t bl_history_suspect(const struct bl_history *history, uint64_t delivery)
{
    uint64_t before = delivery > 0 ? delivery - 1 : 0;

    return before > history->innocent ? before - history->innocent : 0;
}
