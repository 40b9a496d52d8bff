/* The default validator against a table of cases; numbers against sscanf() itself. */
#include "limits/default_validator.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

#include <cmocka.h>

struct row {
    const char *flags, *answer, *output;
    bool accepted;
};

static const struct row rows[] = {
    {"", "1 2 3\n", "1 2 3\n", true},
    {"", "1 2 3\n", "1 2 3", true},
    {"", "1 2 3\n", "  1\t2\v\f\r\n3 \n\n", true},
    {"", "1 2 3\n", "1 2\n", false},
    {"", "1 2 3\n", "1 2 3 4\n", false},
    {"", "1 2 3\n", "12 3\n", false},
    {"", "", "", true},
    {"", "", " \n", true},
    {"", " \n", "", true},
    {"", "", "x", false},
    {"", "x", "", false},
    {"", "x", " \n ", false},
    {"", "Yes", "yEs", true},
    {"", "Yes", "yEs!", false},
    {"case_sensitive", "Yes", "yes", false},
    {"case_sensitive", "Yes", "Yes", true},
    {"", "\xc3\x84", "\xc3\xa4", false}, /* A and a with dots: ASCII case only */
    {"", "[", "{", false},               /* differ by bit 5, but are no letters */
    {"", "1.0", "1", false},
    {"", "1e3", "1000", false},
    {"", "no", "no\b", false},
    {"space_change_sensitive", "1 2\n", "1 2\n", true},
    {"space_change_sensitive", "1 2\n", "1  2\n", false},
    {"space_change_sensitive", "1 2\n", "1\t2\n", false},
    {"space_change_sensitive", "1 2\n", "1 2", false},
    {"space_change_sensitive", "1 2", "1 2\n", false},
    {"space_change_sensitive", "1 2\n", " 1 2\n", false},
    {"space_change_sensitive", " 1 2\n", "1 2\n", false},
    {"space_change_sensitive", "1 2\n", "1 2\r\n", false},
    {"space_change_sensitive", "1 2\n\n", "1 2\n", false},
    {"space_change_sensitive", "a B", "A b", true},
    {"space_change_sensitive case_sensitive", "a B", "A b", false},
    {"space_change_sensitive", "", "\n", false},
    {"space_change_sensitive", "\n", "", false},
    {"float_tolerance 1e-6", "0.0314", "3.14000000e-2", true},
    {"float_tolerance 1e-6", "1", "1.0000009", true},
    {"float_tolerance 1e-6", "1", "1.0000011", false},
    {"float_tolerance 1e-6", "1000000", "1000000.9", true},
    {"float_tolerance 1e-6", "1000000", "1000001.1", false},
    {"float_tolerance 1e-6", "0", "-0", true},
    {"float_tolerance 1e-6", "0", "1e-7", true},
    {"float_absolute_tolerance 0.5", "10", "10.5", true},
    {"float_absolute_tolerance 0.5", "10", "10.51", false},
    {"float_absolute_tolerance 0.5", "1000", "1001", false},
    {"float_relative_tolerance 0.25", "100", "125", true},
    {"float_relative_tolerance 0.25", "100", "126", false},
    {"float_relative_tolerance 0.1", "0", "1e-300", false},
    {"float_relative_tolerance 0.1", "-100", "-109", true},
    {"float_relative_tolerance 0.1", "-100", "109", false},
    {"float_relative_tolerance 0.01 float_absolute_tolerance 5", "10", "14", true},
    {"float_relative_tolerance 0.01 float_absolute_tolerance 5", "1000", "1009", true},
    {"float_absolute_tolerance 0", "1", "1.00", true},
    {"float_absolute_tolerance 0", "1", "1.01", false},
    {"float_tolerance 1", "1", "one", false},
    {"float_tolerance 1", "one", "1", false},
    {"float_tolerance 1", "one", "ONE", true},
    {"float_tolerance 1 case_sensitive", "one", "ONE", false},
    {"float_tolerance 1", "1", "nan", false},
    {"float_tolerance 1", "1", "inf", false},
    {"float_tolerance 1", "inf", "INF", true}, /* no number: text */
    {"float_tolerance 1", "nan", "NaN", true},
    {"float_tolerance 1", "inf", "1", false},
    {"float_tolerance 1", "1", "1e999", false},
    {"float_tolerance 1", "1", "1,0", false},
    {"float_tolerance 1", "1", "1.0.0", false},
    {"float_tolerance 1", "1", "0x1", true},
    {"float_tolerance 1", "1", "1e", true}, /* as sscanf() has it */
    {"float_tolerance 1", "1", "1_0", false},
    {"float_tolerance -1", "1.0", "1", false}, /* below 0: not given */
    {"float_tolerance 1 space_change_sensitive", "1 2", "1  2", false},
};

