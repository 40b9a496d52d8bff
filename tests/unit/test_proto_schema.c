/* What all messages of bailiff.v1 must keep to, by the descriptors that the build made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <bailiff/v1/executor.pb-c.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

enum { DEPTH_MAX = 12 };

typedef void visitor(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field);

/* Calls visit for every field beneath a message. Types on the way from the root are in `way`. */
static void walk(const ProtobufCMessageDescriptor *type, const ProtobufCMessageDescriptor **way,
                 size_t depth, visitor *visit)
{
    for (size_t i = 0; i < depth; i++) {
        if (way[i] == type)
            fail_msg("%s contains itself", type->name);
    }
    if (depth == DEPTH_MAX)
        fail_msg("%s is nested deeper than %d", type->name, DEPTH_MAX);
    way[depth] = type;
    for (unsigned i = 0; i < type->n_fields; i++) {
        visit(type, &type->fields[i]);
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            walk(type->fields[i].descriptor, way, depth + 1, visit);
    }
}

/* Beneath every message that any method takes or gives. */
static unsigned walk_all(visitor *visit)
{
    static const ProtobufCServiceDescriptor *const services[] = {&bailiff__v1__executor__descriptor,
                                                                 &bailiff__v1__files__descriptor};
    const ProtobufCMessageDescriptor *way[DEPTH_MAX];
    unsigned methods = 0;

    for (size_t i = 0; i < BL_ARRAY_LEN(services); i++) {
        for (unsigned k = 0; k < services[i]->n_methods; k++, methods++) {
            walk(services[i]->methods[k].input, way, 0, visit);
            walk(services[i]->methods[k].output, way, 0, visit);
        }
    }
    return methods;
}

static void look_away(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    (void)type;
    (void)field;
}

/* protobuf-c recurses without a bound: so must no message. */
static void schema__no_message_contains_itself(void **state)
{
    (void)state;
    assert_int_equal(walk_all(look_away), 10);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);

    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static void expect_wide(const ProtobufCMessageDescriptor *type,
                        const ProtobufCFieldDescriptor *field)
{
    if ((ends_with(field->name, "_ns") || ends_with(field->name, "_bytes")) &&
        field->type != PROTOBUF_C_TYPE_UINT64 && field->type != PROTOBUF_C_TYPE_MESSAGE)
        fail_msg("%s.%s: times and sizes have 64 bits", type->name, field->name);
}

static void schema__times_and_sizes_have_64_bits(void **state)
{
    (void)state;
    (void)walk_all(expect_wide);
}

static void expect_bytes(const ProtobufCMessageDescriptor *type,
                         const ProtobufCFieldDescriptor *field)
{
    static const char *const made_by_programs[] = {"data", "message", "sha256", "inline"};

    for (size_t i = 0; i < BL_ARRAY_LEN(made_by_programs); i++) {
        if (strcmp(field->name, made_by_programs[i]) == 0 && field->type != PROTOBUF_C_TYPE_BYTES &&
            type != &bailiff__v1__error__descriptor)
            fail_msg("%s.%s is no bytes", type->name, field->name);
    }
}

static void schema__what_a_program_made_is_bytes(void **state)
{
    const ProtobufCFieldDescriptor *name = protobuf_c_message_descriptor_get_field_by_name(
        &bailiff__v1__collected_file__descriptor, "name");

    (void)state;
    assert_int_equal(name->type, PROTOBUF_C_TYPE_BYTES);
    (void)walk_all(expect_bytes);
}

/* An open enum's 0 means that nobody said anything, or what is so by default. */
static void schema__enums_begin_with_zero(void **state)
{
    static const ProtobufCEnumDescriptor *const enums[] = {
        &bailiff__v1__stop__descriptor,    &bailiff__v1__stream__descriptor,
        &bailiff__v1__outcome__descriptor, &bailiff__v1__skip__descriptor,
        &bailiff__v1__verdict__descriptor, &bailiff__v1__noise__descriptor,
        &bailiff__v1__fault__descriptor,   &bailiff__v1__end__descriptor,
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(enums); i++)
        assert_non_null(protobuf_c_enum_descriptor_get_value(enums[i], 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema__no_message_contains_itself),
        cmocka_unit_test(schema__times_and_sizes_have_64_bits),
        cmocka_unit_test(schema__what_a_program_made_is_bytes),
        cmocka_unit_test(schema__enums_begin_with_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
