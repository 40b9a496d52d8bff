/* Languages: the shipped files, their keys, detection, entry points, command lines. */
#include "executor/language/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"
#include "limits/policy.h"

#include <cmocka.h>

static struct bl_languages shipped;
static struct bl_arena arena;
static struct bl_err err;

static int load(void **state)
{
    (void)state;
    return bl_languages_load(&shipped, BAILIFF_SOURCE_DIR "/limits/languages", &err);
}

static int unload(void **state)
{
    (void)state;
    bl_languages_release(&shipped);
    bl_arena_release(&arena);
    return 0;
}

static struct bl_folder_entry files[8];

static struct bl_program program_of(const char *const *names)
{
    struct bl_program program = {.name = "p", .folder = -1, .files = files};

    for (; *names; names++)
        files[program.file_count++].name = *names;
    return program;
}

#define PROGRAM(...) program_of((const char *const[]){__VA_ARGS__, NULL})

static void shipped__are_the_ten_and_scripts(void **state)
{
    static const char *const codes[] = {"bash",   "c",    "cpp",     "go",   "java",  "javascript",
                                        "pascal", "perl", "python3", "rust", "script"};

    (void)state;
    assert_int_equal(shipped.count, BL_ARRAY_LEN(codes));
    for (size_t i = 0; i < BL_ARRAY_LEN(codes); i++)
        assert_non_null(bl_language_find(&shipped, codes[i]));
    assert_null(bl_language_find(&shipped, "cobol"));
}

static void shipped__name_policies_and_placeholders_that_exist(void **state)
{
    struct bl_program program = PROGRAM("main.x");

    (void)state;
    for (unsigned i = 0; i < shipped.count; i++) {
        const struct bl_language *language = &shipped.items[i];
        const struct bl_language_step *steps[] = {&language->compile, &language->run};

        for (size_t s = 0; s < 2; s++) {
            struct bl_language_words words = {language, &program, "main.x", "Main", BL_GIB};
            static struct bl_policy policy;
            const char *const *argv;

            if (!steps[s]->argv)
                continue;
            assert_int_equal(bl_policy_load(&policy, steps[s]->policy, &err), 0);
            assert_int_equal(bl_language_argv(steps[s], &words, NULL, &arena, &argv, &err), 0);
            assert_int_equal(argv[0][0], '/');
            for (; *argv; argv++)
                assert_null(strchr(*argv, '{'));
        }
        assert_true(language->entry != BL_ENTRY_PROGRAM || language->compile.products[0]);
    }
}

static void file__unknown_and_wrong_values_are_named(void **state)
{
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        {"", "is empty"},
        {"extensions: [x]\nrun: {argv: [x]}", "needs a name"},
        {"name: X\nextensions: [x]", "needs run"},
        {"name: X\nrun: {argv: [x]}", "needs extensions or scripts"},
        {"name: X\nextensions: [x]\nrun: {argv: []}", "needs an argv"},
        {"name: X\nextensions: [x]\nrun: {argv: [x], speed: 2}", "x.yaml:3: speed: unknown key"},
        {"name: X\nentry: door\nextensions: [x]\nrun: {argv: [x]}", "program, file or class"},
        {"name: X\nextensions: [x]\nrun: {argv: [x], limits: {pids: 0}}", "pids"},
        {"name: X\nextensions: [x]\nrun: {argv: [x], limits: {dogs: 1}}", "no such limit"},
        {"name: X\nextensions: [x]\nrun: {argv: [x], extra_memory: 1XB}", "must be a size"},
        {"name: X\nextensions: [x]\nrun: {argv: [x], time_factor: 0}", "from 0.1"},
        {"name: X\nextensions: [x]\nrun: {argv: [x], out_of_memory_status: 256}", "from 1 to 255"},
        {"name: X\nextensions: [x]\nrun: {argv: [x], products: [y]}", "unknown key"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_language language;

        assert_int_equal(
            bl_language_parse(&language, "x", rows[i].yaml, strlen(rows[i].yaml), &arena, &err),
            -1);
        assert_int_equal(err.step, BL_STEP_LANGUAGE);
        if (!strstr(err.detail, rows[i].says))
            fail_msg("row %zu: %s", i, err.detail);
    }
}

static void file__limits_are_those_of_the_command_line(void **state)
{
    static const char yaml[] = "name: X\nextensions: [x]\nrun:\n  argv: [x]\n"
                               "  limits: {pids: 7, stack: 2MiB}\n  extra_memory: 3MiB\n";
    struct bl_language language;
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    (void)state;
    assert_true(count <= BL_LANGUAGE_LIMITS_MAX);
    assert_int_equal(bl_language_parse(&language, "x", yaml, strlen(yaml), &arena, &err), 0);
    assert_int_equal(language.run.limits.pids, 7);
    assert_int_equal(language.run.limits.stack_bytes, 2 * BL_MIB);
    assert_int_equal(language.run.limits_set,
                     1u << (bl_limit_find("pids") - rows) | 1u << (bl_limit_find("stack") - rows));
    assert_int_equal(language.run.extra_memory_bytes, 3 * BL_MIB);
    assert_true(language.run.time_factor == 1);
    assert_null(language.compile.argv);
}

static const char *detected(struct bl_program program, bool validator)
{
    const struct bl_language *language = bl_language_detect(&shipped, &program, validator);

    return language ? language->code : "none";
}

