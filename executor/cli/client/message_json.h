/* message_json.h - a message of protobuf-c as JSON, by its descriptor. Pure.
 *
 * Every field is there under its own name. A oneof of one field is presence: null where it is not
 * given; of a oneof of several only the one that was given is there. Enums are their names without
 * the common beginning ("TIME_LIMIT"), a value 0 called UNSPECIFIED is null, and one that this
 * build does not know is its number. `sha256` is hex digits, null where it is empty; other bytes
 * are text, with U+FFFD for what is no UTF-8, and where there was such, NAME_base64 has them as
 * they are. */
#ifndef BL_CLIENT_MESSAGE_JSON_H
#define BL_CLIENT_MESSAGE_JSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

/* Another form for messages of one type. May call bl_message_json_add() for what is as usual. */
struct bl_json_form {
    const ProtobufCMessageDescriptor *type; /* NULL: ends a table */
    json_t *(*make)(const ProtobufCMessage *message, const struct bl_json_form *forms);
};

/* All return a new reference; NULL only without memory. */
json_t *bl_message_json(const ProtobufCMessage *message, const struct bl_json_form *forms);

/* bl_message_json_add - its fields into an object; -1: no memory. */
int bl_message_json_add(json_t *object, const ProtobufCMessage *message,
                        const struct bl_json_form *forms);

json_t *bl_number_json(uint64_t value);                   /* clamped to what JSON's reader holds */
json_t *bl_bytes_json(const ProtobufCBinaryData *bytes);  /* as text */
json_t *bl_base64_json(const ProtobufCBinaryData *bytes); /* RFC 4648 */

/* bl_json_print - on one line, ASCII only and without control characters: fit for a terminal,
 * whatever is in it. Fails with -1 and errno. */
int bl_json_print(FILE *to, const json_t *json);

#endif
