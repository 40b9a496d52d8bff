/* Each shipped policy, and a profile that uses the whole format, call by call: what the compiled
 * filter decides against a naive reading of the JSON and against libseccomp's own filter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/unit/policy_naive.h"
#include "tests/unit/policy_subject.h"

/* Whether a rule kills calls of this number: then a default of ERRNO is not notified. */
static bool number_is_killed(const struct policy_subject *s, int nr)
{
    return nr < BL_POLICY_SYSCALLS_MAX && s->policy.answers[nr] == BL_POLICY_KILL;
}

static uint32_t expected(const struct policy_subject *s, const struct naive_decision *naive, int nr)
{
    switch (naive->verb) {
    case NAIVE_ALLOW:
        return SECCOMP_RET_ALLOW;
    case NAIVE_TRAP:
        return SECCOMP_RET_TRAP;
    case NAIVE_KILL:
        return SECCOMP_RET_USER_NOTIF;
    case NAIVE_ERRNO:
        break;
    }
    if (naive->by_default && !number_is_killed(s, nr))
        return SECCOMP_RET_USER_NOTIF;
    return SECCOMP_RET_ERRNO | (uint32_t)naive->sys_errno;
}

static void check_call(const struct policy_subject *s, int nr, const char *name,
                       const uint64_t args[6])
{
    struct naive_decision naive =
        naive_decide(s->json, POLICY_KERNEL_MAJOR, POLICY_KERNEL_MINOR, name, args);
    uint32_t want = policy_is_launch(nr, args) ? SECCOMP_RET_ALLOW : expected(s, &naive, nr);
    uint32_t got = bl_policy_decide(&s->policy, NATIVE_ARCH, nr, args);

    if (got != want)
        fail_msg("%s (%d) %llx %llx %llx: 0x%x, not 0x%x", name, nr, (unsigned long long)args[0],
                 (unsigned long long)args[1], (unsigned long long)args[2], got, want);
    if (got == SECCOMP_RET_USER_NOTIF) {
        int answer = nr < BL_POLICY_SYSCALLS_MAX ? s->policy.answers[nr] : s->policy.default_answer;

        assert_int_equal(answer, naive.verb == NAIVE_KILL ? BL_POLICY_KILL : naive.sys_errno);
    }
}

typedef void (*call_check)(const struct policy_subject *s, int nr, const char *name,
                           const uint64_t args[6]);

static void for_each_call(const struct policy_subject *s, call_check check)
{
    static uint64_t calls[NAIVE_CALLS_MAX][6];

    for (int nr = 0; nr <= POLICY_NUMBERS; nr++) {
        char text[32];
        const char *name = bl_policy_syscall_name(NATIVE_ARCH, nr, text);
        size_t count = naive_calls(s->json, name, calls);

        for (size_t i = 0; i < count; i++)
            check(s, nr, name, calls[i]);
    }
}

static void calls__are_decided_as_the_json_says(void **state)
{
    static struct policy_subject s;

    (void)state;
    for (int f = 0; f < POLICY_FILES; f++) {
        if (!policy_subject_open(&s, f))
            continue;
        for_each_call(&s, check_call);
        policy_subject_close(&s);
    }
}

static void calls__of_foreign_abis_are_killed(void **state)
{
    static const uint32_t arches[] = {FOREIGN_ARCH, AUDIT_ARCH_PPC64LE, 0, UINT32_MAX};
    static const uint64_t args[6] = {0};
    static struct policy_subject s;

    (void)state;
    for (int f = 0; f < POLICY_FILES; f++) {
        if (!policy_subject_open(&s, f))
            continue;
        for (size_t a = 0; a < BL_ARRAY_LEN(arches); a++) {
            for (int nr = 0; nr <= POLICY_NUMBERS; nr++)
                assert_int_equal(bl_policy_decide(&s.policy, arches[a], nr, args),
                                 SECCOMP_RET_KILL_PROCESS);
        }
#if defined(__x86_64__)
        for (int nr = 0; nr <= POLICY_NUMBERS; nr++)
            assert_int_equal(bl_policy_decide(&s.policy, NATIVE_ARCH, 0x40000000 | nr, args),
                             SECCOMP_RET_KILL_PROCESS);
#endif
        policy_subject_close(&s);
    }
}

/* --- the same rules through libseccomp --- */

/* Markers for what becomes a notification: libseccomp takes no NOTIFY as a default. */
enum { MARK_DEFAULT = 0x7abc, MARK_KILL = 0x7abd };

static struct bl_policy *oracle; /* holds libseccomp's program */

static uint32_t scmp_action(const struct bl_policy_action *action)
{
    switch (action->verb) {
    case BL_POLICY_ALLOW:
        return SCMP_ACT_ALLOW;
    case BL_POLICY_ERRNO:
        return SCMP_ACT_ERRNO(action->sys_errno);
    case BL_POLICY_TRAP:
        return SCMP_ACT_TRAP;
    case BL_POLICY_KILLS_AT_ONCE:
    case BL_POLICY_KILLS:
        break;
    }
    return SCMP_ACT_TRACE(MARK_KILL);
}

