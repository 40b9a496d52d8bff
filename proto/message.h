/* message.h - bytes into a message of protobuf-c whose general form can be relied on.
 *
 * What is checked here for every message alike: memory stays below a ceiling, every `string` is
 * UTF-8 without NUL, and, where asked for, there is no field and no enum value that this build does
 * not know. What a field means and where its bounds are is its decoder's. Nothing in the schema
 * contains itself (tests/unit/test_proto_schema.c), so no message makes this recurse deeply. */
#ifndef BL_PROTO_MESSAGE_H
#define BL_PROTO_MESSAGE_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "proto/bump.h"

enum bl_message_rule {
    BL_MESSAGE_STRICT, /* requests: a field that is not known, and so would be passed over, may be a
                          limit: it is refused */
    BL_MESSAGE_OPEN,   /* answers of a worker that may be newer */
};

struct bl_message {
    struct bl_bump bump;    /* everything, the message and what a decoder makes of it */
    ProtobufCMessage *root; /* valid as long as the bump */
};

/* Ceiling of what a message of `length` bytes may take: 4 MiB + 8 * length, but not more than
 * 20 MiB + 2 * length. An ordinary job takes three to six times its size. */
size_t bl_message_ceiling(size_t length);

/* bl_message_read - on success *out is to be released, on failure nothing is.
 * length_max: a longer message is refused before anything is taken.
 * Fails with FIELD, which tells the path, and MEMORY. */
int bl_message_read(struct bl_message *out, const ProtobufCMessageDescriptor *type,
                    const uint8_t *bytes, size_t length, size_t length_max,
                    enum bl_message_rule rule, struct bl_err *err);

void bl_message_release(struct bl_message *message); /* idempotent */

#endif