static void flags_of(struct bl_compare_flags *flags, const char *text)
{
    static char copy[200];
    const char *args[16];
    size_t count = 0;
    struct bl_err err;

    (void)snprintf(copy, sizeof(copy), "%s", text);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        args[count++] = word;
    args[count] = NULL;
    assert_int_equal(bl_compare_flags_parse(flags, args, &err), 0);
}

static void validator__decides_as_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_compare_flags flags;
        struct bl_comparison seen;

        flags_of(&flags, rows[i].flags);
        bl_compare(&flags, rows[i].answer, strlen(rows[i].answer), rows[i].output,
                   strlen(rows[i].output), &seen);
        if (seen.accepted != rows[i].accepted)
            fail_msg("row %zu: '%s' '%s' '%s': %s", i, rows[i].flags, rows[i].answer,
                     rows[i].output, seen.reason);
        assert_int_equal(seen.reason[0] == '\0', seen.accepted);
    }
}

static void validator__says_the_same_in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_compare_flags flags;
        struct bl_comparison whole, pieces;
        struct bl_comparing comparing;
        unsigned steps = 0;

        flags_of(&flags, rows[i].flags);
        bl_compare(&flags, rows[i].answer, strlen(rows[i].answer), rows[i].output,
                   strlen(rows[i].output), &whole);
        bl_compare_begin(&comparing, &flags, rows[i].answer, strlen(rows[i].answer), rows[i].output,
                         strlen(rows[i].output));
        while (!bl_compare_step(&comparing, 1, &pieces))
            assert_in_range(++steps, 1, 100);
        assert_memory_equal(&whole, &pieces, sizeof(whole));
    }
}

static void validator__never_does_much_more_than_asked_for(void **state)
{
    static const char fillers[] = {'7', ' '};
    struct bl_compare_flags flags;
    size_t size = 8U << 20, piece = 256U << 10;
    bl_autofree char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    flags_of(&flags, "float_tolerance 1e-9");
    for (size_t i = 0; i < sizeof(fillers); i++) {
        struct bl_comparing comparing;
        struct bl_comparison seen;
        unsigned steps = 0;

        memset(text, fillers[i], size);
        bl_compare_begin(&comparing, &flags, text, size, text, size);
        while (!bl_compare_step(&comparing, piece, &seen))
            steps++;
        assert_true(seen.accepted);
        assert_in_range(steps, 2 * size / (piece + (128U << 10)), 2 * size / piece);
    }
}

/* The reference's own definition of a number, on tokens without blanks. */
static bool reference_number(const char *token, double *value)
{
    char trash[20];

    return sscanf(token, "%lf%10s", value, trash) == 1 && isfinite(*value);
}

static void validator__takes_the_numbers_that_sscanf_takes(void **state)
{
    static const char *const tokens[] = {
        "0",
        "1",
        "+1",
        "-1",
        "--1",
        "+-1",
        "1.",
        ".1",
        ".",
        "-.",
        "1e5",
        "1E5",
        "1e+5",
        "1e-5",
        "1e",
        "1e+",
        "1e-",
        "e",
        "e5",
        "1e5.5",
        "1e5e",
        "1.2.3",
        "1x",
        "x1",
        "0x10",
        "0X1F",
        "0x",
        "0x.8p1",
        "0x1p",
        "0x1p+",
        "0x1p3",
        "inf",
        "-inf",
        "infinity",
        "nan",
        "nan(1)",
        "1e308",
        "1e309",
        "-1e309",
        "1e-400",
        "1_000",
        "1,000",
        "1'000",
        "1f",
        "1d",
        "1L",
        "0x1e5",
        "0x1.8",
        "00012",
        "1e0005",
        "1.5e3abc",
        "\xc2\xb2",
        "1e++5",
        "in",
        "0.1e",
        "5p3",
        "0x1pz",
        "1ee",
        "123456789012345678901234567890.5",
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(tokens); i++) {
        double ours = 0, theirs = 0;
        bool is = bl_compare_number(tokens[i], strlen(tokens[i]), &ours);

        if (is != reference_number(tokens[i], &theirs))
            fail_msg("'%s' is%s a number for us only", tokens[i], is ? "" : " not");
        if (is && ours != theirs)
            fail_msg("'%s': %g and %g", tokens[i], ours, theirs);
    }
}