static void add_to_libseccomp(scmp_filter_ctx ctx, const struct bl_policy_rule *rule)
{
    static const enum scmp_compare ops[] = {SCMP_CMP_NE,       SCMP_CMP_LT, SCMP_CMP_LE,
                                            SCMP_CMP_EQ,       SCMP_CMP_GE, SCMP_CMP_GT,
                                            SCMP_CMP_MASKED_EQ};
    struct scmp_arg_cmp conditions[BL_POLICY_CONDITIONS_MAX];

    for (unsigned i = 0; i < rule->condition_count; i++) {
        const struct bl_policy_condition *c = &rule->conditions[i];
        bool masked = c->op == BL_POLICY_MASKED_EQ;

        conditions[i] = (struct scmp_arg_cmp){.arg = c->index,
                                              .op = ops[c->op],
                                              .datum_a = masked ? c->mask : c->value,
                                              .datum_b = masked ? c->value : 0};
    }
    assert_int_equal(seccomp_rule_add_array(ctx, scmp_action(&rule->action), rule->nr,
                                            rule->condition_count, conditions),
                     0);
}

static void build_oracle(const struct bl_policy_rules *rules)
{
    bl_autoclose int fd = memfd_create("bpf", MFD_CLOEXEC);
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRACE(MARK_DEFAULT));
    ssize_t length;

    assert_non_null(ctx);
    assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), 0);
    assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2), 0);
    for (size_t i = 0; i < rules->count; i++)
        add_to_libseccomp(ctx, &rules->items[i]);
    assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
    seccomp_release(ctx);
    length = pread(fd, oracle->instructions, sizeof(oracle->instructions), 0);
    assert_true(length > 0 && length % 8 == 0);
    oracle->instruction_count = (uint32_t)length / 8;
}

static void check_against_oracle(const struct policy_subject *s, int nr, const char *name,
                                 const uint64_t args[6])
{
    uint32_t theirs = bl_policy_decide(oracle, NATIVE_ARCH, nr, args);
    uint32_t ours = bl_policy_decide(&s->policy, NATIVE_ARCH, nr, args);

    if (theirs == (SECCOMP_RET_TRACE | MARK_KILL) || theirs == (SECCOMP_RET_TRACE | MARK_DEFAULT))
        theirs = SECCOMP_RET_USER_NOTIF;
    if (ours != theirs)
        fail_msg("%s (%d) %llx %llx %llx: 0x%x, libseccomp 0x%x", name, nr,
                 (unsigned long long)args[0], (unsigned long long)args[1],
                 (unsigned long long)args[2], ours, theirs);
}

static void calls__are_decided_as_libseccomp_does(void **state)
{
    static struct bl_policy program;
    static struct policy_subject s;

    (void)state;
    oracle = &program;
    for (int f = 0; f < POLICY_SHIPPED;
         f++) { /* the shipped ones: no call has overlapping rules there */
        assert_true(policy_subject_open(&s, f));
        build_oracle(&s.rules);
        for_each_call(&s, check_against_oracle);
        check_against_oracle(&s, -1, "none", (const uint64_t[6]){0});
        check_against_oracle(&s, 0x40000000, "x32 read", (const uint64_t[6]){0});
        check_against_oracle(&s, 0x7fffffff, "x32 last", (const uint64_t[6]){0});
        policy_subject_close(&s);
    }
}

/* --- larger than any shipped one: several pages, long lists, distances above a short jump --- */

/* Every third number passes, every third has an errno of its own, every third has rules with full
 * and masked comparisons. One has 300 alternatives. */
static json_t *large_profile(void)
{
    json_t *rules = json_array();
    char text[32];

    for (int nr = 0; nr < 440; nr++) {
        const char *name = bl_policy_syscall_name(NATIVE_ARCH, nr, text);
        json_int_t wide = ((json_int_t)nr << 33) + nr;

        if (bl_policy_syscall_number(name) != nr)
            continue;
        (void)json_array_append_new(
            rules,
            nr % 3 == 0 ? json_pack("{s[s]ss}", "names", name, "action", "SCMP_ACT_ALLOW")
            : nr % 3 == 1
                ? json_pack("{s[s]sssi}", "names", name, "action", "SCMP_ACT_ERRNO", "errnoRet", nr)
                : json_pack("{s[s]sss[{sisssI}{sisssI}]}", "names", name, "action",
                            "SCMP_ACT_ALLOW", "args", "index", nr % 6, "op", "SCMP_CMP_GE", "value",
                            wide, "index", (nr + 1) % 6, "op", "SCMP_CMP_LT", "value", wide));
    }
    for (int value = 0; value < 300; value++)
        (void)json_array_append_new(
            rules, json_pack("{s[s]sss[{sisssIsI}]}", "names", "ioctl", "action",
                             value < 290 ? "SCMP_ACT_KILL" : "SCMP_ACT_TRAP", "args", "index", 1,
                             "op", "SCMP_CMP_MASKED_EQ", "value", (json_int_t)0xffff0fff,
                             "valueTwo", (json_int_t)value * 3));
    return json_pack("{sssiso}", "defaultAction", "SCMP_ACT_ERRNO", "defaultErrnoRet", 38,
                     "syscalls", rules);
}

static void calls__are_decided_alike_in_large_profiles(void **state)
{
    static struct policy_subject s;

    (void)state;
    policy_subject_take(&s, large_profile());
    assert_true(s.policy.instruction_count > 1500);
    for_each_call(&s, check_call);
    policy_subject_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls__are_decided_as_the_json_says),
        cmocka_unit_test(calls__of_foreign_abis_are_killed),
        cmocka_unit_test(calls__are_decided_as_libseccomp_does),
        cmocka_unit_test(calls__are_decided_alike_in_large_profiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
