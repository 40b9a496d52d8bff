/* encode_result.c - a JobResult out of events that are packed already: their bodies are its parts,
 * under other numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/encode.h"

enum { LENGTH_DELIMITED = 2 };

/* Which field of JobResult an event's body becomes; 0: none. */
static const unsigned char fields[] = {
    [BL_JOB_EVENT_QUEUED] = 0, [BL_JOB_EVENT_STARTED] = 2, [BL_JOB_EVENT_CASE] = 3,
    [BL_JOB_EVENT_STEP] = 4,   [BL_JOB_EVENT_DONE] = 5,
};

enum { JOB_ID_FIELD = 1 };

static size_t varint_size(uint64_t value)
{
    size_t size = 1;

    while (value >>= 7)
        size++;
    return size;
}

static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

/* Field numbers up to 15 take one byte. */
static size_t part_size(size_t length)
{
    return 1 + varint_size(length) + length;
}

static uint8_t *put_part(uint8_t *at, unsigned field, const void *bytes, size_t length)
{
    *at++ = (uint8_t)(field << 3 | LENGTH_DELIMITED);
    at = put_varint(at, length);
    if (length > 0)
        memcpy(at, bytes, length);
    return at + length;
}

int bl_job_result_encode(uint8_t **bytes, size_t *length, const char *id,
                         const struct bl_packed_event *events, size_t count, struct bl_err *err)
{
    size_t size = part_size(strlen(id));
    uint8_t *out, *at;

    for (size_t i = 0; i < count; i++) {
        if (fields[events[i].kind])
            size += part_size(events[i].length - events[i].body_at);
    }
    out = malloc(size);
    if (!out)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a job's result");
    at = put_part(out, JOB_ID_FIELD, id, strlen(id));
    for (size_t i = 0; i < count; i++) {
        if (fields[events[i].kind])
            at = put_part(at, fields[events[i].kind], events[i].bytes + events[i].body_at,
                          events[i].length - events[i].body_at);
    }
    *bytes = out;
    *length = size;
    return 0;
}
