/* How rules are weighed, where policies come from, what calls are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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

static void rules__the_most_severe_that_matches_decides(void **state)
{
    static const char *const orders[] = {
        RULE("{\"name\": \"read\", \"action\": \"SCMP_ACT_ALLOW\"},"
             "{\"name\": \"read\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 5, \"args\": "
             "[{\"index\": 0, \"value\": 7, \"op\": \"SCMP_CMP_EQ\"}]},"
             "{\"name\": \"read\", \"action\": \"SCMP_ACT_KILL\", \"args\": "
             "[{\"index\": 1, \"value\": 7, \"op\": \"SCMP_CMP_EQ\"}]}"),
        RULE("{\"name\": \"read\", \"action\": \"SCMP_ACT_KILL\", \"args\": "
             "[{\"index\": 1, \"value\": 7, \"op\": \"SCMP_CMP_EQ\"}]},"
             "{\"name\": \"read\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 5, \"args\": "
             "[{\"index\": 0, \"value\": 7, \"op\": \"SCMP_CMP_EQ\"}]},"
             "{\"name\": \"read\", \"action\": \"SCMP_ACT_ALLOW\"}"),
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(orders); i++) {
        assert_int_equal(parse(orders[i]), 0);
        assert_int_equal(decide(SYS_read, 0, 0), SECCOMP_RET_ALLOW);
        assert_int_equal(decide(SYS_read, 7, 0), SECCOMP_RET_ERRNO | 5);
        assert_int_equal(decide(SYS_read, 0, 7), SECCOMP_RET_USER_NOTIF);
        assert_int_equal(decide(SYS_read, 7, 7), SECCOMP_RET_USER_NOTIF);
        assert_int_equal(policy.answers[SYS_read], BL_POLICY_KILL);
    }
}

/* One number has one answer to notifications. */
static void rules__a_kill_keeps_the_default_of_its_number_unreported(void **state)
{
    (void)state;
    assert_int_equal(parse(RULE("{\"name\": \"read\", \"action\": \"SCMP_ACT_KILL\", \"args\": "
                                "[{\"index\": 0, \"value\": 7, \"op\": \"SCMP_CMP_EQ\"}]}")),
                     0);
    assert_int_equal(decide(SYS_read, 7, 0), SECCOMP_RET_USER_NOTIF);
    assert_int_equal(policy.answers[SYS_read], BL_POLICY_KILL);
    assert_int_equal(decide(SYS_read, 8, 0), SECCOMP_RET_ERRNO | EPERM);
    assert_int_equal(decide(SYS_write, 8, 0), SECCOMP_RET_USER_NOTIF);
    assert_int_equal(policy.answers[SYS_write], EPERM);
}

