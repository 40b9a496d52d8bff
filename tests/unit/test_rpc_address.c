/* Addresses as people write them, and descriptor sets that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/rpc/address.h"
#include "executor/rpc/descriptor_set.h"
#include "proto/descriptors.h"

static void address__reads_what_it_writes(void **state)
{
    static const struct {
        const char *text;
        bool local;
    } rows[] = {
        {"unix:/run/a.sock", true}, {"127.0.0.1:50051", true},   {"127.9.9.9:1", true},
        {"[::1]:65535", true},      {"0.0.0.0:0", false},        {"10.0.0.1:80", false},
        {"[::]:80", false},         {"[2001:db8::1]:80", false}, {"fd:3", false},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_address address;
        struct bl_err err;
        char text[BL_ADDRESS_TEXT_MAX];

        assert_int_equal(bl_address_parse(&address, rows[i].text, &err), 0);
        assert_string_equal(bl_address_text(&address, text), rows[i].text);
        assert_int_equal(bl_address_is_local(&address), rows[i].local);
    }
}

/* Mapped IPv4 is not taken for loopback, because the kernel's rules for it depend on a sysctl. */
static void address__mapped_loopback_is_not_trusted(void **state)
{
    struct bl_address address;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_address_parse(&address, "[::ffff:127.0.0.1]:1", &err), 0);
    assert_false(bl_address_is_local(&address));
}

static void address__refuses_all_else(void **state)
{
    static const char *const texts[] = {
        "",           "unix:",       "unix:a",     "localhost:1",    "127.0.0.1",
        "127.0.0.1:", "127.0.0.1:x", "1.2.3.4:-1", "1.2.3.4:65536",  ":1",
        "::1:1",      "[::1]",       "[::1",       "[]:1",           "[1.2.3.4]:1",
        "fd:",        "fd:2",        "fd:-3",      "fd:99999999999", "1.2.3.4:1 "};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(texts); i++) {
        struct bl_address address;
        struct bl_err err = {.step = BL_STEP_NONE};

        assert_int_equal(bl_address_parse(&address, texts[i], &err), -1);
        assert_int_equal(err.step, BL_STEP_ADDRESS);
    }
}

static void descriptor_set__cut_anywhere_is_read_within_its_length(void **state)
{
    static unsigned char copy[1 << 16];
    struct bl_service_name names[8];
    struct bl_span file;

    (void)state;
    assert_in_range(bl_proto_descriptors_length, 100, sizeof(copy));
    for (size_t length = 0; length < bl_proto_descriptors_length; length++) {
        struct bl_span set = {copy + sizeof(copy) - length, length};

        memcpy(copy + sizeof(copy) - length, bl_proto_descriptors, length);
        assert_false(bl_descriptor_set_file(set, "no/such.proto", &file));
        assert_false(bl_descriptor_set_symbol(set, "no.such.Symbol", &file));
        (void)bl_descriptor_set_services(set, names, 8);
    }
}

static void descriptor_set__finds_what_it_holds(void **state)
{
    const struct bl_span set = {bl_proto_descriptors, bl_proto_descriptors_length};
    struct bl_service_name name;
    struct bl_span by_name, by_symbol;

    (void)state;
    assert_true(bl_descriptor_set_file(set, "grpc/health/v1/health.proto", &by_name));
    assert_true(bl_descriptor_set_symbol(set, "grpc.health.v1.Health.Watch", &by_symbol));
    assert_ptr_equal(by_name.bytes, by_symbol.bytes);
    assert_false(bl_descriptor_set_symbol(set, "grpc.health.v1.Health.Watc", &by_symbol));
    assert_true(bl_descriptor_set_services(set, &name, 1) >= 3); /* one is filled in */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address__reads_what_it_writes),
        cmocka_unit_test(address__mapped_loopback_is_not_trusted),
        cmocka_unit_test(address__refuses_all_else),
        cmocka_unit_test(descriptor_set__cut_anywhere_is_read_within_its_length),
        cmocka_unit_test(descriptor_set__finds_what_it_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