static void validator__tells_where_the_first_difference_is(void **state)
{
    struct bl_compare_flags flags;
    struct bl_comparison seen;

    (void)state;
    flags_of(&flags, "");
    bl_compare(&flags, "1\n2\n3\n", 6, "1\n\n2  4\n", 8, &seen);
    assert_false(seen.accepted);
    assert_int_equal(seen.answer_offset, 4);
    assert_int_equal(seen.answer_line, 3);
    assert_int_equal(seen.output_offset, 6);
    assert_int_equal(seen.output_line, 3);
    assert_string_equal(seen.reason, "different token: got '4', expected '3'");
}

static void validator__quotes_hostile_bytes_harmlessly(void **state)
{
    struct bl_compare_flags flags;
    struct bl_comparison seen;
    char output[4000];

    (void)state;
    flags_of(&flags, "");
    memset(output, 0x1b, sizeof(output));
    bl_compare(&flags, output + 1, sizeof(output) - 1, output, sizeof(output), &seen);
    assert_false(seen.accepted);
    for (const char *c = seen.reason; *c; c++)
        assert_in_range(*c, 0x20, 0x7e);
    assert_true(strlen(seen.reason) < BL_COMPARISON_TEXT_MAX);
}

static void validator__compares_bytes_behind_a_nul(void **state)
{
    struct bl_compare_flags flags;
    struct bl_comparison seen;

    (void)state;
    flags_of(&flags, "");
    bl_compare(&flags, "a\0b", 3, "a\0c", 3, &seen);
    assert_false(seen.accepted);
    bl_compare(&flags, "a\0b", 3, "A\0B", 3, &seen);
    assert_true(seen.accepted);
}

static void validator__takes_a_token_of_many_megabytes(void **state)
{
    struct bl_compare_flags flags;
    struct bl_comparison seen;
    size_t size = 8U << 20;
    bl_autofree char *digits = malloc(size);

    (void)state;
    assert_non_null(digits);
    memset(digits, '7', size);
    flags_of(&flags, "float_tolerance 1e-9");
    bl_compare(&flags, digits, size, digits, size, &seen);
    assert_true(seen.accepted); /* too long for a number: the same text */
    bl_compare(&flags, digits, size, digits, size - 1, &seen);
    assert_false(seen.accepted);
    bl_compare(&flags, "7", 1, digits, size, &seen);
    assert_false(seen.accepted);
    digits[size / 2] = '8';
    bl_compare(&flags, digits, size / 2, digits + size / 2, size / 2, &seen);
    assert_false(seen.accepted);
    digits[size / 2] = ' '; /* two tokens of the same length, then the end */
    bl_compare(&flags, digits, size, digits, size, &seen);
    assert_true(seen.accepted);
}

static void flags__refuse_what_the_validator_does_not_know(void **state)
{
    static const char *const wrong[][3] = {
        {"float_tolerance", NULL},
        {"float_tolerance", "x", NULL},
        {"case-sensitive", NULL},
        {"float_tolerance", "inf"},
        {"1e-6", NULL},
        {"", NULL},
        {"float_relative_tolerance"},
        {"float_absolute_tolerance", "x"},
        {"case_sensitive", "yes"},
    };
    struct bl_compare_flags flags;
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++)
        assert_int_equal(bl_compare_flags_parse(&flags, wrong[i], &err), -1);
}

static void flags__note_a_tolerance_given_twice(void **state)
{
    struct bl_compare_flags flags;

    (void)state;
    flags_of(&flags, "float_absolute_tolerance 1 float_relative_tolerance 2");
    assert_false(flags.repeated);
    flags_of(&flags, "float_tolerance 1 float_relative_tolerance 2");
    assert_true(flags.repeated);
    assert_true(flags.relative == 2 && flags.absolute == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validator__decides_as_the_table),
        cmocka_unit_test(validator__says_the_same_in_pieces),
        cmocka_unit_test(validator__never_does_much_more_than_asked_for),
        cmocka_unit_test(validator__takes_the_numbers_that_sscanf_takes),
        cmocka_unit_test(validator__tells_where_the_first_difference_is),
        cmocka_unit_test(validator__quotes_hostile_bytes_harmlessly),
        cmocka_unit_test(validator__compares_bytes_behind_a_nul),
        cmocka_unit_test(validator__takes_a_token_of_many_megabytes),
        cmocka_unit_test(flags__refuse_what_the_validator_does_not_know),
        cmocka_unit_test(flags__note_a_tolerance_given_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