static void detect__most_sources_then_priority(void **state)
{
    (void)state;
    assert_string_equal(detected(PROGRAM("a.c"), false), "c");
    assert_string_equal(detected(PROGRAM("a.cc"), false), "cpp");
    assert_string_equal(detected(PROGRAM("a.C"), false), "cpp");
    assert_string_equal(detected(PROGRAM("Main.java"), false), "java");
    assert_string_equal(detected(PROGRAM("a.c", "b.cc"), false), "cpp");
    assert_string_equal(detected(PROGRAM("a.py", "b.py", "c.cc"), false), "python3");
    assert_string_equal(detected(PROGRAM("x/a.rs", "data.txt"), false), "rust");
    assert_string_equal(detected(PROGRAM("a.h"), false), "none");
    assert_string_equal(detected(PROGRAM("README", "a.cob", "c"), false), "none");
    assert_string_equal(detected(PROGRAM("dir.c/readme"), false), "none");
}

static void detect__scripts_are_for_validators(void **state)
{
    (void)state;
    assert_string_equal(detected(PROGRAM("build", "a.c"), true), "script");
    assert_string_equal(detected(PROGRAM("run", "a.py"), true), "script");
    assert_string_equal(detected(PROGRAM("run", "a.py"), false), "python3");
    assert_string_equal(detected(PROGRAM("sub/run", "a.py"), true), "python3");
}

static const char *main_of(const char *code, struct bl_program program, const char *entrypoint)
{
    const char *name = bl_language_main(bl_language_find(&shipped, code), &program, entrypoint);

    return name ? name : "none";
}

static void main_source__is_given_called_main_or_first(void **state)
{
    (void)state;
    assert_string_equal(main_of("python3", PROGRAM("b.py", "a.py", "x.txt"), NULL), "a.py");
    assert_string_equal(main_of("python3", PROGRAM("a.py", "main.py"), NULL), "main.py");
    assert_string_equal(main_of("python3", PROGRAM("a.py", "__main__.py"), NULL), "__main__.py");
    assert_string_equal(main_of("java", PROGRAM("A.java", "Main.java"), NULL), "Main.java");
    assert_string_equal(main_of("java", PROGRAM("A.java", "Main.java"), "A"), "A.java");
    assert_string_equal(main_of("python3", PROGRAM("a.py", "b.py"), "b.py"), "b.py");
    assert_string_equal(main_of("python3", PROGRAM("a.py"), "zz.py"), "none");
    assert_string_equal(main_of("c", PROGRAM("a.py"), NULL), "none");
}

static void argv__placeholders_become_paths(void **state)
{
    struct bl_program program = PROGRAM("b.cc", "util.h", "sub/a.cc");
    const struct bl_language *cpp = bl_language_find(&shipped, "cpp");
    const struct bl_language *java = bl_language_find(&shipped, "java");
    struct bl_language_words words = {cpp, &program, "b.cc", "p.Main", 64 * BL_MIB};
    const char *const *argv;
    size_t last = 0;

    (void)state;
    assert_int_equal(bl_language_argv(&cpp->compile, &words, NULL, &arena, &argv, &err), 0);
    while (argv[last + 1])
        last++;
    assert_string_equal(argv[last], "/app/sub/a.cc");
    assert_string_equal(argv[last - 1], "/app/b.cc");
    words.language = java;
    assert_int_equal(bl_language_argv(&java->run, &words, (const char *const[]){"-x", NULL}, &arena,
                                      &argv, &err),
                     0);
    for (last = 0; argv[last + 1];)
        last++;
    assert_string_equal(argv[last], "-x");
    assert_string_equal(argv[last - 1], "p.Main");
    while (last && strcmp(argv[last], "-Xmx64m") != 0)
        last--;
    assert_true(last > 0);
}

static void argv__unknown_placeholder_is_refused(void **state)
{
    struct bl_program program = PROGRAM("b.cc");
    const char *const template[] = {"/x", "a{magic}b", NULL};
    struct bl_language_step step = {.argv = template};
    struct bl_language_words words = {bl_language_find(&shipped, "c"), &program, "b.cc", NULL, 1};
    const char *const *argv;

    (void)state;
    assert_int_equal(bl_language_argv(&step, &words, NULL, &arena, &argv, &err), -1);
    assert_non_null(strstr(err.detail, "unknown placeholder in 'a{magic}b'"));
}

static void java__class_has_its_package(void **state)
{
    static const struct {
        const char *file, *source, *name;
    } rows[] = {
        {"Main.java", "class Main {}", "Main"},
        {"sub/Sol.java", "package a.b.c;\npublic class Sol {}", "a.b.c.Sol"},
        {"A.java", "/* package x; */ // y\n\n package\t q ;", "q.A"},
        {"A.java", "packagefoo;", "A"},
        {"A.java", "/* never closed package x;", "A"},
        {"A.java", "", "A"},
        {"A.java", "package", "A"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        assert_string_equal(
            bl_java_class(rows[i].file, rows[i].source, strlen(rows[i].source), &arena, &err),
            rows[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped__are_the_ten_and_scripts),
        cmocka_unit_test(shipped__name_policies_and_placeholders_that_exist),
        cmocka_unit_test(file__unknown_and_wrong_values_are_named),
        cmocka_unit_test(file__limits_are_those_of_the_command_line),
        cmocka_unit_test(detect__most_sources_then_priority),
        cmocka_unit_test(detect__scripts_are_for_validators),
        cmocka_unit_test(main_source__is_given_called_main_or_first),
        cmocka_unit_test(argv__placeholders_become_paths),
        cmocka_unit_test(argv__unknown_placeholder_is_refused),
        cmocka_unit_test(java__class_has_its_package),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
