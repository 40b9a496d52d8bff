/* A whole spec: one good one, and each way to spoil it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"

static const char *const good_argv[] = {"/bin/echo", "", "x", NULL};
static const char *const good_env[] = {"PATH=/usr/bin", "EMPTY=", "A=b=c", NULL};
static const struct bl_input good_inputs[] = {{.fd = 0, .name = "in/1.txt"},
                                              {.fd = 1, .name = "/app"},
                                              {.fd = 2, .name = "/usr/share/words"}};
static const struct bl_output good_outputs[] = {{.glob = "**"}, {.glob = "out/*.txt"}};

static struct bl_spec good_spec(void)
{
    return (struct bl_spec){
        .argv = good_argv,
        .env = good_env,
        .limits = bl_limits_default(),
        .inputs = good_inputs,
        .input_count = BL_ARRAY_LEN(good_inputs),
        .outputs = good_outputs,
        .output_count = BL_ARRAY_LEN(good_outputs),
        .collect_bytes_max = BL_MIB,
    };
}

static void assert_refused(const struct bl_spec *spec, enum bl_step step, const char *words)
{
    struct bl_err err = {0};

    assert_int_equal(bl_spec_check(spec, &err), -1);
    assert_int_equal(err.step, step);
    if (!strstr(err.detail, words))
        fail_msg("\"%s\" does not say \"%s\"", err.detail, words);
}

static void spec__good_one_passes_and_leaves_the_error(void **state)
{
    struct bl_spec spec = good_spec();
    struct bl_err err = {.step = BL_STEP_MEMORY};

    (void)state;
    assert_int_equal(bl_spec_check(&spec, &err), 0);
    assert_int_equal(err.step, BL_STEP_MEMORY);
    spec.workdir = "/box/sub";
    strcpy(spec.limits.cpuset, "0-3,7");
    spec.inputs = NULL;
    spec.input_count = 0;
    spec.outputs = NULL;
    spec.output_count = 0;
    spec.collect_bytes_max = 0;
    assert_int_equal(bl_spec_check(&spec, &err), 0);
}

static void spec__needs_a_program_and_named_variables(void **state)
{
    static const char *const none[] = {NULL}, *const empty[] = {"", NULL};
    static const char *const bad_env[][2] = {{"", NULL}, {"=x", NULL}, {"NAME", NULL}};
    struct bl_spec spec = good_spec();

    (void)state;
    spec.argv = NULL;
    assert_refused(&spec, BL_STEP_FIELD, "argv: names no program");
    spec.argv = none;
    assert_refused(&spec, BL_STEP_FIELD, "argv: names no program");
    spec.argv = empty;
    assert_refused(&spec, BL_STEP_FIELD, "argv: names no program");
    spec = good_spec();
    spec.env = NULL;
    assert_refused(&spec, BL_STEP_FIELD, "env: is missing");
    for (size_t i = 0; i < BL_ARRAY_LEN(bad_env); i++) {
        spec.env = bad_env[i];
        assert_refused(&spec, BL_STEP_FIELD, "is not NAME=VALUE");
    }
    spec.env = none;
    assert_int_equal(bl_spec_check(&spec, &(struct bl_err){0}), 0);
}

static void spec__bounds_arguments_by_bytes_and_number(void **state)
{
    bl_autofree char *text = calloc(1, BL_ARGS_BYTES_MAX + 1);
    bl_autofree const char **many = calloc(BL_ARGS_MAX + 2, sizeof(*many));
    const char *two[] = {NULL, NULL};
    static const char *const none[] = {NULL};
    struct bl_spec spec = good_spec();

    (void)state;
    assert_non_null(text);
    assert_non_null(many);
    spec.env = none;
    spec.argv = two;
    two[0] = text;
    memset(text, 'x', BL_ARGS_BYTES_MAX - 1); /* and its NUL: exactly the bound */
    assert_int_equal(bl_spec_check(&spec, &(struct bl_err){0}), 0);
    text[BL_ARGS_BYTES_MAX - 1] = 'x';
    assert_refused(&spec, BL_STEP_ORDER_SIZE, "more than 98304 bytes");

    spec.argv = many;
    for (size_t i = 0; i < BL_ARGS_MAX; i++)
        many[i] = "x";
    assert_int_equal(bl_spec_check(&spec, &(struct bl_err){0}), 0);
    many[BL_ARGS_MAX] = "x";
    assert_refused(&spec, BL_STEP_ORDER_SIZE, "more than 4096 strings");
    many[BL_ARGS_MAX] = NULL; /* with one variable it is one too many again */
    spec.env = (const char *const[]){"A=b", NULL};
    assert_refused(&spec, BL_STEP_ORDER_SIZE, "more than 4096 strings");
}

