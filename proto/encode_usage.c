/* encode_usage.c - the counters: known ones have a value, others none. */
#include <string.h>

#include "limits/usage_rows.h"
#include "proto/encode_private.h"

/* Field number n of the message is row n - 1: tests/unit/test_proto_encode.c holds it to the names.
 */
void bl_encode_usage(const struct bl_usage *usage, Bailiff__V1__Usage *out)
{
    const ProtobufCMessageDescriptor *type = &bailiff__v1__usage__descriptor;
    size_t count;
    const struct bl_usage_row *rows = bl_usage_rows(&count);

    bailiff__v1__usage__init(out);
    for (size_t i = 0; i < type->n_fields && i < count; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        uint64_t value = bl_usage_get(usage, &rows[i]);

        if (!bl_usage_is_known(usage, &rows[i]))
            continue;
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
            memcpy((char *)out + field->quantifier_offset, &field->id, sizeof(field->id));
        memcpy((char *)out + field->offset, &value, sizeof(value));
    }
}
