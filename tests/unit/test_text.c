/* Texts that are made without printf(3): the same ones that it would make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/text.h"

static const uint64_t numbers[] = {0,
                                   1,
                                   9,
                                   10,
                                   99,
                                   100,
                                   UINT32_MAX,
                                   (uint64_t)UINT32_MAX + 1,
                                   INT64_MAX,
                                   UINT64_MAX,
                                   UINT64_MAX - 5};

static void numbers__are_in_decimal(void **state)
{
    char expected[32], text[BL_TEXT_NUMBER_MAX];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(numbers); i++) {
        (void)snprintf(expected, sizeof(expected), "%" PRIu64, numbers[i]);
        assert_ptr_equal(bl_text_number(text, numbers[i]), text + strlen(expected));
        assert_string_equal(text, expected);
    }
}

static void hexadecimal__is_of_so_many_digits(void **state)
{
    char expected[32], text[17];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(numbers); i++) {
        (void)snprintf(expected, sizeof(expected), "%016" PRIx64, numbers[i]);
        assert_ptr_equal(bl_text_hex(text, numbers[i], 16), text + 16);
        assert_string_equal(text, expected);
        (void)bl_text_hex(text, numbers[i], 3);
        assert_string_equal(text, expected + 13);
    }
}

static void copies__are_whole_or_say_that_they_are_cut(void **state)
{
    char text[] = "........";

    (void)state;
    assert_true(bl_text_copy(text, 4, "abc"));
    assert_memory_equal(text, "abc\0....", 8);
    assert_false(bl_text_copy(text, 4, "wxyz"));
    assert_memory_equal(text, "wxy\0....", 8);
    assert_true(bl_text_copy(text, 1, ""));
    assert_memory_equal(text, "\0xy\0....", 8);
    assert_false(bl_text_copy(text, 1, "a"));
    assert_memory_equal(text, "\0xy\0....", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers__are_in_decimal),
        cmocka_unit_test(hexadecimal__is_of_so_many_digits),
        cmocka_unit_test(copies__are_whole_or_say_that_they_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