static void spec__wants_an_absolute_workdir(void **state)
{
    char path[BL_WORKDIR_MAX + 2] = "/";
    struct bl_spec spec = good_spec();

    (void)state;
    spec.workdir = "";
    assert_refused(&spec, BL_STEP_FIELD, "workdir: \"\" is not an absolute path");
    spec.workdir = "sub";
    assert_refused(&spec, BL_STEP_FIELD, "workdir: \"sub\" is not an absolute path");
    spec.workdir = path;
    memset(path + 1, 'x', BL_WORKDIR_MAX - 1);
    assert_int_equal(bl_spec_check(&spec, &(struct bl_err){0}), 0);
    path[BL_WORKDIR_MAX] = 'x';
    assert_refused(&spec, BL_STEP_FIELD, "is longer than 200 bytes");
}

static void spec__holds_every_limit_to_its_bounds(void **state)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const uint64_t bad[] = {0, rows[i].least - 1, rows[i].most + 1, UINT64_MAX};

        for (size_t j = 0; j < BL_ARRAY_LEN(bad); j++) {
            struct bl_spec spec = good_spec();

            memcpy((char *)&spec.limits + rows[i].offset, &bad[j], sizeof(bad[j]));
            assert_refused(&spec, BL_STEP_FIELD, rows[i].option);
        }
    }
}

static void spec__refuses_a_cpuset_that_is_none(void **state)
{
    struct bl_spec spec = good_spec();

    (void)state;
    strcpy(spec.limits.cpuset, "3-1");
    assert_refused(&spec, BL_STEP_FIELD, "cpuset: \"3-1\" is not in ascending order");
    memset(spec.limits.cpuset, '1', sizeof(spec.limits.cpuset)); /* no end within the field */
    assert_refused(&spec, BL_STEP_FIELD, "cpuset: is too long");
}

static void name__takes_places_in_and_outside_the_box(void **state)
{
    static const char *const names[] = {
        "a",     "in/1.txt",    ".hidden",  "..x",      "...",    "a..b", "/app", "/box/a",
        "/tmpx", "/etc/passwd", "/process", "/devices", "/boxes", "x y",  "-n",   "\xc3\xa4"};
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++)
        assert_int_equal(bl_name_check("input", names[i], &err), 0);
}

static void name__refuses_with_the_reason(void **state)
{
    static const struct {
        const char *name, *words;
    } cases[] = {
        {"", "in: \"\" is empty"},
        {"/", "has an empty component"},
        {"//", "has an empty component"},
        {"//a", "has an empty component"},
        {"a//b", "has an empty component"},
        {"a/", "has an empty component"},
        {".", "has a \".\" component"},
        {"./a", "has a \".\" component"},
        {"a/./b", "has a \".\" component"},
        {"a/.", "has a \".\" component"},
        {"..", "has a \"..\" component"},
        {"../a", "has a \"..\" component"},
        {"a/../b", "has a \"..\" component"},
        {"/a/..", "has a \"..\" component"},
        {"/box", "is a place of the sandbox's own"},
        {"/tmp", "is a place of the sandbox's own"},
        {"/tmp/x", "is a place of the sandbox's own"},
        {"/proc", "is a place of the sandbox's own"},
        {"/proc/self", "is a place of the sandbox's own"},
        {"/sys/fs", "is a place of the sandbox's own"},
        {"/dev", "is a place of the sandbox's own"},
        {"/dev/shm/x", "is a place of the sandbox's own"},
        {"a\nb", "has a control character"},
        {"a\x7f", "has a control character"},
        {"\x1b[2J", "has a control character"},
    };
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        if (bl_name_check("in", cases[i].name, &err) != -1)
            fail_msg("\"%s\" was taken", cases[i].name);
        assert_int_equal(err.step, BL_STEP_FIELD);
        if (!strstr(err.detail, cases[i].words))
            fail_msg("\"%s\" does not say \"%s\"", err.detail, cases[i].words);
    }
}

static void name__is_at_most_200_bytes(void **state)
{
    char name[BL_NAME_MAX + 2] = {0};
    struct bl_err err;

    (void)state;
    memset(name, 'x', BL_NAME_MAX);
    assert_int_equal(bl_name_check("input", name, &err), 0);
    name[BL_NAME_MAX] = 'x';
    assert_int_equal(bl_name_check("input", name, &err), -1);
    assert_non_null(strstr(err.detail, "\"... is longer than 200 bytes"));
}

static void name__in_the_box_is_told_in_two_ways(void **state)
{
    (void)state;
    assert_string_equal(bl_name_in_box("/box/a/b"), "a/b");
    assert_string_equal(bl_name_in_box("a/b"), "a/b");
    assert_string_equal(bl_name_in_box("/boxes/a"), "/boxes/a");
    assert_string_equal(bl_name_in_box("box/a"), "box/a");
}

