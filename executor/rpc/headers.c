#include "executor/rpc/headers.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 512, OVERHEAD = 32 }; /* RFC 9113, 6.5.2 */

static bool make_room(struct bl_headers *headers, size_t more)
{
    size_t room = headers->room ? headers->room : FIRST_ROOM;
    char *moved;

    if (headers->room - headers->length >= more)
        return true;
    while (room - headers->length < more)
        room *= 2;
    moved = realloc(headers->text, room);
    if (!moved)
        return false;
    headers->text = moved;
    headers->room = room;
    return true;
}

static void put(struct bl_headers *headers, const uint8_t *bytes, size_t length)
{
    if (length > 0)
        memcpy(headers->text + headers->length, bytes, length);
    headers->length += length;
    headers->text[headers->length++] = '\0';
}

bool bl_headers_add(struct bl_headers *headers, const uint8_t *name, size_t name_length,
                    const uint8_t *value, size_t value_length)
{
    size_t left = headers->max_bytes - headers->listed_bytes;

    /* One after the other: no sum of outside lengths before each is bounded. */
    headers->overflown = headers->overflown || name_length > left || value_length > left ||
                         name_length + value_length + OVERHEAD > left ||
                         !make_room(headers, name_length + value_length + 2);
    if (headers->overflown)
        return false;
    headers->listed_bytes += name_length + value_length + OVERHEAD;
    put(headers, name, name_length);
    put(headers, value, value_length);
    return true;
}

bool bl_headers_next(const struct bl_headers *headers, struct bl_field *field)
{
    const char *next = field->value ? field->value + strlen(field->value) + 1 : headers->text;

    if (headers->length == 0 || next == headers->text + headers->length)
        return false;
    field->name = next;
    field->value = next + strlen(next) + 1;
    return true;
}

const char *bl_headers_get(const struct bl_headers *headers, const char *name)
{
    struct bl_field field = {NULL, NULL};

    while (bl_headers_next(headers, &field)) {
        if (strcmp(field.name, name) == 0)
            return field.value;
    }
    return NULL;
}

void bl_headers_release(struct bl_headers *headers)
{
    free(headers->text);
    *headers = (struct bl_headers){.max_bytes = headers->max_bytes};
}
