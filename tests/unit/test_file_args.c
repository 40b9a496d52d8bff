/* The three forms of file arguments, and the pattern of an output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/file_args.h"

typedef int parse_fn(struct bl_file_arg *arg, const char *text, struct bl_err *err);

struct form {
    const char *text, *outside, *inside; /* inside NULL: refused */
    bool writable;
};

static void check(parse_fn *parse, const struct form *forms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bl_file_arg arg = {0};
        struct bl_err err = {0};
        int status = parse(&arg, forms[i].text, &err);

        if (status != (forms[i].inside ? 0 : -1))
            fail_msg("%s: %d", forms[i].text, status);
        if (status < 0) {
            assert_int_equal(err.step, BL_STEP_OPTION);
            continue;
        }
        assert_string_equal(arg.inside, forms[i].inside);
        if (forms[i].outside)
            assert_string_equal(arg.outside, forms[i].outside);
        else
            assert_null(arg.outside);
        assert_int_equal(arg.writable, forms[i].writable);
        bl_file_arg_release(&arg);
    }
}

static void file_arg__input_splits_at_the_last_colon(void **state)
{
    static const struct form forms[] = {
        {"a.txt", "a.txt", "a.txt", false},
        {"/x/a.txt", "/x/a.txt", "a.txt", false},
        {"d/sub//", "d/sub//", "sub", false},
        {"a:b", "a", "b", false},
        {"a:b:in/c", "a:b", "in/c", false},
        {"..:up", "..", "up", false},
        {"/:root", "/", "root", false},
        {":x", NULL, NULL, false},
        {"x:", NULL, NULL, false},
        {".", NULL, NULL, false},
        {"..", NULL, NULL, false},
        {"/", NULL, NULL, false},
        {"a/..", NULL, NULL, false},
    };

    (void)state;
    check(bl_file_arg_input, forms, BL_ARRAY_LEN(forms));
}

static void file_arg__output_splits_at_the_first_colon(void **state)
{
    static const struct form forms[] = {
        {"a.txt", NULL, "a.txt", false}, {"**:out", "out", "**", false},
        {"a*:d:e", "d:e", "a*", false},  {":d", NULL, NULL, false},
        {"a:", NULL, NULL, false},
    };

    (void)state;
    check(bl_file_arg_output, forms, BL_ARRAY_LEN(forms));
}

static void file_arg__bind_needs_an_absolute_place(void **state)
{
    static const struct form forms[] = {
        {"/a:/b", "/a", "/b", false},    {"/a:/b:rw", "/a", "/b", true},
        {"/a:/b:ro", "/a", "/b", false}, {"x:y:/b:rw", "x:y", "/b", true},
        {"/a:b", NULL, NULL, false},     {"/a", NULL, NULL, false},
        {":/b", NULL, NULL, false},      {"/a:rw", NULL, NULL, false},
        {"/a:", NULL, NULL, false},      {":rw", NULL, NULL, false},
        {"/a:/b:rx", NULL, NULL, false},
    };

    (void)state;
    check(bl_file_arg_bind, forms, BL_ARRAY_LEN(forms));
}

static void glob__matches_component_by_component(void **state)
{
    assert_true(bl_glob_matches("**", "a/b/.c"));
    assert_true(bl_glob_matches("*.txt", "a.txt"));
    assert_false(bl_glob_matches("*.txt", "d/a.txt"));
    assert_true(bl_glob_matches("d/*.txt", "d/a.txt"));
    assert_false(bl_glob_matches("*", ".hidden"));
    assert_false(bl_glob_matches("d/*", "d/.hidden"));
    assert_true(bl_glob_matches("a[0-9]", "a7"));
    assert_false(bl_glob_matches("a", "ab"));
    assert_true(bl_glob_is_plain("a.txt"));
    assert_false(bl_glob_is_plain("a?"));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_arg__input_splits_at_the_last_colon),
        cmocka_unit_test(file_arg__output_splits_at_the_first_colon),
        cmocka_unit_test(file_arg__bind_needs_an_absolute_place),
        cmocka_unit_test(glob__matches_component_by_component),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
