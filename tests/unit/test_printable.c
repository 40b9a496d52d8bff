/* What somebody else made, on its way to a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/utf8.h"
#include "executor/cli/printable.h"

static void printable__keeps_what_shows_itself(void **state)
{
    static const char text[] = "a b~ \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80";
    char out[64];

    (void)state;
    assert_int_equal(bl_printable(out, sizeof(out), text, strlen(text)), strlen(text));
    assert_string_equal(out, text);
}

static void printable__disarms_whatever_a_terminal_obeys(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"\x1B[31mred\x1B]0;title\x07", "?[31mred?]0;title?"},
        {"a\r\nb\tc\x7F", "a??b?c?"},
        {"\xC2\x9B"
         "31m",
         "?31m"}, /* CSI as one C1 control */
        {"\x9B"
         "31m",
         "?31m"},                            /* the same as a raw byte */
        {"\xE2\x80\xAEtxt.exe", "?txt.exe"}, /* right-to-left override */
        {"a\xE2\x80\x8B"
         "b\xEF\xBB\xBF",
         "a?b?"},              /* no width */
        {"\xE2\x80\xA8", "?"}, /* line separator */
        {"\xC0\xAF\xED\xA0\x80", "?????"},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        (void)bl_printable(out, sizeof(out), cases[i].text, strlen(cases[i].text));
        assert_string_equal(out, cases[i].shown);
    }
    assert_int_equal(bl_printable(out, sizeof(out), "a\0b", 3), 3);
    assert_string_equal(out, "a?b");
}

/* Every byte alone, and every pair. */
static void printable__lets_no_control_byte_through(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair <= 0xFFFF; pair++) {
        const unsigned char bytes[2] = {(unsigned char)(pair >> 8), (unsigned char)pair};
        char out[16];
        size_t length = bl_printable(out, sizeof(out), bytes, 2);

        assert_true(length >= 1 && length <= 2 && bl_utf8_valid(out, length));
        for (size_t i = 0; i < length; i++)
            assert_true((unsigned char)out[i] >= 0x20 && out[i] != 0x7F);
        assert_false((unsigned char)out[0] == 0xC2 && (unsigned char)out[1] < 0xA0);
    }
}

static void printable__cuts_between_characters_and_says_so(void **state)
{
    static const char text[] = "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC";

    (void)state;
    for (size_t room = 4; room < 20; room++) {
        char *out = malloc(room);
        size_t length;

        assert_non_null(out);
        length = bl_printable(out, room, text, strlen(text));
        assert_true(length < room && out[length] == '\0' && bl_utf8_valid(out, length));
        if (room <= strlen(text))
            assert_string_equal(out + length - 3, "...");
        else
            assert_string_equal(out, text);
        free(out);
    }
}

static void lines__each_behind_a_prefix_and_bounded(void **state)
{
    static const char text[] = "one\n\ttwo\x1B[2J\nthree\nfour";
    char *out = NULL;
    size_t length;
    FILE *to = open_memstream(&out, &length);

    (void)state;
    assert_non_null(to);
    bl_print_lines(to, "| ", text, strlen(text), 3);
    (void)fclose(to); /* to memory */
    assert_string_equal(out, "| one\n| \ttwo?[2J\n| three\n| (4 more bytes)\n");
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable__keeps_what_shows_itself),
        cmocka_unit_test(printable__disarms_whatever_a_terminal_obeys),
        cmocka_unit_test(printable__lets_no_control_byte_through),
        cmocka_unit_test(printable__cuts_between_characters_and_says_so),
        cmocka_unit_test(lines__each_behind_a_prefix_and_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
