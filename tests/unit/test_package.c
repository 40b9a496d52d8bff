/* Problem packages built in a temporary folder: both formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/judge/glob.h"
#include "tests/unit/package_scene.h"

#include <cmocka.h>

static void legacy__defaults_are_the_formats(void **state)
{
    (void)state;
    package_put_minimal("name: Sum\n");
    package_read();
    assert_int_equal(scene.package.problem.format, BL_FORMAT_LEGACY);
    assert_string_equal(scene.package.problem.name, "Sum");
    assert_int_equal(scene.package.problem.memory_bytes, 2048 * BL_MIB);
    assert_int_equal(scene.package.problem.output_bytes, 8 * BL_MIB);
    assert_int_equal(scene.package.problem.code_bytes, 128 * BL_KIB);
    assert_int_equal(scene.package.problem.compilation_time_ns, 60 * BL_NS_PER_S);
    assert_int_equal(scene.package.problem.time_limit_ns, 0);
    assert_true(scene.package.problem.ac_to_time_limit == 5);
    assert_false(scene.package.problem.custom_validator);
    assert_int_equal(scene.package.testdata.case_count, 1);
    assert_string_equal(scene.package.testdata.cases[0].name, "secret/1");
    assert_int_equal(scene.package.submissions.count, 1);
    assert_string_equal(scene.package.submissions.items[0].program.name, "accepted/a.c");
    assert_int_equal(scene.package.warnings.count, 0);
}

static void legacy__groups_flags_and_limits_are_inherited(void **state)
{
    const struct bl_testcase *cases;

    (void)state;
    package_put_minimal(
        "validator_flags: case_sensitive\nlimits:\n  memory: 64\n  time_multiplier: 3\n"
        "  output: 1\nextra: 1\n");
    package_put("data/sample/0.in", "");
    package_put("data/sample/0.ans", "");
    package_put("data/secret/testdata.yaml", "on_reject: continue\n");
    package_put("data/secret/a/testdata.yaml", "output_validator_flags: float_tolerance 1e-3\n");
    package_put("data/secret/a/x.in", "");
    package_put("data/secret/a/x.ans", "");
    package_put("data/secret/a-b.in", "");
    package_put("data/secret/a-b.ans", "");
    package_put("data/secret/0.in", "");
    package_put("data/secret/0.ans", "");
    package_put("data/secret/.hidden.in", "");
    package_put("data/secret/readme.txt", "");
    package_put(".timelimit", "2.5\n");
    package_read();
    cases = scene.package.testdata.cases;
    assert_int_equal(scene.package.testdata.case_count, 5);
    assert_string_equal(cases[0].name, "sample/0");
    assert_string_equal(cases[1].name, "secret/0");
    assert_string_equal(cases[2].name, "secret/1");
    assert_string_equal(cases[3].name, "secret/a/x"); /* by base name: "a" before "a-b" */
    assert_string_equal(cases[4].name, "secret/a-b");
    assert_string_equal(cases[3].validator_args[0], "case_sensitive");
    assert_string_equal(cases[3].validator_args[2], "1e-3");
    assert_true(cases[3].compare.case_sensitive && cases[3].compare.relative == 1e-3);
    assert_true(cases[4].compare.relative < 0);
    assert_true(scene.package.testdata.groups[1].break_on_reject);
    assert_false(scene.package.testdata.groups[cases[3].group].break_on_reject);
    assert_int_equal(scene.package.problem.memory_bytes, 64 * BL_MIB);
    assert_int_equal(scene.package.problem.time_limit_ns, 2500 * BL_NS_PER_MS);
    assert_string_equal(scene.package.problem.time_limit_source, ".timelimit");
    assert_int_equal(scene.package.warnings.count, 1); /* `extra` */
}

