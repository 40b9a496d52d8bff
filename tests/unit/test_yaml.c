/* YAML of untrusted files: what is read, what is refused and with which line. */
#include "executor/base/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

#include <cmocka.h>

static struct bl_arena arena;
static struct bl_yaml_file file;
static struct bl_err err;

static int parse(const char *text)
{
    file = (struct bl_yaml_file){.name = "f.yaml", .step = BL_STEP_PACKAGE};
    return bl_yaml_parse(&file, text, strlen(text), &arena, &err);
}

static int release(void **state)
{
    (void)state;
    bl_arena_release(&arena);
    return 0;
}

static void yaml__reads_scalars_sequences_and_maps(void **state)
{
    const struct bl_yaml *list;

    (void)state;
    assert_int_equal(parse("a: 1\nb: [x, 'y', {c: d}]\ne: |\n  two\n  lines\n"), 0);
    assert_int_equal(file.root->kind, BL_YAML_MAP);
    assert_int_equal(file.root->count, 3);
    assert_string_equal(bl_yaml_get(file.root, "a")->text, "1");
    assert_string_equal(bl_yaml_get(file.root, "e")->text, "two\nlines\n");
    list = bl_yaml_get(file.root, "b");
    assert_int_equal(list->count, 3);
    assert_int_equal(list->line, 2);
    assert_true(list->child->plain);
    assert_false(list->child->next->plain);
    assert_string_equal(bl_yaml_get(list->child->next->next, "c")->text, "d");
    assert_null(bl_yaml_get(file.root, "z"));
    assert_null(bl_yaml_get(NULL, "z"));
    assert_null(bl_yaml_get(list, "c"));
}

static void yaml__null_values_are_as_good_as_none(void **state)
{
    (void)state;
    assert_int_equal(parse("a:\nb: ~\nc: null\nd: ''\n"), 0);
    assert_null(bl_yaml_get(file.root, "a"));
    assert_null(bl_yaml_get(file.root, "b"));
    assert_null(bl_yaml_get(file.root, "c"));
    assert_string_equal(bl_yaml_get(file.root, "d")->text, "");
    assert_int_equal(parse(""), 0);
    assert_null(file.root);
    assert_int_equal(parse("# only a comment\n"), 0);
    assert_null(file.root);
    assert_int_equal(parse("~"), 0);
    assert_null(file.root);
}

static void yaml__a_byte_order_mark_is_no_text(void **state)
{
    (void)state;
    assert_int_equal(parse("\xef\xbb\xbf"
                           "a: 1\nb: 2\n"),
                     0);
    assert_string_equal(bl_yaml_get(file.root, "a")->text, "1");
    assert_int_equal(bl_yaml_get(file.root, "b")->line, 2);
}

static void yaml__refuses_what_can_hurt(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"a: &x 1\nb: *x\n", "f.yaml:2: aliases"},
        {"a: !!python/object x\n", "f.yaml:1: tags"},
        {"a: !!str 1\n", "f.yaml:1: tags"},
        {"!foo\na: 1\n", "tags"},
        {"a: !x [1]\n", "tags"},
        {"a: 1\nb: 2\na: 3\n", "f.yaml:3: the key 'a' stands twice"},
        {"---\na: 1\n---\nb: 2\n", "more than one document"},
        {"? [a]\n: 1\n", "a key must be plain text"},
        {"{{a: b}: c}\n", "a key must be plain text"},
        {"a: [1\n", "f.yaml:"},
        {"a: \"x\\0y\"\n", "NUL"},
        {"a: \"\xff\"\n", "f.yaml:"},
        {"\tx", "f.yaml:1"},
        {"a: 'x", "f.yaml:"},
        {"[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "nested deeper than 16"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        assert_int_equal(parse(rows[i].text), -1);
        assert_int_equal(err.step, BL_STEP_PACKAGE);
        if (!strstr(err.detail, rows[i].says))
            fail_msg("row %zu: '%s'", i, err.detail);
    }
}

