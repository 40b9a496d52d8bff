/* Options: one table reads them and tells about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/cli/run_options.h"
#include "limits/ceilings.h"

enum { ARGS_MAX = 16 };

struct toy {
    bool loud;
    const char *name;
    struct bl_texts items;
};

static const struct bl_option toy_rows[] = {
    {"loud", NULL, "be loud", bl_option_flag, offsetof(struct toy, loud)},
    {"name", "NAME", "a name", bl_option_text, offsetof(struct toy, name)},
    {"item", "ITEM", "an item", bl_option_texts, offsetof(struct toy, items)},
};
static const struct bl_option_group toy_groups[] = {{"Toy", toy_rows, BL_ARRAY_LEN(toy_rows), 0}};
static const struct bl_syntax toy_syntax = {"toy", "[OPTION]...", "A toy.", toy_groups, 1, false};
static const struct bl_syntax ending_syntax = {"toy", "[OPTION]...", "A toy.", toy_groups, 1, true};

/* Fills argv with pointers to copies that live as long as the test program. */
static char **args_of(char *argv[ARGS_MAX], const char *const *texts)
{
    size_t i = 0;

    for (; texts[i]; i++)
        argv[i] = (char *)(uintptr_t)texts[i]; /* the parser moves pointers, never bytes */
    argv[i] = NULL;
    return argv;
}

#define ARGS(...) args_of((char *[ARGS_MAX]){NULL}, (const char *const[]){__VA_ARGS__, NULL})

static void options__take_both_spellings_of_a_value(void **state)
{
    struct toy toy = {0};
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_options_parse(&toy_syntax, &toy, ARGS("--name=a=b", "--loud"), &err), 0);
    assert_string_equal(toy.name, "a=b");
    assert_true(toy.loud);
    assert_int_equal(bl_options_parse(&toy_syntax, &toy, ARGS("--name", "--loud"), &err), 0);
    assert_string_equal(toy.name, "--loud");
}

static void options__keep_operands_in_order_and_end_at_two_dashes(void **state)
{
    struct toy toy = {0};
    struct bl_err err;
    char **argv = ARGS("one", "--loud", "-", "--", "--name", "two");

    (void)state;
    assert_int_equal(bl_options_parse(&toy_syntax, &toy, argv, &err), 0);
    assert_true(toy.loud);
    assert_null(toy.name);
    assert_string_equal(argv[0], "one");
    assert_string_equal(argv[1], "-");
    assert_string_equal(argv[2], "--name");
    assert_string_equal(argv[3], "two");
    assert_null(argv[4]);
}

static void options__leave_a_program_its_own(void **state)
{
    struct toy toy = {0};
    struct bl_err err;
    char **argv = ARGS("--loud", "prog", "--name", "--", "x");

    (void)state;
    assert_int_equal(bl_options_parse(&ending_syntax, &toy, argv, &err), 0);
    assert_null(toy.name);
    assert_string_equal(argv[0], "prog");
    assert_string_equal(argv[1], "--name");
    assert_string_equal(argv[2], "--");
    assert_string_equal(argv[3], "x");
}

static void options__collect_repeated_texts(void **state)
{
    struct toy toy = {0};
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_options_parse(&toy_syntax, &toy, ARGS("--item=a", "--item", "b"), &err), 0);
    assert_int_equal(toy.items.count, 2);
    assert_string_equal(toy.items.items[0], "a");
    assert_string_equal(toy.items.items[1], "b");
    assert_null(toy.items.items[2]);
    bl_texts_release(&toy.items);
}

