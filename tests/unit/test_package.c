/* Problem packages built in a temporary folder: both formats, and hostile ones. */
#include "executor/judge/package.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/judge/glob.h"

#include <cmocka.h>

static char root[64];
static struct bl_package package;
static struct bl_err err;

/* Writes root/path, making its folders. */
static void put_bytes(const char *path, const char *bytes, size_t length)
{
    char full[512];
    FILE *out;

    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
    out = fopen(full, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

static void put(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text));
}

static const char *at(const char *path)
{
    static char full[512];

    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    return full;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/bailiff-package-XXXXXX");
    package.fd = -1;
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    bl_package_release(&package);
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The smallest package that can be judged. */
static void put_minimal(const char *problem_yaml)
{
    put("problem.yaml", problem_yaml);
    put("data/secret/1.in", "1\n");
    put("data/secret/1.ans", "1\n");
    put("submissions/accepted/a.c", "int main(void){}\n");
}

static void assert_read(void)
{
    if (bl_package_read(&package, root, &err))
        fail_msg("%s", err.detail);
}

static void assert_refused(const char *says)
{
    assert_int_equal(bl_package_read(&package, root, &err), -1);
    assert_int_equal(package.fd, -1);
    assert_int_equal(bl_step_fault(err.step), BL_FAULT_CLIENT);
    if (!strstr(err.detail, says))
        fail_msg("'%s' does not say '%s'", err.detail, says);
}

static void legacy__defaults_are_the_formats(void **state)
{
    (void)state;
    put_minimal("name: Sum\n");
    assert_read();
    assert_int_equal(package.problem.format, BL_FORMAT_LEGACY);
    assert_string_equal(package.problem.name, "Sum");
    assert_int_equal(package.problem.memory_bytes, 2048 * BL_MIB);
    assert_int_equal(package.problem.output_bytes, 8 * BL_MIB);
    assert_int_equal(package.problem.code_bytes, 128 * BL_KIB);
    assert_int_equal(package.problem.compilation_time_ns, 60 * BL_NS_PER_S);
    assert_int_equal(package.problem.time_limit_ns, 0);
    assert_true(package.problem.ac_to_time_limit == 5);
    assert_false(package.problem.custom_validator);
    assert_int_equal(package.testdata.case_count, 1);
    assert_string_equal(package.testdata.cases[0].name, "secret/1");
    assert_int_equal(package.submissions.count, 1);
    assert_string_equal(package.submissions.items[0].program.name, "accepted/a.c");
    assert_int_equal(package.warnings.count, 0);
}

static void legacy__groups_flags_and_limits_are_inherited(void **state)
{
    const struct bl_testcase *cases;

    (void)state;
    put_minimal("validator_flags: case_sensitive\nlimits:\n  memory: 64\n  time_multiplier: 3\n"
                "  output: 1\nextra: 1\n");
    put("data/sample/0.in", "");
    put("data/sample/0.ans", "");
    put("data/secret/testdata.yaml", "on_reject: continue\n");
    put("data/secret/a/testdata.yaml", "output_validator_flags: float_tolerance 1e-3\n");
    put("data/secret/a/x.in", "");
    put("data/secret/a/x.ans", "");
    put("data/secret/a-b.in", "");
    put("data/secret/a-b.ans", "");
    put("data/secret/0.in", "");
    put("data/secret/0.ans", "");
    put("data/secret/.hidden.in", "");
    put("data/secret/readme.txt", "");
    put(".timelimit", "2.5\n");
    assert_read();
    cases = package.testdata.cases;
    assert_int_equal(package.testdata.case_count, 5);
    assert_string_equal(cases[0].name, "sample/0");
    assert_string_equal(cases[1].name, "secret/0");
    assert_string_equal(cases[2].name, "secret/1");
    assert_string_equal(cases[3].name, "secret/a/x"); /* by base name: "a" before "a-b" */
    assert_string_equal(cases[4].name, "secret/a-b");
    assert_string_equal(cases[3].validator_args[0], "case_sensitive");
    assert_string_equal(cases[3].validator_args[2], "1e-3");
    assert_true(cases[3].compare.case_sensitive && cases[3].compare.relative == 1e-3);
    assert_true(cases[4].compare.relative < 0);
    assert_true(package.testdata.groups[1].break_on_reject);
    assert_false(package.testdata.groups[cases[3].group].break_on_reject);
    assert_int_equal(package.problem.memory_bytes, 64 * BL_MIB);
    assert_int_equal(package.problem.time_limit_ns, 2500 * BL_NS_PER_MS);
    assert_string_equal(package.problem.time_limit_source, ".timelimit");
    assert_int_equal(package.warnings.count, 1); /* `extra` */
}

static void newer__types_limits_args_and_rules_are_read(void **state)
{
    const struct bl_testcase *cases;
    const struct bl_submission *submissions;

    (void)state;
    put_minimal("problem_format_version: 2023-07-draft\nname: {en: A, sv: B}\n"
                "uuid: x\ntype: [interactive, multi-pass]\nlimits:\n  time_limit: 1.5\n"
                "  time_multipliers: {ac_to_time_limit: 3}\n  validation_passes: 4\n");
    put("data/secret/test_group.yaml", "args: [-x]\noutput_validator_args: [a, b c]\n");
    put("data/secret/1.yaml", "output_validator_args: [own]\ndescription: one\n");
    put("data/secret/2.in", "");
    put("data/secret/2.ans", "");
    put("data/secret/2.files/input.txt", "x");
    put("output_validator/validate.py", "");
    put("submissions/time_limit_exceeded/slow.py", "");
    put("submissions/rejected/odd/main.py", "");
    put("submissions/rejected/odd/util.py", "");
    put("submissions/mine/x.py", "# @EXPECTED_RESULTS@: WRONG-ANSWER\n");
    put("submissions/submissions.yaml", "time_limit_exceeded:\n  permitted: [AC, WA, TLE]\n"
                                        "rejected/*:\n  language: python3\n"
                                        "  secret/{1,2}: {required: [RTE]}\n");
    assert_read();
    assert_true(package.problem.interactive && package.problem.multipass);
    assert_string_equal(package.problem.name, "A");
    assert_int_equal(package.problem.validation_passes, 4);
    assert_int_equal(package.problem.time_limit_ns, 1500 * BL_NS_PER_MS);
    assert_string_equal(package.validator.files[0].name, "validate.py");
    cases = package.testdata.cases;
    assert_string_equal(cases[0].validator_args[0], "own");
    assert_string_equal(cases[1].validator_args[1], "b c");
    assert_string_equal(cases[1].args[0], "-x");
    assert_null(cases[0].files_path);
    assert_string_equal(cases[1].files_path, "data/secret/2.files");
    submissions = package.submissions.items;
    assert_int_equal(package.submissions.count, 4);
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
    put_minimal("validation: custom interactive\n");
    assert_refused("neither output_validator/ nor");
    put("output_validators/v/validate.cc", "");
    put("output_validators/v/util.h", "");
    assert_read();
    assert_true(package.problem.interactive);
    assert_int_equal(package.validator.file_count, 2);
    bl_package_release(&package);
    put("output_validators/w/validate.cc", "");
    assert_refused("more than one validator");
    put("output_validator/validate.cc", "");
    assert_read();
    assert_string_equal(package.validator.name, "output_validator");
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
        put_minimal(rows[i].yaml);
        assert_refused(rows[i].says);
    }
}

