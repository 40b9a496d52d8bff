/* The format of profiles: what is refused, and how it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "bailiff/own.h"
#include "limits/policy.h"
#include "limits/policy_rules.h"
#include "tests/unit/policy_subject.h"

static struct bl_policy policy;
static struct bl_err err;

static int parse(const char *json)
{
    return bl_policy_parse(&policy, "test", json, strlen(json), &err);
}

static uint32_t decide(int nr, uint64_t a, uint64_t b)
{
    return bl_policy_decide(&policy, NATIVE_ARCH, nr, (const uint64_t[6]){a, b});
}

#define RULE(text) "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [" text "]}"
#define ALLOW(text) RULE("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", " text "}")
#define ARG(text) ALLOW("\"args\": [{" text "}]")

static void parse__names_rule_and_field_of_what_it_refuses(void **state)
{
    static const struct {
        const char *json, *told;
        int rule;
    } cases[] = {
        {"", "line 1", -1},
        {"[]", "expected an object, found an array", -1},
        {"{", "line 1", -1},
        {"{}", "defaultAction: is missing", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\"} {}", "end of file expected", -1},
        {"{\"defaultAction\": 1}", "defaultAction: expected a string, found an integer", -1},
        {"{\"defaultAction\": \"ALLOW\"}", "defaultAction: no such action: ALLOW", -1},
        {"{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", "no agent", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultAction\": \"SCMP_ACT_KILL\"}",
         "duplicate", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 0}",
         "defaultErrnoRet: 0 would", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 4096}",
         "defaultErrnoRet: 4096 is not within 0 to 4095", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"EWHAT\"}",
         "no such errno: EWHAT", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/x\"}",
         "listenerPath: no such field", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": {}}", "syscalls: expected an array",
         -1},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"archMap\": [1]}",
         "archMap[0]: expected an object", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"archMap\": [{\"architecture\": 1}]}",
         "archMap[0].architecture: expected a string", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [true]}",
         "architectures: item 0: expected a string, found a boolean", -1},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"comment\": []}", "comment: expected a string",
         -1},
        {RULE("7"), "rule 0: expected an object", 0},
        {RULE("{\"names\": [\"read\"]}"), "rule 0: action: is missing", 0},
        {RULE("{\"action\": \"SCMP_ACT_ALLOW\"}"), "rule 0: names: is missing", 0},
        {RULE("{\"action\": \"SCMP_ACT_ALLOW\", \"names\": \"read\"}"),
         "rule 0: names: expected an array", 0},
        {RULE("{\"action\": \"SCMP_ACT_ALLOW\", \"names\": [null]}"), "rule 0: names: item 0", 0},
        {ALLOW("\"name\": \"write\""), "rule 0: names: stands beside name", 0},
        {RULE("{\"names\": [], \"action\": \"SCMP_ACT_TRACE\"}"),
         "rule 0: action: SCMP_ACT_TRACE: there is no", 0},
        {RULE("{\"names\": [], \"action\": \"SCMP_ACT_ALLOW\"}, {\"names\": [], \"acton\": \"x\"}"),
         "rule 1: acton: no such field", 1},
        {ALLOW("\"errnoRet\": -1"), "rule 0: errnoRet: -1 is not within", 0},
        {ALLOW("\"errnoRet\": 1.5"), "rule 0: errnoRet: expected an integer, found a number with",
         0},
        {ALLOW("\"errnoRet\": 2, \"errno\": \"EPERM\""),
         "rule 0: errno: EPERM is 1, but errnoRet says 2", 0},
        {ALLOW("\"args\": {}"), "rule 0: args: expected an array", 0},
        {ALLOW("\"args\": [1]"), "rule 0: args[0]: expected an object", 0},
        {ALLOW("\"includes\": []"), "rule 0: includes: expected an object", 0},
        {ALLOW("\"includes\": {\"cap\": []}"), "rule 0: includes.cap: no such field", 0},
        {ALLOW("\"includes\": {\"caps\": [1]}"), "rule 0: includes.caps: item 0", 0},
        {ALLOW("\"excludes\": {\"arches\": \"amd64\"}"),
         "rule 0: excludes.arches: expected an array", 0},
        {ALLOW("\"includes\": {\"minKernel\": 4}"), "rule 0: includes.minKernel: expected a string",
         0},
        {ALLOW("\"includes\": {\"minKernel\": \"four\"}"),
         "rule 0: includes.minKernel: no kernel version", 0},
        {ALLOW("\"includes\": {\"minKernel\": \"4.8rc\"}"), "no kernel version: 4.8rc", 0},
        {ARG("\"value\": 1, \"op\": \"SCMP_CMP_EQ\""), "rule 0: args[0].index: is missing", 0},
        {ARG("\"index\": 0, \"op\": \"SCMP_CMP_EQ\""), "rule 0: args[0].value: is missing", 0},
        {ARG("\"index\": 0, \"value\": 1"), "rule 0: args[0].op: is missing", 0},
        {ARG("\"index\": 0, \"value\": 1, \"op\": 7"), "args[0].op: expected a string", 0},
        {ALLOW("\"args\": [{}, {}, {}, {}, {}, {}, {}, {}, {}]"), "more than 8 comparisons", 0},
        {ARG("\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\""),
         "args[0].index: 6 is not within 0 to 5", 0},
        {ARG("\"index\": 0, \"value\": -1, \"op\": \"SCMP_CMP_EQ\""),
         "args[0].value: -1 is not within", 0},
        {ARG("\"index\": 0, \"value\": \"1\", \"op\": \"SCMP_CMP_EQ\""),
         "args[0].value: expected an integer", 0},
        {ARG("\"index\": 0, \"value\": 18446744073709551615, \"op\": \"SCMP_CMP_EQ\""),
         "too big integer", -1},
        {ARG("\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_IN\""),
         "args[0].op: no such comparison", 0},
        {RULE("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", \"args\": ["
              "{\"index\": 1, \"value\": 1, \"op\": \"SCMP_CMP_GT\"},"
              "{\"index\": 1, \"value\": 9, \"op\": \"SCMP_CMP_LT\"}]}"),
         "rule 0: args[1].index: argument 1 is compared twice by a rule that refuses", 0},
        {ALLOW("\"a\\u001b[31m\": 1"), "rule 0: a?[31m: no such field", 0},
        {ALLOW("\"a\\u0000\": 1"), "line 1", -1},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        memset(&policy, 0x5a, sizeof(policy));
        if (parse(cases[i].json) == 0)
            fail_msg("accepted: %s", cases[i].json);
        if (!strstr(err.detail, cases[i].told))
            fail_msg("%s: told \"%s\"", cases[i].json, err.detail);
        assert_int_equal(err.step, BL_STEP_POLICY);
        assert_int_equal(err.index, cases[i].rule);
        assert_int_equal(policy.instruction_count, 0x5a5a5a5a); /* untouched */
    }
}