static void name__clashes_with_its_own_place_and_those_around_it(void **state)
{
    static const struct {
        const char *name, *other, *words;
    } cases[] = {
        {"x", "x", "is given twice"},
        {"/box/x", "x", "is given twice"},
        {"x/y", "x", "is below another input"},
        {"/box/x/y/z", "x", "is below another input"},
        {"x", "/box/x/y", "has another input below it"},
        {"/app", "/app/x", "has another input below it"},
        {"xy", "x", NULL},
        {"x", "xy", NULL},
        {"x.y", "x", NULL},
        {"x/a", "x/b", NULL},
        {"app/x", "/app", NULL},
        {"/box/app", "/app", NULL},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        const char *words = bl_names_clash(cases[i].name, cases[i].other);

        if (cases[i].words)
            assert_string_equal(words ? words : "none", cases[i].words);
        else
            assert_null(words);
    }
}

static void spec__checks_every_input(void **state)
{
    struct bl_input inputs[BL_INPUTS_MAX + 1];
    char names[BL_INPUTS_MAX + 1][8];
    struct bl_spec spec = good_spec();

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(inputs); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "n%zu", i);
        inputs[i] = (struct bl_input){.fd = 0, .name = names[i]};
    }
    spec.inputs = inputs;
    spec.input_count = BL_INPUTS_MAX;
    assert_int_equal(bl_spec_check(&spec, &(struct bl_err){0}), 0);
    spec.input_count = BL_INPUTS_MAX + 1;
    assert_refused(&spec, BL_STEP_FIELD, "inputs: 129 are more than 128");
    spec.input_count = 2;
    inputs[1].fd = -1;
    assert_refused(&spec, BL_STEP_FIELD, "input: \"n1\" has no descriptor");
    inputs[1] = (struct bl_input){.fd = 0, .name = "../x"};
    assert_refused(&spec, BL_STEP_FIELD, "input: \"../x\" has a \"..\" component");
    inputs[1].name = "n0";
    assert_refused(&spec, BL_STEP_FIELD, "input: \"n0\" is given twice");
    inputs[1].name = "/box/n0";
    assert_refused(&spec, BL_STEP_FIELD, "input: \"/box/n0\" is given twice");
    inputs[1].name = "n0/x";
    assert_refused(&spec, BL_STEP_FIELD, "input: \"n0/x\" is below another input");
}

static void spec__checks_every_output(void **state)
{
    struct bl_output outputs[BL_OUTPUTS_MAX + 1];
    struct bl_spec spec = good_spec();

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(outputs); i++)
        outputs[i] = (struct bl_output){.glob = "x"};
    spec.outputs = outputs;
    spec.output_count = BL_OUTPUTS_MAX;
    assert_int_equal(bl_spec_check(&spec, &(struct bl_err){0}), 0);
    spec.output_count = BL_OUTPUTS_MAX + 1;
    assert_refused(&spec, BL_STEP_FIELD, "outputs: 33 are more than 32");
    spec.output_count = 1;
    outputs[0].glob = "";
    assert_refused(&spec, BL_STEP_FIELD, "output: \"\" is empty");
    outputs[0].glob = "/etc/passwd";
    assert_refused(&spec, BL_STEP_FIELD, "is not relative to the box");
    outputs[0].glob = "a/../../x";
    assert_refused(&spec, BL_STEP_FIELD, "has a \"..\" component");
    outputs[0].glob = "x";
    spec.collect_bytes_max = 0;
    assert_refused(&spec, BL_STEP_FIELD, "collect_bytes_max: 0 is out of bounds");
    spec.collect_bytes_max = UINT64_MAX;
    assert_refused(&spec, BL_STEP_FIELD, "collect_bytes_max: 18446744073709551615 is out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spec__good_one_passes_and_leaves_the_error),
        cmocka_unit_test(spec__needs_a_program_and_named_variables),
        cmocka_unit_test(spec__bounds_arguments_by_bytes_and_number),
        cmocka_unit_test(spec__wants_an_absolute_workdir),
        cmocka_unit_test(spec__holds_every_limit_to_its_bounds),
        cmocka_unit_test(spec__refuses_a_cpuset_that_is_none),
        cmocka_unit_test(name__takes_places_in_and_outside_the_box),
        cmocka_unit_test(name__refuses_with_the_reason),
        cmocka_unit_test(name__is_at_most_200_bytes),
        cmocka_unit_test(name__in_the_box_is_told_in_two_ways),
        cmocka_unit_test(name__clashes_with_its_own_place_and_those_around_it),
        cmocka_unit_test(spec__checks_every_input),
        cmocka_unit_test(spec__checks_every_output),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