static void newer__types_limits_args_and_rules_are_read(void **state)
{
    const struct bl_testcase *cases;
    const struct bl_submission *submissions;

    (void)state;
    package_put_minimal("problem_format_version: 2023-07-draft\nname: {en: A, sv: B}\n"
                        "uuid: x\ntype: [interactive, multi-pass]\nlimits:\n  time_limit: 1.5\n"
                        "  time_multipliers: {ac_to_time_limit: 3}\n  validation_passes: 4\n");
    package_put("data/secret/test_group.yaml", "args: [-x]\noutput_validator_args: [a, b c]\n");
    package_put("data/secret/1.yaml", "output_validator_args: [own]\ndescription: one\n");
    package_put("data/secret/2.in", "");
    package_put("data/secret/2.ans", "");
    package_put("data/secret/2.files/input.txt", "x");
    package_put("output_validator/validate.py", "");
    package_put("submissions/time_limit_exceeded/slow.py", "");
    package_put("submissions/rejected/odd/main.py", "");
    package_put("submissions/rejected/odd/util.py", "");
    package_put("submissions/mine/x.py", "# @EXPECTED_RESULTS@: WRONG-ANSWER\n");
    package_put("submissions/submissions.yaml", "time_limit_exceeded:\n  permitted: [AC, WA, TLE]\n"
                                                "rejected/*:\n  language: python3\n"
                                                "  secret/{1,2}: {required: [RTE]}\n");
    package_read();
    assert_true(scene.package.problem.interactive && scene.package.problem.multipass);
    assert_string_equal(scene.package.problem.name, "A");
    assert_int_equal(scene.package.problem.validation_passes, 4);
    assert_int_equal(scene.package.problem.time_limit_ns, 1500 * BL_NS_PER_MS);
    assert_string_equal(scene.package.validator.files[0].name, "validate.py");
    cases = scene.package.testdata.cases;
    assert_string_equal(cases[0].validator_args[0], "own");
    assert_string_equal(cases[1].validator_args[1], "b c");
    assert_string_equal(cases[1].args[0], "-x");
    assert_null(cases[0].files_path);
    assert_string_equal(cases[1].files_path, "data/secret/2.files");
    submissions = scene.package.submissions.items;
    assert_int_equal(scene.package.submissions.count, 4);
    assert_string_equal(submissions[0].program.name, "accepted/a.c");
    assert_string_equal(submissions[1].program.name, "mine/x.py");
    assert_int_equal(submissions[1].expected.final, BL_SET_WA);
    assert_int_equal(submissions[2].program.file_count, 2);
    assert_string_equal(submissions[2].language, "python3");
    assert_int_equal(submissions[2].expected.rule_count, 2);
    assert_string_equal(submissions[2].expected.rules[1].cases, "secret/{1,2}");
    assert_int_equal(submissions[2].expected.rules[1].required, BL_SET_RTE);
    assert_int_equal(submissions[3].expected.rule_count, 1);
    assert_int_equal(submissions[3].expected.rules[0].permitted,
                     BL_SET_AC | BL_SET_WA | BL_SET_TLE);
    assert_int_equal(submissions[3].expected.rules[0].required, BL_SET_TLE);
}

static void validator__is_found_in_both_spellings(void **state)
{
    (void)state;
    package_put_minimal("validation: custom interactive\n");
    package_refused("neither output_validator/ nor");
    package_put("output_validators/v/validate.cc", "");
    package_put("output_validators/v/util.h", "");
    package_read();
    assert_true(scene.package.problem.interactive);
    assert_int_equal(scene.package.validator.file_count, 2);
    bl_package_release(&scene.package);
    package_put("output_validators/w/validate.cc", "");
    package_refused("more than one validator");
    package_put("output_validator/validate.cc", "");
    package_read();
    assert_string_equal(scene.package.validator.name, "output_validator");
}

static void package__errors_name_file_line_and_bound(void **state)
{
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        {"limits: {memory: 0}", "problem.yaml:1: memory: must be a whole number from 1"},
        {"limits: {memory: -5}", "memory: must be"},
        {"limits: {memory: 1e3}", "memory: must be"},
        {"limits: {memory: 99999999999}", "from 1 to 1048576"},
        {"limits: {time_limit: 0}", "from 0.001 to 86400"},
        {"limits: {time_limit: .nan}", "time_limit: must be a number"},
        {"limits: {time_multiplier: 0.5}", "from 1 to 1000"},
        {"limits: [1]", "limits: must be a map"},
        {"problem_format_version: 2099-01", "not a format known here"},
        {"validation: magic", "must begin with"},
        {"validation: default interactive", "no further words"},
        {"type: submit-answer", "not a type that can be judged"},
        {"validator_flags: fuzzy", "data/secret/1: the default validator has no flag 'fuzzy'"},
        {"problem_format_version: 2023-07\nnmae: x", "problem.yaml:2: nmae: unknown key"},
        {"problem_format_version: 2023-07\nlimits: {memry: 5}", "memry: unknown limit"},
        {"problem_format_version: 2025-09\nconstants: {k: 5}", "constants"},
        {"a: &b [*b]", "aliases"},
        {"\xff\xfe", "problem.yaml: not UTF-8"},
        {"[1, 2]", "must be a map"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        package_put_minimal(rows[i].yaml);
        package_refused(rows[i].says);
    }
}

/* The format wants such names to be ignored; whoever wrote them did not. */
static void package__tells_what_it_passes_over(void **state)
{
    (void)state;
    package_put_minimal("");
    package_put("data/secret/.hidden", "");
    package_put("data/secret/caf\xe9\x1b.in", "");
    package_put("data/secret/with space.in", "");
    package_put("data/secret/2.ans", "");
    package_put("submissions/accepted/-o.c", "");
    package_read();
    assert_int_equal(scene.package.testdata.case_count, 1);
    assert_int_equal(scene.package.submissions.count, 1);
    assert_int_equal(scene.package.warnings.count, 3);
    assert_string_equal(scene.package.warnings.texts[0],
                        "data/secret: 2 with a name that the format does not allow, ignored: "
                        "'caf??.in'");
    assert_string_equal(scene.package.warnings.texts[1],
                        "data/secret/2.ans: no 2.in beside it, ignored");
    assert_non_null(strstr(scene.package.warnings.texts[2], "submissions/accepted: 1 with a name"));
    bl_package_release(&scene.package);
}