static void options__refuse_and_name_what_is_wrong(void **state)
{
    static const struct {
        const char *args[3], *says;
    } cases[] = {
        {{"--nam=x"}, "--nam is none"}, /* no shortened names */
        {{"--names"}, "--names is none"},
        {{"-n"}, "-n is none"},
        {{"--=x"}, "-- is none"},
        {{"--bogus"}, "bailiff toy --help"},
        {{"--name"}, "--name needs a value: NAME"},
        {{"--loud=yes"}, "--loud takes no value"},
        {{"--name="}, "--name is empty"},
        {{"--item", ""}, "--item is empty"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        struct toy toy = {0};
        struct bl_err err = {0};
        char *argv[ARGS_MAX];

        assert_int_equal(bl_options_parse(&toy_syntax, &toy, args_of(argv, cases[i].args), &err),
                         -1);
        assert_int_equal(err.step, BL_STEP_OPTION);
        if (!strstr(err.detail, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.detail, cases[i].says);
    }
}

static void run_options__refuse_every_nonsense_of_every_limit(void **state)
{
    static const char *const nonsense[] = {"",     "0",  "-1", "nan",
                                           "inf",  "1x", "1 ", "1e3",
                                           "0x10", " 1", "+1", "99999999999999999999999"};
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    (void)state;
    for (size_t r = 0; r < count; r++) {
        for (size_t n = 0; n < BL_ARRAY_LEN(nonsense); n++) {
            char option[64];
            struct bl_run_options options;
            struct bl_err err = {0};

            (void)snprintf(option, sizeof(option), "--%s=%s", rows[r].option, nonsense[n]);
            if (bl_run_options_parse(&options, ARGS(option, "--", "/bin/true"), &err) == 0)
                fail_msg("%s was accepted", option);
            assert_non_null(strstr(err.detail, rows[r].option)); /* which option */
            assert_non_null(strstr(err.detail, " to "));         /* and its bounds */
            bl_run_options_release(&options);
        }
    }
}

static void run_options__take_every_limit(void **state)
{
    struct bl_run_options options;
    struct bl_err err = {0};

    (void)state;
    assert_int_equal(
        bl_run_options_parse(&options,
                             ARGS("--cpu-time=1.5s", "--wall-time", "2", "--memory=64MiB",
                                  "--cpus=0.5", "--pids=1", "--cpuset=0", "prog"),
                             &err),
        0);
    assert_int_equal(options.limits.cpu_time_ns, 1500000000);
    assert_int_equal(options.limits.wall_time_ns, 2000000000);
    assert_int_equal(options.limits.memory_bytes, 64 << 20);
    assert_int_equal(options.limits.cpus_milli, 500);
    assert_int_equal(options.limits.pids, 1);
    assert_string_equal(options.limits.cpuset, "0");
    bl_run_options_release(&options);
}

static void run_options__refuse_what_is_not_of_its_form(void **state)
{
    static const char *const wrong[] = {
        "--network=host", "--env=PATH", "--env==x",  "--workdir=box", "--workdir=",   "--cpuset=1-",
        "--cpuset=2,1",   "--cpuset=",  "--report=", "--in=",         "--cpu-tim=1s", "--help=yes",
        "--quiet=no",     "-q",
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++) {
        struct bl_run_options options;
        struct bl_err err = {0};

        if (bl_run_options_parse(&options, ARGS(wrong[i], "prog"), &err) == 0)
            fail_msg("%s was accepted", wrong[i]);
        assert_int_equal(err.step, BL_STEP_OPTION);
        bl_run_options_release(&options);
    }
}

static void run_options__need_a_program_unless_help_is_wanted(void **state)
{
    struct bl_run_options options;
    struct bl_err err = {0};

    (void)state;
    assert_int_equal(bl_run_options_parse(&options, ARGS("--quiet"), &err), -1);
    assert_non_null(strstr(err.detail, "no program"));
    assert_int_equal(bl_run_options_parse(&options, ARGS("--help"), &err), 0);
    assert_true(options.help);
}

static void run_help__tells_every_limit_with_its_bounds_in_80_columns(void **state)
{
    bl_autofree char *text = NULL;
    size_t length = 0, count, column = 0;
    const struct bl_limit_row *rows = bl_limit_rows(&count);
    FILE *to = open_memstream(&text, &length);

    (void)state;
    bl_run_options_describe(bl_options_print_help, to);
    assert_int_equal(fclose(to), 0);
    for (size_t i = 0; i < count; i++) {
        char option[64], most[BL_UNITS_TEXT_MAX];

        (void)snprintf(option, sizeof(option), "  --%s ", rows[i].option);
        assert_non_null(strstr(text, option));
        assert_non_null(strstr(text, bl_limit_format(&rows[i], rows[i].most, most)));
    }
    for (size_t i = 0; i < length; i++) {
        column = text[i] == '\n' ? 0 : column + 1;
        assert_true(column <= 80);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options__take_both_spellings_of_a_value),
        cmocka_unit_test(options__keep_operands_in_order_and_end_at_two_dashes),
        cmocka_unit_test(options__leave_a_program_its_own),
        cmocka_unit_test(options__collect_repeated_texts),
        cmocka_unit_test(options__refuse_and_name_what_is_wrong),
        cmocka_unit_test(run_options__refuse_every_nonsense_of_every_limit),
        cmocka_unit_test(run_options__take_every_limit),
        cmocka_unit_test(run_options__refuse_what_is_not_of_its_form),
        cmocka_unit_test(run_options__need_a_program_unless_help_is_wanted),
        cmocka_unit_test(run_help__tells_every_limit_with_its_bounds_in_80_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
