#include "executor/cli/client/job_value.h"

#include <assert.h>
#include <string.h>

#include "bailiff/digest.h"
#include "bailiff/units.h"

size_t bl_job_value_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    return sizeof(uint32_t);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Without a unit, what the field's name says: bl_parse_time() alone would take seconds. */
static int read_uint64(const struct bl_yaml_file *file, const struct bl_yaml *node,
                       const ProtobufCFieldDescriptor *field, uint64_t *value, struct bl_err *err)
{
    bool time = ends_with(field->name, "_ns"), size = ends_with(field->name, "_bytes");
    enum bl_units_result result;

    if (bl_yaml_expect(file, node, BL_YAML_SCALAR, err) < 0)
        return -1;
    result = bl_parse_count(node->text, value);
    if (result == BL_UNITS_NOT_A_NUMBER || result == BL_UNITS_UNKNOWN_UNIT ||
        result == BL_UNITS_TOO_FINE)
        result = time   ? bl_parse_time(node->text, value)
                 : size ? bl_parse_size(node->text, value)
                        : result;
    if (result == BL_UNITS_OK)
        return 0;
    return bl_yaml_fail(file, node, err, "\"%.40s\": %s: it takes %s", node->text,
                        bl_units_problem(result),
                        time   ? "nanoseconds, or a unit as in 1.5s"
                        : size ? "bytes, or a unit as in 64MiB"
                               : "a whole number");
}

static int read_int32(const struct bl_yaml_file *file, const struct bl_yaml *node, int32_t *value,
                      struct bl_err *err)
{
    const char *digits = node->kind == BL_YAML_SCALAR ? node->text : "";
    bool negative = digits[0] == '-';
    uint64_t count;

    if (bl_parse_count(digits + negative, &count) != BL_UNITS_OK || count > INT32_MAX)
        return bl_yaml_fail(file, node, err, "must be a whole number from %d to %d", -INT32_MAX,
                            INT32_MAX);
    *value = negative ? -(int32_t)count : (int32_t)count;
    return 0;
}

static int read_enum(const struct bl_yaml_file *file, const struct bl_yaml *node,
                     const ProtobufCEnumDescriptor *type, int32_t *value, struct bl_err *err)
{
    char known[128] = "";
    size_t at = 0;

    if (bl_yaml_expect(file, node, BL_YAML_SCALAR, err) < 0)
        return -1;
    for (unsigned i = 0; i < type->n_values; i++) {
        if (strcmp(type->values[i].name, node->text) == 0) {
            *value = type->values[i].value;
            return 0;
        }
        if (at < sizeof(known))
            at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s", i ? ", " : "",
                                   type->values[i].name);
    }
    return bl_yaml_fail(file, node, err, "\"%.30s\" is none of %s", node->text, known);
}

/* `inline` as text, a digest as hex digits: the only two kinds of bytes in a job. */
static int read_bytes(const struct bl_yaml_file *file, const struct bl_yaml *node,
                      const ProtobufCFieldDescriptor *field, ProtobufCBinaryData *value,
                      struct bl_arena *arena, struct bl_err *err)
{
    struct bl_digest digest;
    size_t length;

    if (bl_yaml_expect(file, node, BL_YAML_SCALAR, err) < 0)
        return -1;
    length = strlen(node->text);
    if (strcmp(field->name, "sha256") != 0) {
        *value = (ProtobufCBinaryData){length, (uint8_t *)(uintptr_t)node->text}; /* read only */
        return 0;
    }
    if (!bl_digest_parse(node->text, &digest))
        return bl_yaml_fail(file, node, err, "a digest is 64 lower-case hex digits");
    value->len = BL_DIGEST_BYTES;
    value->data =
        (uint8_t *)bl_arena_string(arena, (const char *)digest.bytes, BL_DIGEST_BYTES, err);
    return value->data ? 0 : -1;
}

static int read_bool(const struct bl_yaml_file *file, const struct bl_yaml *node,
                     protobuf_c_boolean *place, struct bl_err *err)
{
    bool value;

    if (bl_yaml_bool(file, node, &value, err) < 0)
        return -1;
    *place = value;
    return 0;
}

static int read_uint32(const struct bl_yaml_file *file, const struct bl_yaml *node, uint32_t *place,
                       struct bl_err *err)
{
    uint64_t value;

    if (bl_yaml_count(file, node, 0, UINT32_MAX, &value, err) < 0)
        return -1;
    *place = (uint32_t)value;
    return 0;
}

int bl_job_value_read(const struct bl_yaml_file *file, const struct bl_yaml *node,
                      const ProtobufCFieldDescriptor *field, void *place, struct bl_arena *arena,
                      struct bl_err *err)
{
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_UINT64:
        return read_uint64(file, node, field, place, err);
    case PROTOBUF_C_TYPE_UINT32:
        return read_uint32(file, node, place, err);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
        return read_int32(file, node, place, err);
    case PROTOBUF_C_TYPE_BOOL:
        return read_bool(file, node, place, err);
    case PROTOBUF_C_TYPE_DOUBLE:
        return bl_yaml_number(file, node, place, err);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(file, node, field->descriptor, place, err);
    case PROTOBUF_C_TYPE_STRING:
        return bl_yaml_text(file, node, (const char **)place, err);
    case PROTOBUF_C_TYPE_BYTES:
        return read_bytes(file, node, field, place, arena, err);
    default:
        assert(false); /* a type that the schema has not had so far: tests/unit/test_job_file.c */
        return bl_yaml_fail(file, node, err, "can't be written in a job file");
    }
}