static void rules__sendmsg_on_the_launch_descriptor_passes_always(void **state)
{
    const uint64_t high = 1ULL << 32;

    (void)state;
    assert_int_equal(parse("{\"defaultAction\": \"SCMP_ACT_KILL\", \"syscalls\": ["
                           "{\"name\": \"sendmsg\", \"action\": \"SCMP_ACT_KILL\"}]}"),
                     0);
    assert_int_equal(decide(SYS_sendmsg, BL_POLICY_LAUNCH_FD, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(decide(SYS_sendmsg, high | BL_POLICY_LAUNCH_FD, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(decide(SYS_sendmsg, BL_POLICY_LAUNCH_FD + 1, 0), SECCOMP_RET_USER_NOTIF);
    assert_int_equal(decide(SYS_sendmsg, 0, 0), SECCOMP_RET_USER_NOTIF);
}

/* A worker that confines itself has no init to answer for it. */
static void own__leaves_nothing_to_a_listener(void **state)
{
    static const char json[] =
        RULE("{\"name\": \"read\", \"action\": \"SCMP_ACT_ALLOW\"},"
             "{\"name\": \"ptrace\", \"action\": \"SCMP_ACT_KILL\"},"
             "{\"name\": \"mmap\", \"action\": \"SCMP_ACT_KILL_PROCESS\", \"args\": "
             "[{\"index\": 1, \"value\": 4, \"valueTwo\": 4, \"op\": \"SCMP_CMP_MASKED_EQ\"}]},"
             "{\"name\": \"mmap\", \"action\": \"SCMP_ACT_ALLOW\"}");
    static const char kill_all[] = "{\"defaultAction\": \"SCMP_ACT_KILL\"}";

    (void)state;
    assert_int_equal(bl_policy_parse_own(&policy, "own", json, strlen(json), &err), 0);
    assert_int_equal(decide(SYS_read, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(decide(SYS_ptrace, 0, 0), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(decide(SYS_mmap, 0, 3), SECCOMP_RET_ALLOW);
    assert_int_equal(decide(SYS_mmap, 0, 7), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(decide(SYS_write, 0, 0), SECCOMP_RET_ERRNO | EPERM);
    assert_int_equal(decide(SYS_sendmsg, BL_POLICY_LAUNCH_FD, 0), SECCOMP_RET_ERRNO | EPERM);
    assert_int_equal(decide(511, 0, 0), SECCOMP_RET_ERRNO | EPERM);
    assert_int_equal(bl_policy_parse_own(&policy, "own", kill_all, strlen(kill_all), &err), 0);
    assert_int_equal(decide(SYS_read, 0, 0), SECCOMP_RET_KILL_PROCESS);
}

static void rules__a_default_of_allow_lets_unknown_numbers_pass(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
                           "{\"name\": \"ptrace\", \"action\": \"SCMP_ACT_ERRNO\"}]}"),
                     0);
    assert_int_equal(decide(SYS_ptrace, 0, 0), SECCOMP_RET_ERRNO | EPERM);
    assert_int_equal(decide(511, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(decide(99999, 0, 0), SECCOMP_RET_ALLOW);
#if defined(__x86_64__)
    assert_int_equal(decide(0x40000000, 0, 0), SECCOMP_RET_KILL_PROCESS);
#endif
}

static void load__knows_shipped_names_and_files(void **state)
{
    static const char path[] = BAILIFF_SOURCE_DIR "/limits/policies/strict.json";

    (void)state;
    assert_int_equal(bl_policy_load(&policy, "strict", &err), 0);
    assert_string_equal(policy.name, "strict");
    assert_int_equal(bl_policy_load(&policy, path, &err), 0);
    assert_string_equal(policy.name, "strict.json");
    assert_int_equal(bl_policy_load(&policy, "lax", &err), -1);
    assert_non_null(strstr(err.detail, "compile, default, strict"));
    assert_int_equal(bl_policy_load(&policy, "/nonexistent/x", &err), -1);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_int_equal(bl_policy_load(&policy, "nonexistent.json", &err), -1);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_int_equal(bl_policy_load(&policy, "/", &err), -1);
    assert_int_equal(err.sys_errno, EISDIR);
    assert_int_equal(bl_policy_load(&policy, "/dev/zero", &err), -1);
    assert_int_equal(err.sys_errno, EFBIG);
    assert_int_equal(err.step, BL_STEP_POLICY);
}

static void load__does_not_wait_for_a_fifo(void **state)
{
    char path[] = "/tmp/bailiff-fifo-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(bl_policy_load(&policy, path, &err), -1); /* empty: no JSON */
    assert_int_equal(unlink(path), 0);
}

static void load__takes_the_profile_that_podman_ships(void **state)
{
    (void)state;
    if (!policy_subject_has(POLICY_PODMAN))
        skip();
    assert_int_equal(bl_policy_load(&policy, policy_files[POLICY_PODMAN], &err), 0);
    assert_int_equal(decide(SYS_read, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(decide(SYS_bpf, 0, 0), SECCOMP_RET_ERRNO | EPERM);
    assert_int_equal(decide(SYS_socket, 16, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(policy.default_answer, ENOSYS);
}

/* Its own file, unchanged. */
static void load__takes_the_profile_that_docker_ships(void **state)
{
    (void)state;
    if (!policy_subject_has(POLICY_DOCKER))
        skip();
    assert_int_equal(bl_policy_load(&policy, policy_files[POLICY_DOCKER], &err), 0);
    assert_int_equal(decide(SYS_read, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(decide(SYS_bpf, 0, 0), SECCOMP_RET_USER_NOTIF); /* by default: reported */
    assert_int_equal(decide(SYS_clone3, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
    assert_int_equal(policy.default_answer, EPERM);
}

static void names__are_found_both_ways(void **state)
{
    static const struct {
        int nr;
        const char *name;
    } young[] = {{451, "cachestat"},  {452, "fchmodat2"},     {453, "map_shadow_stack"},
                 {454, "futex_wake"}, {457, "statmount"},     {459, "lsm_get_self_attr"},
                 {462, "mseal"},      {466, "removexattrat"}, {467, "open_tree_attr"}};
    char text[32];

    (void)state;
    assert_int_equal(bl_policy_syscall_number("openat"), SYS_openat);
    assert_int_equal(bl_policy_syscall_number("tea"), -1);
    assert_int_equal(bl_policy_syscall_number(""), -1);
    assert_int_equal(bl_policy_syscall_number("socketcall"), -1); /* i386 has it */
    assert_string_equal(bl_policy_syscall_name(NATIVE_ARCH, SYS_openat, text), "openat");
    assert_string_equal(bl_policy_syscall_name(NATIVE_ARCH, 999, text), "syscall 999");
    assert_string_equal(bl_policy_syscall_name(NATIVE_ARCH, -1, text), "syscall -1");
    assert_string_equal(bl_policy_syscall_name(AUDIT_ARCH_I386, 1, text), "exit");
    assert_string_equal(bl_policy_syscall_name(12345, 1, text), "syscall 1");
    for (size_t i = 0; i < BL_ARRAY_LEN(young); i++) {
        assert_int_equal(bl_policy_syscall_number(young[i].name), young[i].nr);
        assert_string_equal(bl_policy_syscall_name(NATIVE_ARCH, young[i].nr, text), young[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules__the_most_severe_that_matches_decides),
        cmocka_unit_test(rules__a_kill_keeps_the_default_of_its_number_unreported),
        cmocka_unit_test(rules__sendmsg_on_the_launch_descriptor_passes_always),
        cmocka_unit_test(rules__a_default_of_allow_lets_unknown_numbers_pass),
        cmocka_unit_test(own__leaves_nothing_to_a_listener),
        cmocka_unit_test(load__knows_shipped_names_and_files),
        cmocka_unit_test(load__does_not_wait_for_a_fifo),
        cmocka_unit_test(load__takes_the_profile_that_podman_ships),
        cmocka_unit_test(load__takes_the_profile_that_docker_ships),
        cmocka_unit_test(names__are_found_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
