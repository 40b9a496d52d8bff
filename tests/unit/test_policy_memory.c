/* test_policy_memory.c - allocation number n fails, for every n while a profile is read and
 * compiled, and a program grows too large at any place of it: that is told, and the next one is
 * right. Allocations are linked with --wrap; those of the JSON library are its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "tests/unit/policy_subject.h"

static unsigned calls_left; /* until the one that fails; 0: none does */

static bool strike(void)
{
    return calls_left > 0 && --calls_left == 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return strike() ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return strike() ? NULL : __real_calloc(count, size);
}

void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return strike() ? NULL : __real_reallocarray(old, count, size);
}

static struct bl_policy policy;

static void memory__may_end_anywhere(void **state)
{
    struct bl_err err;
    unsigned n = 0;

    (void)state;
    for (;;) {
        calls_left = ++n;
        const int status = bl_policy_load(&policy, policy_files[POLICY_DEFAULT], &err);
        if (calls_left > 0) {
            calls_left = 0;
            assert_int_equal(status, 0);
            break;
        }
        assert_int_equal(status, -1);
        assert_int_equal(err.step, BL_STEP_MEMORY);
    }
    assert_true(n > 4); /* the text, the policy, its rules, the compiler */
}

/* Of every second number some calls are allowed: more ranges than one page of the search has. And
 * of the first one as many rules as are asked for, so that there is no room left somewhere. */
static char *make_profile(unsigned rules)
{
    static char json[1 << 20];
    char *at = json;
    char name[32];

    at = stpcpy(at, "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [");
    for (int nr = 2; nr < 400; nr += 2) {
        const char *found = bl_policy_syscall_name(NATIVE_ARCH, nr, name);
        if (bl_policy_syscall_number(found) == nr)
            at += sprintf(at, "\"%s\",", found);
    }
    at = stpcpy(at, "\"exit\"], \"action\": \"SCMP_ACT_ALLOW\"}, {\"names\": [\"read\"");
    for (unsigned i = 1; i < rules; i++)
        at = stpcpy(at, ",\"read\"");
    at = stpcpy(at, "], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 7, "
                    "\"op\": \"SCMP_CMP_NE\"}]}]}");
    return json;
}

static void program__may_be_too_large_at_any_place(void **state)
{
    unsigned accepted = 0, refused = 0;
    struct bl_err err;

    (void)state;
    for (unsigned rules = 700; rules < 1400; rules++) {
        const char *json = make_profile(rules);
        if (bl_policy_parse(&policy, "large", json, strlen(json), &err) == 0) {
            assert_true(policy.instruction_count <= BL_POLICY_INSTRUCTIONS_MAX);
            accepted++;
            continue;
        }
        assert_non_null(strstr(err.detail, "more than 4096 instructions"));
        refused++;
    }
    assert_true(accepted > 0);
    assert_true(refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory__may_end_anywhere),
        cmocka_unit_test(program__may_be_too_large_at_any_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