static void package__is_refused_where_parts_are_missing(void **state)
{
    (void)state;
    package_refused("no problem.yaml");
    package_put("problem.yaml", "");
    package_refused("no testcase");
    package_put("data/secret/1.in", "");
    package_refused("no 1.ans");
    strcat(scene.root, "/none");
    assert_int_equal(bl_package_read(&scene.package, scene.root, &scene.err), -1);
    scene.root[strlen(scene.root) - 5] = '\0';
}

static void include__language_wins_over_default(void **state)
{
    struct bl_folder_entry *files;
    size_t count;

    (void)state;
    package_put_minimal("");
    package_put("include/default/data.txt", "");
    package_put("include/c/data.txt", "x");
    package_read();
    assert_int_equal(bl_package_include(&scene.package, "c", &files, &count, &scene.err), 0);
    assert_int_equal(count, 2);
    assert_string_equal(files[1].path, "include/c/data.txt");
    assert_int_equal(bl_package_include(&scene.package, "java", &files, &count, &scene.err), 0);
    assert_int_equal(count, 1);
}

static void time_limit__is_a_multiple_of_the_resolution(void **state)
{
    struct bl_problem problem = {.ac_to_time_limit = 5, .time_resolution_ns = BL_NS_PER_S};

    (void)state;
    assert_int_equal(bl_problem_time_limit(&problem, 0), BL_NS_PER_S);
    assert_int_equal(bl_problem_time_limit(&problem, 200 * BL_NS_PER_MS), BL_NS_PER_S);
    assert_int_equal(bl_problem_time_limit(&problem, 201 * BL_NS_PER_MS), 2 * BL_NS_PER_S);
    problem = (struct bl_problem){.ac_to_time_limit = 2, .time_resolution_ns = BL_NS_PER_S / 10};
    assert_int_equal(bl_problem_time_limit(&problem, 120 * BL_NS_PER_MS), 300 * BL_NS_PER_MS);
}

static void names__only_the_formats_are_seen(void **state)
{
    (void)state;
    assert_true(bl_folder_name_allowed("a-b_C.9"));
    assert_false(bl_folder_name_allowed("-a"));
    assert_false(bl_folder_name_allowed(".a"));
    assert_false(bl_folder_name_allowed("a b"));
    assert_false(bl_folder_name_allowed("a\n"));
    assert_false(bl_folder_name_allowed("\xc3\xa4"));
    assert_false(bl_folder_name_allowed(""));
}

static void glob__matches_as_the_format_has_it(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } rows[] = {
        {"accepted", "accepted/a.c", true},
        {"accepted", "accepted2/a.c", false},
        {"accepted/*", "accepted/a.c", true},
        {"accepted/*", "accepted", false},
        {"*/a.c", "accepted/a.c", true},
        {"*", "accepted/a.c", true},
        {"*.c", "accepted/a.c", false},
        {"a*c*d/*.py", "abcbd/x.py", true},
        {"a*c*d/*.py", "abcbd/x.pyc", false},
        {"*/*/*", "a/b", false},
        {"x.{c,py}", "x.py", true},
        {"x.{c,py}", "x.p", false},
        {"{a,b{c,d}}/x", "bd/x", true},
        {"{a,b{c,d}}/x", "b/x", false},
        {"secret/{1,2}", "secret/2", true},
        {"{}x", "x", true},
        {"{a", "a", false},
        {"a}", "a}", false},
        {"[ab]", "a", false},
        {"[ab]", "[ab]", true},
        {"**", "a/b", true},
        {"a*", "a", true},
        {"*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        if (bl_glob_match(rows[i].pattern, rows[i].path) != rows[i].matches)
            fail_msg("%s on %s", rows[i].pattern, rows[i].path);
    assert_false(bl_glob_ok("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"));
    assert_false(bl_glob_ok(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(legacy__defaults_are_the_formats, package_scene_begin,
                                        package_scene_end),
        cmocka_unit_test_setup_teardown(legacy__groups_flags_and_limits_are_inherited,
                                        package_scene_begin, package_scene_end),
        cmocka_unit_test_setup_teardown(newer__types_limits_args_and_rules_are_read,
                                        package_scene_begin, package_scene_end),
        cmocka_unit_test_setup_teardown(validator__is_found_in_both_spellings, package_scene_begin,
                                        package_scene_end),
        cmocka_unit_test_setup_teardown(package__errors_name_file_line_and_bound,
                                        package_scene_begin, package_scene_end),
        cmocka_unit_test_setup_teardown(package__tells_what_it_passes_over, package_scene_begin,
                                        package_scene_end),
        cmocka_unit_test_setup_teardown(package__is_refused_where_parts_are_missing,
                                        package_scene_begin, package_scene_end),
        cmocka_unit_test_setup_teardown(include__language_wins_over_default, package_scene_begin,
                                        package_scene_end),
        cmocka_unit_test(time_limit__is_a_multiple_of_the_resolution),
        cmocka_unit_test(names__only_the_formats_are_seen),
        cmocka_unit_test(glob__matches_as_the_format_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
