/* Events on their way to people and machines. What a hostile program or worker may put into them is
 * put into every field of the schema, also into those that will be added. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/arena.h"
#include "executor/cli/client/event_json.h"
#include "executor/cli/client/event_text.h"
#include "executor/cli/client/message_json.h"
#include "executor/cli/client/status_text.h"

static char evil[] = "\x1B]0;x\x07\x1B[2J\r\b\xC2\x9B"
                     "31m\x9B"
                     "31m\xE2\x80\xAE\x7F";

static void *room(struct bl_arena *arena, size_t size)
{
    struct bl_err err;
    void *place = bl_arena_alloc(arena, 1, size, &err);

    assert_non_null(place);
    return place;
}

static ProtobufCMessage *fill(struct bl_arena *arena, const ProtobufCMessageDescriptor *type,
                              unsigned choice);

/* Whatever the field is, as bad as it can be; numbers are what the caller says. */
static void fill_value(struct bl_arena *arena, const ProtobufCFieldDescriptor *field, void *place,
                       unsigned choice)
{
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)place = evil;
        break;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)place = (ProtobufCBinaryData){sizeof(evil), (uint8_t *)evil};
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)place = fill(arena, field->descriptor, choice);
        break;
    case PROTOBUF_C_TYPE_UINT64:
        *(uint64_t *)place = choice % 3 ? choice : UINT64_MAX;
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)place = choice % 2;
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)place = choice % 7 == 6 ? INT32_MAX : (int)choice;
        break;
    default:
        *(uint32_t *)place = choice % 5 == 4 ? UINT32_MAX : choice;
        break;
    }
}

/* A list of one; of a oneof, the alternative that the choice falls on. */
static ProtobufCMessage *fill(struct bl_arena *arena, const ProtobufCMessageDescriptor *type,
                              unsigned choice)
{
    char *message = room(arena, type->sizeof_message);

    type->message_init((ProtobufCMessage *)message);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[(i + choice) % type->n_fields];
        char *place = message + field->offset;

        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            char **list = (char **)(void *)place;

            *(size_t *)(message + field->quantifier_offset) = 1;
            place = *list = room(arena, sizeof(ProtobufCBinaryData));
        } else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            uint32_t *which = (uint32_t *)(message + field->quantifier_offset);

            if (*which || choice % 4 == 3) /* once in a while: none of them */
                continue;
            *which = field->id;
        }
        fill_value(arena, field, place, choice);
    }
    return (ProtobufCMessage *)message;
}

/* Newlines are ours, between lines. */
static void assert_harmless(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c < 0x20 && c != '\n') || c == 0x7F ||
            (c == 0xC2 && i + 1 < length && (unsigned char)text[i + 1] < 0xA0) ||
            (c == 0xE2 && i + 1 < length && (unsigned char)text[i + 1] == 0x80 &&
             (unsigned char)text[i + 2] >= 0xAA && (unsigned char)text[i + 2] <= 0xAE))
            fail_msg("byte %02x at %zu of: %s", c, i, text);
    }
}

enum { CHOICES = 120 };

static void event_text__disarms_every_field_of_the_schema(void **state)
{
    size_t lines = 0;

    (void)state;
    for (unsigned choice = 0; choice < CHOICES; choice++) {
        struct bl_arena arena = {NULL};
        char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);
        struct bl_event_printer printer = {.results = to, .verbose = choice % 2};

        assert_non_null(to);
        bl_event_print(&printer,
                       (const void *)fill(&arena, &bailiff__v1__event__descriptor, choice));
        (void)fclose(to); /* to memory */
        assert_harmless(text, length);
        lines += length > 0;
        free(text);
        bl_arena_release(&arena);
    }
    assert_true(lines > CHOICES / 10); /* cases and ends were among them */
}

static void status_text__disarms_every_field_of_the_schema(void **state)
{
    (void)state;
    for (unsigned choice = 0; choice < CHOICES; choice++) {
        struct bl_arena arena = {NULL};
        char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);
        const void *status = fill(&arena, &bailiff__v1__worker_status__descriptor, choice);

        assert_non_null(to);
        bl_status_print(to, status);
        bl_status_print_line(to, status);
        (void)fclose(to); /* to memory */
        assert_true(length > 0);
        assert_harmless(text, length);
        free(text);
        bl_arena_release(&arena);
    }
}

static void event_json__is_one_line_of_plain_ascii_whatever_is_in_it(void **state)
{
    (void)state;
    for (unsigned choice = 0; choice < CHOICES; choice++) {
        struct bl_arena arena = {NULL};
        json_t *json =
            bl_event_json((const void *)fill(&arena, &bailiff__v1__event__descriptor, choice));
        char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);
        json_error_t error = {.text = "not the same"};
        json_t *again;

        assert_non_null(json);
        assert_non_null(to);
        assert_int_equal(bl_json_print(to, json), 0);
        (void)fclose(to); /* to memory */
        assert_ptr_equal(strchr(text, '\n'), text + length - 1);
        for (size_t i = 0; i + 1 < length; i++)
            assert_true(text[i] >= 0x20 && text[i] < 0x7F);
        again = json_loads(text, JSON_ALLOW_NUL, &error);
        if (!json_equal(json, again))
            fail_msg("%s: %s", error.text, text);
        json_decref(again);
        json_decref(json);
        free(text);
        bl_arena_release(&arena);
    }
}

static void event_json__keeps_bytes_that_are_no_text(void **state)
{
    Bailiff__V1__Data data = BAILIFF__V1__DATA__INIT;
    uint8_t bytes[] = {'a', 0, 0xFF, 'b'};
    json_t *json;

    (void)state;
    data.data = (ProtobufCBinaryData){sizeof(bytes), bytes};
    json = bl_message_json(&data.base, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "data_base64")), "YQD/Yg==");
    assert_true(json_is_null(json_object_get(json, "sha256")));
    json_decref(json);

    data.data = (ProtobufCBinaryData){1, bytes};
    json = bl_message_json(&data.base, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "data")), "a");
    assert_null(json_object_get(json, "data_base64"));
    json_decref(json);
}

static void base64__is_that_of_rfc_4648(void **state)
{
    static const char *const texts[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(texts); i++) {
        const ProtobufCBinaryData bytes = {strlen(texts[i][0]), (uint8_t *)(uintptr_t)texts[i][0]};
        json_t *json = bl_base64_json(&bytes);

        assert_string_equal(json_string_value(json), texts[i][1]);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_text__disarms_every_field_of_the_schema),
        cmocka_unit_test(status_text__disarms_every_field_of_the_schema),
        cmocka_unit_test(event_json__is_one_line_of_plain_ascii_whatever_is_in_it),
        cmocka_unit_test(event_json__keeps_bytes_that_are_no_text),
        cmocka_unit_test(base64__is_that_of_rfc_4648),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
