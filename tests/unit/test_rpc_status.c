/* Status codes, their text on the wire, and grpc-timeout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/rpc/status.h"
#include "executor/rpc/timeout.h"

static void status__has_grpcs_numbers_and_names(void **state)
{
    (void)state;
    assert_int_equal(BL_RPC_UNAUTHENTICATED, 16);
    assert_string_equal(bl_rpc_status_name(BL_RPC_DEADLINE_EXCEEDED), "DEADLINE_EXCEEDED");
    assert_int_equal(bl_rpc_status_parse("0"), BL_RPC_OK);
    assert_int_equal(bl_rpc_status_parse("14"), BL_RPC_UNAVAILABLE);
}

static void status__that_grpc_does_not_define_is_unknown(void **state)
{
    static const char *const texts[] = {"", "17", "99", "-1", "x", "1x", " 1", "000", "4294967296"};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(texts); i++)
        assert_int_equal(bl_rpc_status_parse(texts[i]), BL_RPC_UNKNOWN);
    assert_int_equal(bl_rpc_status_of_http(200), BL_RPC_UNKNOWN);
    assert_int_equal(bl_rpc_status_of_http(503), BL_RPC_UNAVAILABLE);
}

static void status__follows_the_fault(void **state)
{
    static const struct {
        enum bl_step step;
        enum bl_rpc_status status;
    } rows[] = {
        {BL_STEP_FIELD, BL_RPC_INVALID_ARGUMENT}, {BL_STEP_SLOTS, BL_RPC_RESOURCE_EXHAUSTED},
        {BL_STEP_MEMORY, BL_RPC_UNAVAILABLE},     {BL_STEP_WARDEN_GONE, BL_RPC_UNAVAILABLE},
        {BL_STEP_CGROUP_CREATE, BL_RPC_INTERNAL},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_err err = {.step = rows[i].step};

        assert_int_equal(bl_rpc_status_of(&err), rows[i].status);
    }
}

static void message__travels_whatever_its_bytes(void **state)
{
    char every_byte[256], wire[BL_RPC_MESSAGE_WIRE_MAX], back[BL_RPC_MESSAGE_MAX + 1];

    (void)state;
    for (int i = 0; i < 255; i++)
        every_byte[i] = (char)(i + 1);
    every_byte[255] = '\0';
    (void)bl_rpc_message_encode(wire, every_byte);
    for (const char *at = wire; *at; at++)
        assert_in_range(*at, ' ', '~');
    assert_int_equal(bl_rpc_message_decode(back, wire), 255);
    assert_string_equal(back, every_byte);
    (void)bl_rpc_message_encode(wire, "50% \xc3\xa9");
    assert_string_equal(wire, "50%25 %C3%A9");
}

static void message__that_is_too_long_is_cut_between_characters(void **state)
{
    char text[BL_RPC_MESSAGE_MAX + 3], wire[BL_RPC_MESSAGE_WIRE_MAX], back[BL_RPC_MESSAGE_MAX + 1];

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text + BL_RPC_MESSAGE_MAX - 1, "\xc3\xa9", 3);
    assert_int_equal(bl_rpc_message_encode(wire, text), BL_RPC_MESSAGE_MAX - 1);
    memset(text, '\x01', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(bl_rpc_message_encode(wire, text), BL_RPC_MESSAGE_WIRE_MAX - 1);
    assert_int_equal(bl_rpc_message_decode(back, wire), BL_RPC_MESSAGE_MAX);
}

static void message__badly_encoded_is_taken_as_it_stands(void **state)
{
    char back[BL_RPC_MESSAGE_MAX + 1];

    (void)state;
    (void)bl_rpc_message_decode(back, "%zz%4%41%");
    assert_string_equal(back, "%zz%4A%");
    (void)bl_rpc_message_decode(back, "a%00b");
    assert_string_equal(back, "a?b");
}

static void timeout__has_six_units(void **state)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } rows[] = {
        {"0n", 0},
        {"1n", 1},
        {"2u", 2000},
        {"3m", 3000000},
        {"4S", 4000000000},
        {"5M", 300000000000},
        {"99999999n", 99999999},
        {"6H", 21600000000000},
        {"99999999H", UINT64_MAX},
    };
    uint64_t ns;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        assert_true(bl_rpc_timeout_parse(rows[i].text, &ns));
        assert_true(ns == rows[i].ns);
    }
}

static void timeout__refuses_all_else(void **state)
{
    static const char *const texts[] = {"",    "1",  "S",   "-1S", "+1S", "1.5S",
                                        " 1S", "1s", "1S ", "1SS", "1 S", "123456789n"};
    uint64_t ns = 7;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(texts); i++)
        assert_false(bl_rpc_timeout_parse(texts[i], &ns));
    assert_int_equal(ns, 7);
}

static void timeout__as_written_is_never_shorter(void **state)
{
    static const uint64_t values[] = {0,         1,          99999998,       99999999,
                                      100000001, 1234567890, 99999999999999, UINT64_MAX};
    char text[BL_RPC_TIMEOUT_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(values); i++) {
        uint64_t back;

        assert_true(bl_rpc_timeout_parse(bl_rpc_timeout_format(values[i], text), &back));
        assert_true(back >= values[i]);
        assert_true(back - values[i] <= values[i] / 100000 + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status__has_grpcs_numbers_and_names),
        cmocka_unit_test(status__that_grpc_does_not_define_is_unknown),
        cmocka_unit_test(status__follows_the_fault),
        cmocka_unit_test(message__travels_whatever_its_bytes),
        cmocka_unit_test(message__that_is_too_long_is_cut_between_characters),
        cmocka_unit_test(message__badly_encoded_is_taken_as_it_stands),
        cmocka_unit_test(timeout__has_six_units),
        cmocka_unit_test(timeout__refuses_all_else),
        cmocka_unit_test(timeout__as_written_is_never_shorter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