/* The format wants such names to be ignored; whoever wrote them did not. */
static void package__tells_what_it_passes_over(void **state)
{
    (void)state;
    put_minimal("");
    put("data/secret/.hidden", "");
    put("data/secret/caf\xe9\x1b.in", "");
    put("data/secret/with space.in", "");
    put("data/secret/2.ans", "");
    put("submissions/accepted/-o.c", "");
    assert_read();
    assert_int_equal(package.testdata.case_count, 1);
    assert_int_equal(package.submissions.count, 1);
    assert_int_equal(package.warnings.count, 3);
    assert_string_equal(package.warnings.texts[0],
                        "data/secret: 2 with a name that the format does not allow, ignored: "
                        "'caf??.in'");
    assert_string_equal(package.warnings.texts[1], "data/secret/2.ans: no 2.in beside it, ignored");
    assert_non_null(strstr(package.warnings.texts[2], "submissions/accepted: 1 with a name"));
    bl_package_release(&package);
}

static void package__is_refused_where_parts_are_missing(void **state)
{
    (void)state;
    assert_refused("no problem.yaml");
    put("problem.yaml", "");
    assert_refused("no testcase");
    put("data/secret/1.in", "");
    assert_refused("no 1.ans");
    strcat(root, "/none");
    assert_int_equal(bl_package_read(&package, root, &err), -1);
    root[strlen(root) - 5] = '\0';
}