/* A rule that does not apply here is held to the format all the same. */
static void parse__checks_rules_that_do_not_apply(void **state)
{
    (void)state;
    assert_int_equal(parse(RULE("{\"names\": [1], \"action\": \"SCMP_ACT_ALLOW\","
                                "\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}}")),
                     -1);
    assert_non_null(strstr(err.detail, "rule 0: names: item 0"));
}

static void parse__refuses_a_text_above_its_size(void **state)
{
    bl_autofree char *json = malloc(BL_POLICY_FILE_BYTES_MAX + 1);

    (void)state;
    assert_non_null(json);
    memset(json, ' ', BL_POLICY_FILE_BYTES_MAX + 1);
    memcpy(json, "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}", 35);
    assert_int_equal(bl_policy_parse(&policy, "test", json, BL_POLICY_FILE_BYTES_MAX, &err), 0);
    assert_int_equal(bl_policy_parse(&policy, "test", json, BL_POLICY_FILE_BYTES_MAX + 1, &err),
                     -1);
    assert_non_null(strstr(err.detail, "more than"));
}

static void parse__refuses_great_depth(void **state)
{
    bl_autofree char *json = malloc(100001);

    (void)state;
    assert_non_null(json);
    memset(json, '[', 100000);
    json[100000] = '\0';
    assert_int_equal(parse(json), -1);
    assert_non_null(strstr(err.detail, "maximum parsing depth"));
}

