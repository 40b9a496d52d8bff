#include "executor/cli/client/message_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/digest.h"
#include "bailiff/own.h"
#include "bailiff/utf8.h"
#include "executor/cli/client/job_value.h"

json_t *bl_number_json(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *bl_bytes_json(const ProtobufCBinaryData *bytes)
{
    bl_autofree char *clean = malloc(BL_UTF8_GROWTH * bytes->len + 1);

    if (!clean)
        return NULL;
    return json_stringn_nocheck(clean, bl_utf8_clean(clean, (const char *)bytes->data, bytes->len));
}

json_t *bl_base64_json(const ProtobufCBinaryData *bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = (bytes->len + 2) / 3 * 4;
    bl_autofree char *text = malloc(length + 1);

    if (!text)
        return NULL;
    for (size_t i = 0, o = 0; i < bytes->len; i += 3, o += 4) {
        size_t left = bytes->len - i;
        uint32_t three = (uint32_t)bytes->data[i] << 16 |
                         (left > 1 ? (uint32_t)bytes->data[i + 1] << 8 : 0) |
                         (left > 2 ? bytes->data[i + 2] : 0u);

        text[o] = digits[three >> 18];
        text[o + 1] = digits[three >> 12 & 63];
        text[o + 2] = left > 1 ? digits[three >> 6 & 63] : '=';
        text[o + 3] = left > 2 ? digits[three & 63] : '=';
    }
    return json_stringn_nocheck(text, length);
}

static json_t *digest_json(const ProtobufCBinaryData *bytes)
{
    struct bl_digest digest;
    char text[BL_DIGEST_TEXT_MAX];

    if (bytes->len != sizeof(digest.bytes))
        return json_null();
    memcpy(digest.bytes, bytes->data, sizeof(digest.bytes));
    return json_string(bl_digest_format(&digest, text));
}

/* How many characters all names of an enum begin with, up to an underscore. */
static size_t common_beginning(const ProtobufCEnumDescriptor *type)
{
    const char *first = type->values[0].name;
    size_t length = strlen(first);

    for (unsigned i = 1; i < type->n_values; i++) {
        size_t same = 0;

        while (same < length && type->values[i].name[same] == first[same])
            same++;
        length = same;
    }
    while (length > 0 && first[length - 1] != '_')
        length--;
    return length;
}

static json_t *enum_json(const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
    char number[16];

    if (!found) {
        (void)snprintf(number, sizeof(number), "%d", value);
        return json_string(number);
    }
    if (value == 0 && strstr(found->name, "_UNSPECIFIED"))
        return json_null();
    return json_string(found->name + common_beginning(type));
}

static json_t *value_json(const ProtobufCFieldDescriptor *field, const void *place,
                          const struct bl_json_form *forms)
{
    ProtobufCBinaryData text;

    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_UINT32:
        return json_integer(*(const uint32_t *)place);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
        return json_integer(*(const int32_t *)place);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)place);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_json(field->descriptor, *(const int *)place);
    case PROTOBUF_C_TYPE_STRING: /* was checked as it was read; checked again costs nothing */
        text.data = *(uint8_t *const *)place;
        text.len = strlen((const char *)text.data);
        return bl_bytes_json(&text);
    case PROTOBUF_C_TYPE_BYTES:
        return strcmp(field->name, "sha256") == 0 ? digest_json(place) : bl_bytes_json(place);
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(const ProtobufCMessage *const *)place
                   ? bl_message_json(*(const ProtobufCMessage *const *)place, forms)
                   : json_null();
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_real(*(const double *)place);
    default:
        return bl_number_json(*(const uint64_t *)place); /* the answers' only other type */
    }
}

static json_t *list_json(const ProtobufCFieldDescriptor *field, const char *message,
                         const struct bl_json_form *forms)
{
    size_t count = *(const size_t *)(message + field->quantifier_offset);
    const char *items = *(const char *const *)(message + field->offset);
    json_t *list = json_array();

    for (size_t i = 0; list && i < count; i++) {
        if (json_array_append_new(
                list, value_json(field, items + i * bl_job_value_size(field), forms)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Of a oneof with others in it, an alternative that was not given says nothing. */
static bool is_one_of_several(const ProtobufCMessageDescriptor *type,
                              const ProtobufCFieldDescriptor *field)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *other = &type->fields[i];

        if (other != field && other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
            other->quantifier_offset == field->quantifier_offset)
            return true;
    }
    return false;
}

static int add_base64(json_t *object, const ProtobufCFieldDescriptor *field,
                      const ProtobufCBinaryData *bytes)
{
    char name[80];

    if (strcmp(field->name, "sha256") == 0 || bl_utf8_valid((const char *)bytes->data, bytes->len))
        return 0;
    (void)snprintf(name, sizeof(name), "%s_base64", field->name);
    return json_object_set_new(object, name, bl_base64_json(bytes));
}

static int add_field(json_t *object, const ProtobufCMessageDescriptor *type,
                     const ProtobufCFieldDescriptor *field, const char *message,
                     const struct bl_json_form *forms)
{
    const void *place = message + field->offset;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return json_object_set_new(object, field->name, list_json(field, message, forms));
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
        *(const uint32_t *)(message + field->quantifier_offset) != field->id)
        return is_one_of_several(type, field)
                   ? 0
                   : json_object_set_new(object, field->name, json_null());
    if (json_object_set_new(object, field->name, value_json(field, place, forms)) < 0)
        return -1;
    return field->type == PROTOBUF_C_TYPE_BYTES ? add_base64(object, field, place) : 0;
}

int bl_message_json_add(json_t *object, const ProtobufCMessage *message,
                        const struct bl_json_form *forms)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;

    for (unsigned i = 0; i < type->n_fields; i++) {
        if (add_field(object, type, &type->fields[i], (const char *)message, forms) < 0)
            return -1;
    }
    return 0;
}

json_t *bl_message_json(const ProtobufCMessage *message, const struct bl_json_form *forms)
{
    json_t *object;

    for (const struct bl_json_form *form = forms; form && form->type; form++) {
        if (form->type == message->descriptor)
            return form->make(message, forms);
    }
    object = json_object();
    if (object && bl_message_json_add(object, message, forms) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

int bl_json_print(FILE *to, const json_t *json)
{
    bl_autofree char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);

    if (!text) {
        errno = ENOMEM;
        return -1;
    }
    for (const char *c = text; *c; c++) { /* the one control character that JSON lets through */
        if (*c == 0x7F ? fputs("\\u007f", to) < 0 : putc(*c, to) == EOF)
            return -1;
    }
    return putc('\n', to) == EOF ? -1 : 0;
}