static void hostile__links_stay_in_the_package(void **state)
{
    (void)state;
    put_minimal("");
    assert_int_equal(symlink("../secret/1.in", at("data/secret/2.in")), 0);
    assert_int_equal(symlink("1.ans", at("data/secret/2.ans")), 0);
    assert_read();
    assert_int_equal(package.testdata.case_count, 2);
    bl_package_release(&package);
    assert_int_equal(symlink("/etc/passwd", at("data/secret/3.in")), 0);
    assert_refused("data/secret/3.in: a link that leaves the package");
    assert_int_equal(unlink(at("data/secret/3.in")), 0);
    assert_int_equal(symlink("../../../../../../etc/passwd", at("submissions/accepted/p.c")), 0);
    assert_refused("accepted/p.c: a link that leaves the package");
    assert_int_equal(unlink(at("submissions/accepted/p.c")), 0);
    assert_int_equal(symlink("/proc/self/root/etc/passwd", at("submissions/accepted/p.c")), 0);
    assert_refused("leaves the package");
    assert_int_equal(unlink(at("submissions/accepted/p.c")), 0);
    assert_int_equal(unlink(at("problem.yaml")), 0);
    assert_int_equal(symlink("/etc/hostname", at("problem.yaml")), 0);
    assert_refused("problem.yaml: a link that leaves the package");
}

static void hostile__loops_and_depth_end(void **state)
{
    (void)state;
    put_minimal("");
    assert_int_equal(symlink("..", at("data/secret/up")), 0);
    assert_refused("nested deeper than");
    assert_int_equal(unlink(at("data/secret/up")), 0);
    assert_int_equal(symlink("loop.in", at("data/secret/loop.in")), 0);
    assert_refused("data/secret/loop.in");
    assert_int_equal(err.sys_errno, ELOOP);
    assert_int_equal(unlink(at("data/secret/loop.in")), 0);
    assert_int_equal(symlink("gone", at("data/secret/gone.in")), 0);
    assert_refused("a link to nothing");
}

static void hostile__fifos_and_devices_are_not_opened(void **state)
{
    (void)state;
    put_minimal("");
    assert_int_equal(mkfifo(at("data/secret/2.in"), 0644), 0);
    assert_refused("data/secret/2.in: neither a regular file nor a directory");
    assert_int_equal(unlink(at("data/secret/2.in")), 0);
    assert_int_equal(mkfifo(at("submissions/accepted/b.c"), 0644), 0);
    assert_refused("accepted/b.c: neither");
    assert_int_equal(unlink(at("submissions/accepted/b.c")), 0);
    assert_int_equal(unlink(at("problem.yaml")), 0);
    assert_int_equal(mkfifo(at("problem.yaml"), 0644), 0);
    assert_refused("problem.yaml: neither");
}

static void hostile__sizes_are_bounded(void **state)
{
    (void)state;
    put_minimal("");
    assert_int_equal(truncate(at("problem.yaml"), 1LL << 40), 0);
    assert_refused("problem.yaml: 1099511627776 bytes, at most");
    put("problem.yaml", "");
    assert_int_equal(truncate(at("submissions/accepted/a.c"), 1LL << 40), 0);
    assert_refused("more than 64 MiB");
    put("submissions/accepted/a.c", "");
    for (int i = 0; i <= BL_PROGRAM_FILES_MAX; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "submissions/accepted/many/%d.c", i);
        put(name, "");
    }
    assert_refused("a program of more than 500 files");
}

static void hostile__a_fileless_submission_is_refused(void **state)
{
    (void)state;
    put_minimal("");
    put("submissions/accepted/empty/.gitignore", "");
    assert_refused("submissions/accepted/empty: holds no file");
}

static void include__language_wins_over_default(void **state)
{
    struct bl_folder_entry *files;
    size_t count;

    (void)state;
    put_minimal("");
    put("include/default/data.txt", "");
    put("include/c/data.txt", "x");
    assert_read();
    assert_int_equal(bl_package_include(&package, "c", &files, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_string_equal(files[1].path, "include/c/data.txt");
    assert_int_equal(bl_package_include(&package, "java", &files, &count, &err), 0);
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
        cmocka_unit_test_setup_teardown(legacy__defaults_are_the_formats, make_root, remove_root),
        cmocka_unit_test_setup_teardown(legacy__groups_flags_and_limits_are_inherited, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(newer__types_limits_args_and_rules_are_read, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(validator__is_found_in_both_spellings, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(package__errors_name_file_line_and_bound, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(package__tells_what_it_passes_over, make_root, remove_root),
        cmocka_unit_test_setup_teardown(package__is_refused_where_parts_are_missing, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(hostile__links_stay_in_the_package, make_root, remove_root),
        cmocka_unit_test_setup_teardown(hostile__loops_and_depth_end, make_root, remove_root),
        cmocka_unit_test_setup_teardown(hostile__fifos_and_devices_are_not_opened, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(hostile__sizes_are_bounded, make_root, remove_root),
        cmocka_unit_test_setup_teardown(hostile__a_fileless_submission_is_refused, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(include__language_wins_over_default, make_root,
                                        remove_root),
        cmocka_unit_test(time_limit__is_a_multiple_of_the_resolution),
        cmocka_unit_test(names__only_the_formats_are_seen),
        cmocka_unit_test(glob__matches_as_the_format_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