/* Text of a profile whose rules are `count` copies of `item`. */
static char *repeat(const char *head, const char *item, size_t count, const char *tail)
{
    size_t length = strlen(head) + (strlen(item) + 1) * count + strlen(tail) + 1;
    char *json = malloc(length), *end = json;

    assert_non_null(json);
    end = stpcpy(end, head);
    for (size_t i = 0; i < count; i++) {
        end = stpcpy(end, i ? "," : "");
        end = stpcpy(end, item);
    }
    (void)stpcpy(end, tail);
    return json;
}

static void parse__bounds_rules_and_instructions(void **state)
{
    static const char head[] = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{"
                               "\"action\": \"SCMP_ACT_ALLOW\", \"names\": [";
    bl_autofree char *many = repeat(head, "\"read\"", BL_POLICY_RULES_MAX + 1, "]}]}");
    bl_autofree char *full = repeat(head, "\"read\"", BL_POLICY_RULES_MAX, "]}]}");
    bl_autofree char *unknown = repeat(head, "\"nothing\"", 20000, "]}]}");
    bl_autofree char *large =
        repeat(head, "\"read\"", 1200,
               "], \"args\": [{\"index\": 0, \"op\": \"SCMP_CMP_EQ\", \"value\": 4294967297}]}]}");

    (void)state;
    assert_int_equal(parse(many), -1);
    assert_non_null(strstr(err.detail, "names in all rules"));
    assert_int_equal(err.index, 0);
    assert_int_equal(parse(full), -1); /* no room for the launch's own rule */
    assert_non_null(strstr(err.detail, "names in all rules"));
    assert_int_equal(parse(unknown), 0);
    assert_int_equal(policy.ignored_names, 20000);
    assert_int_equal(parse(large), -1);
    assert_non_null(strstr(err.detail, "more than 4096 instructions"));
}

static void parse__survives_every_truncation(void **state)
{
    static const char path[] = BAILIFF_SOURCE_DIR "/tests/unit/policy_whole_format.json";
    char text[16384];
    size_t length;
    FILE *file = fopen(path, "re");

    (void)state;
    assert_non_null(file);
    length = fread(text, 1, sizeof(text), file);
    assert_int_equal(fclose(file), 0);
    assert_in_range(length, 1000, sizeof(text) - 1);
    while (text[length - 1] == '\n')
        length--;
    assert_int_equal(bl_policy_parse(&policy, "test", text, length, &err), 0);
    for (size_t cut = 0; cut < length; cut++) {
        /* a copy of exactly that size, so that a sanitizer sees a read past it */
        bl_autofree char *copy = malloc(cut + 1);

        assert_non_null(copy);
        memcpy(copy, text, cut);
        assert_int_equal(bl_policy_parse(&policy, "test", copy, cut, &err), -1);
    }
}

static void parse__takes_a_policy_of_unknown_names_only(void **state)
{
    (void)state;
    assert_int_equal(
        parse(RULE("{\"names\": [\"tea\", \"coffee\"], \"action\": \"SCMP_ACT_ALLOW\"}")), 0);
    assert_int_equal(policy.ignored_names, 2);
    assert_int_equal(decide(SYS_read, 0, 0), SECCOMP_RET_USER_NOTIF);
}

static void parse__knows_errno_names(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"ENOSYS\","
                           "\"syscalls\": [{\"name\": \"read\", \"action\": \"SCMP_ACT_ERRNO\","
                           "\"errno\": \"EAFNOSUPPORT\"}]}"),
                     0);
    assert_int_equal(policy.default_answer, ENOSYS);
    assert_int_equal(policy.answers[SYS_write], ENOSYS);
    assert_int_equal(decide(SYS_read, 0, 0), SECCOMP_RET_ERRNO | EAFNOSUPPORT);
    assert_int_equal(parse("{\"defaultAction\": \"SCMP_ACT_ERRNO\"}"), 0);
    assert_int_equal(policy.default_answer, EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__names_rule_and_field_of_what_it_refuses),
        cmocka_unit_test(parse__checks_rules_that_do_not_apply),
        cmocka_unit_test(parse__refuses_a_text_above_its_size),
        cmocka_unit_test(parse__refuses_great_depth),
        cmocka_unit_test(parse__bounds_rules_and_instructions),
        cmocka_unit_test(parse__survives_every_truncation),
        cmocka_unit_test(parse__takes_a_policy_of_unknown_names_only),
        cmocka_unit_test(parse__knows_errno_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
