/* UTF-8 by the standard, and what stands for bytes that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/utf8.h"

static void utf8__takes_whole_characters_only(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"a", 1},
        {"\xC3\xA9", 2},
        {"\xE2\x82\xAC", 3},
        {"\xF0\x9F\x98\x80", 4},
        {"\x80", 0},
        {"\xC0\xAF", 0},
        {"\xC1\xBF", 0},
        {"\xE0\x9F\xBF", 0},
        {"\xED\xA0\x80", 0},
        {"\xF0\x8F\xBF\xBF", 0},
        {"\xF4\x90\x80\x80", 0},
        {"\xF5\x80\x80\x80", 0},
        {"\xC3", 0},
        {"\xE2\x82", 0},
        {"\xC3(", 0},
        {"\xE2\x82(", 0},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++)
        assert_int_equal(bl_utf8_length(cases[i].text, strlen(cases[i].text)), cases[i].length);
    assert_int_equal(bl_utf8_length("", 0), 0);
}

static void utf8__is_checked_by_the_standard(void **state)
{
    static const char *const good[] = {
        "", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",         "\xc3",         "\xc0\x80",         "\xc1\xbf",
        "\xed\xa0\x80", "\xe0\x9f\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
        "\xe2\x82"};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(good); i++)
        assert_true(bl_utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < BL_ARRAY_LEN(bad); i++)
        assert_false(bl_utf8_valid(bad[i], strlen(bad[i])));
    assert_false(bl_utf8_valid("a\0b", 3));
}

static void utf8__replaces_each_byte_of_no_character(void **state)
{
    static const struct {
        const char *text;
        size_t length;
        const char *clean;
    } cases[] = {
        {"", 0, ""},
        {"caf\xC3\xA9", 5, "caf\xC3\xA9"},
        {"\xFF\xFE", 2, "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"a\xE2\x82", 3, "a\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xE2(", 2, "\xEF\xBF\xBD("},
    };
    char clean[BL_UTF8_GROWTH * 8 + 1];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        assert_int_equal(bl_utf8_clean(clean, cases[i].text, cases[i].length),
                         strlen(cases[i].clean));
        assert_string_equal(clean, cases[i].clean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8__takes_whole_characters_only),
        cmocka_unit_test(utf8__is_checked_by_the_standard),
        cmocka_unit_test(utf8__replaces_each_byte_of_no_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
