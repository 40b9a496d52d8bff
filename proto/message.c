#include "proto/message.h"

#include <stdbool.h>
#include <string.h>

#include "bailiff/units.h"
#include "bailiff/utf8.h"
#include "proto/path.h"

static int check_message(const ProtobufCMessage *message, enum bl_message_rule rule,
                         const struct bl_path *path, struct bl_err *err);

/* A text that protobuf-c read is a piece of its own, with a NUL behind it; one that was not sent is
 * the schema's constant. */
static int check_string(const char *text, const ProtobufCFieldDescriptor *field,
                        const struct bl_path *path, struct bl_err *err)
{
    size_t length;

    if (!text || text == field->default_value)
        return 0;
    length = bl_bump_size(text) - 1;
    if (memchr(text, '\0', length))
        return bl_fail_at(err, path, "contains a NUL byte");
    if (!bl_utf8_valid(text, length))
        return bl_fail_at(err, path, "is not UTF-8");
    return 0;
}

static int check_enum(int value, const ProtobufCFieldDescriptor *field, const struct bl_path *path,
                      struct bl_err *err)
{
    if (!protobuf_c_enum_descriptor_get_value(field->descriptor, value))
        return bl_fail_at(err, path, "%d is no value of this field", value);
    return 0;
}

/* value: where it is, by the field's type. */
static int check_value(const void *value, const ProtobufCFieldDescriptor *field,
                       enum bl_message_rule rule, const struct bl_path *path, struct bl_err *err)
{
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return check_string(*(char *const *)value, field, path, err);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && *(ProtobufCMessage *const *)value)
        return check_message(*(ProtobufCMessage *const *)value, rule, path, err);
    if (field->type == PROTOBUF_C_TYPE_ENUM && rule == BL_MESSAGE_STRICT)
        return check_enum(*(const int *)value, field, path, err);
    return 0;
}

/* Bytes between two values in a list of those that are looked at here. */
static size_t stride(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *);
}

static bool is_looked_at(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE ||
           field->type == PROTOBUF_C_TYPE_ENUM;
}

static int check_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                       enum bl_message_rule rule, const struct bl_path *path, struct bl_err *err)
{
    const char *base = (const char *)message, *list;
    size_t count;

    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (*(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id)
            return 0;
    }
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return check_value(base + field->offset, field, rule, BL_AT(path, field->name), err);
    count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    list = *(const char *const *)(const void *)(base + field->offset);
    for (size_t i = 0; i < count; i++) {
        if (check_value(list + i * stride(field), field, rule, BL_AT_INDEX(path, field->name, i),
                        err))
            return -1;
    }
    return 0;
}

static int check_message(const ProtobufCMessage *message, enum bl_message_rule rule,
                         const struct bl_path *path, struct bl_err *err)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;

    if (message->n_unknown_fields > 0 && rule == BL_MESSAGE_STRICT)
        return bl_fail_at(err, path, "field number %u is not known to this version",
                          message->unknown_fields[0].tag);
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (is_looked_at(&type->fields[i]) &&
            check_field(message, &type->fields[i], rule, path, err))
            return -1;
    }
    return 0;
}

size_t bl_message_ceiling(size_t length)
{
    size_t many_parts = 4 * BL_MIB + 8 * length, few_parts = 20 * BL_MIB + 2 * length;

    return many_parts < few_parts ? many_parts : few_parts;
}

static int read_root(struct bl_message *message, const ProtobufCMessageDescriptor *type,
                     const uint8_t *bytes, size_t length, enum bl_message_rule rule,
                     struct bl_err *err)
{
    ProtobufCAllocator allocator = bl_bump_allocator(&message->bump);

    message->root = protobuf_c_message_unpack(type, &allocator, length, bytes);
    if (message->root)
        return check_message(message->root, rule, NULL, err);
    if (message->bump.ran_over || message->bump.ran_out)
        return bl_bump_fail(&message->bump, err);
    return bl_fail_at(err, NULL, "is no %s", type->name);
}

int bl_message_read(struct bl_message *out, const ProtobufCMessageDescriptor *type,
                    const uint8_t *bytes, size_t length, size_t length_max,
                    enum bl_message_rule rule, struct bl_err *err)
{
    struct bl_message message = {.root = NULL};

    if (length > length_max)
        return bl_fail_at(err, NULL, "%zu bytes are more than %zu", length, length_max);
    message.bump.ceiling = bl_message_ceiling(length);
    if (read_root(&message, type, bytes, length, rule, err)) {
        bl_bump_release(&message.bump);
        return -1;
    }
    *out = message;
    return 0;
}

void bl_message_release(struct bl_message *message)
{
    bl_bump_release(&message->bump);
    message->root = NULL;
}