static void yaml__holds_its_bounds(void **state)
{
    size_t size = BL_YAML_BYTES_MAX + 1;
    bl_autofree char *text = malloc(size + 1);

    (void)state;
    assert_non_null(text);
    text[size] = '\0';
    memset(text, ' ', size);
    assert_int_equal(parse(text), -1);
    assert_non_null(strstr(err.detail, "larger than 1 MiB"));
    text[0] = '[';
    for (size_t i = 0; i < 20000; i++) {
        text[1 + 2 * i] = '1';
        text[2 + 2 * i] = ',';
    }
    strcpy(text + 40001, "]");
    assert_int_equal(parse(text), -1);
    assert_non_null(strstr(err.detail, "more than 16384 values"));
    size = 0;
    for (size_t i = 0; i < 3000; i++)
        size += (size_t)sprintf(text + size, "k%zu: 1\n", i);
    assert_int_equal(parse(text), -1);
    assert_non_null(strstr(err.detail, "more than 2048 keys"));
}

static void yaml__typed_values_say_what_they_want(void **state)
{
    uint64_t count;
    double number;
    bool truth;
    const char *text;
    const char *const *list;
    const struct bl_yaml *n;

    (void)state;
    assert_int_equal(parse("n: 12\nf: 1.5\nb: true\nq: 'true'\nl: [a, b]\nm: {}\nneg: -1\n"
                           "inf: .inf\nhex: 0x10\nbig: 99999999999999999999\n"),
                     0);
    n = bl_yaml_get(file.root, "n");
    assert_int_equal(bl_yaml_count(&file, n, 1, 12, &count, &err), 0);
    assert_int_equal(count, 12);
    assert_int_equal(bl_yaml_count(&file, n, 1, 11, &count, &err), -1);
    assert_string_equal(err.detail, "f.yaml:1: n: must be a whole number from 1 to 11");
    assert_int_equal(bl_yaml_number(&file, bl_yaml_get(file.root, "f"), &number, &err), 0);
    assert_true(number == 1.5);
    assert_int_equal(bl_yaml_bool(&file, bl_yaml_get(file.root, "b"), &truth, &err), 0);
    assert_true(truth);
    assert_int_equal(bl_yaml_bool(&file, bl_yaml_get(file.root, "q"), &truth, &err), -1);
    assert_int_equal(bl_yaml_text(&file, bl_yaml_get(file.root, "m"), &text, &err), -1);
    assert_int_equal(bl_yaml_texts(&file, bl_yaml_get(file.root, "l"), &arena, &list, NULL, &err),
                     0);
    assert_string_equal(list[1], "b");
    assert_null(list[2]);
    assert_int_equal(bl_yaml_texts(&file, n, &arena, &list, NULL, &err), 0);
    assert_string_equal(list[0], "12");
    assert_int_equal(bl_yaml_texts(&file, bl_yaml_get(file.root, "m"), &arena, &list, NULL, &err),
                     -1);
    for (const char *const *bad = (const char *const[]){"neg", "inf", "hex", "l", NULL}; *bad;
         bad++)
        assert_int_equal(bl_yaml_number(&file, bl_yaml_get(file.root, *bad), &number, &err), -1);
    for (const char *const *bad = (const char *const[]){"neg", "f", "big", "l", NULL}; *bad; bad++)
        assert_int_equal(bl_yaml_count(&file, bl_yaml_get(file.root, *bad), 0, 100, &count, &err),
                         -1);
}

static void yaml__unknown_keys_are_named(void **state)
{
    static const char *const known[] = {"a", "b", NULL};

    (void)state;
    assert_int_equal(parse("a: 1\nb: 2\n"), 0);
    assert_int_equal(bl_yaml_known(&file, file.root, known, &err), 0);
    assert_int_equal(parse("a: 1\n\nc: 2\n"), 0);
    assert_int_equal(bl_yaml_known(&file, file.root, known, &err), -1);
    assert_string_equal(err.detail, "f.yaml:3: c: unknown key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(yaml__reads_scalars_sequences_and_maps, release),
        cmocka_unit_test_teardown(yaml__null_values_are_as_good_as_none, release),
        cmocka_unit_test_teardown(yaml__a_byte_order_mark_is_no_text, release),
        cmocka_unit_test_teardown(yaml__refuses_what_can_hurt, release),
        cmocka_unit_test_teardown(yaml__holds_its_bounds, release),
        cmocka_unit_test_teardown(yaml__typed_values_say_what_they_want, release),
        cmocka_unit_test_teardown(yaml__unknown_keys_are_named, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
