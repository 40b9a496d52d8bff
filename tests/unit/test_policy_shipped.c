/* Each shipped policy, and a profile that uses the whole format, call by call: what the compiled
 * filter decides against a naive reading of the JSON and against libseccomp's own filter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/policy.h"
#include "limits/policy_rules.h"
#include "tests/unit/policy_naive.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define FOREIGN AUDIT_ARCH_I386
#else
#define NATIVE AUDIT_ARCH_AARCH64
#define FOREIGN AUDIT_ARCH_ARM
#endif

enum { NUMBERS = 600, KERNEL_MAJOR = 6, KERNEL_MINOR = 1 };

static const struct bl_policy_kernel kernel = {KERNEL_MAJOR, KERNEL_MINOR};

static const char *const files[] = {
    BAILIFF_SOURCE_DIR "/limits/policies/default.json",
    BAILIFF_SOURCE_DIR "/limits/policies/strict.json",
    BAILIFF_SOURCE_DIR "/limits/policies/compile.json",
    BAILIFF_SOURCE_DIR "/tests/unit/policy_whole_format.json",
    "/usr/share/containers/seccomp.json", /* podman's; where it is installed */
};

struct subject {
    json_t *json;
    struct bl_policy policy;
    struct bl_policy_rules rules;
};

static bool open_subject(struct subject *s, const char *path)
{
    bl_autofree char *text = NULL;
    struct bl_err err;

    memset(s, 0, sizeof(*s));
    if (access(path, R_OK) != 0 && strncmp(path, "/usr/", 5) == 0)
        return false;
    s->json = json_load_file(path, 0, NULL);
    assert_non_null(s->json);
    text = json_dumps(s->json, 0);
    assert_int_equal(bl_policy_profile_read(&s->rules, text, strlen(text), &kernel, &err), 0);
    assert_int_equal(bl_policy_compile(&s->policy, &s->rules, &err), 0);
    return true;
}

static void close_subject(struct subject *s)
{
    bl_policy_rules_release(&s->rules);
    json_decref(s->json);
}

static bool is_launch(int nr, const uint64_t args[6])
{
    return nr == SYS_sendmsg && (uint32_t)args[0] == BL_POLICY_LAUNCH_FD;
}

/* Whether a rule kills calls of this number: then a default of ERRNO is not notified. */
static bool number_is_killed(const struct subject *s, int nr)
{
    return nr < BL_POLICY_SYSCALLS_MAX && s->policy.answers[nr] == BL_POLICY_KILL;
}

static uint32_t expected(const struct subject *s, const struct naive_decision *naive, int nr)
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

static void check_call(const struct subject *s, int nr, const char *name, const uint64_t args[6])
{
    struct naive_decision naive = naive_decide(s->json, KERNEL_MAJOR, KERNEL_MINOR, name, args);
    uint32_t want = is_launch(nr, args) ? SECCOMP_RET_ALLOW : expected(s, &naive, nr);
    uint32_t got = bl_policy_decide(&s->policy, NATIVE, nr, args);

    if (got != want)
        fail_msg("%s (%d) %llx %llx %llx: 0x%x, not 0x%x", name, nr, (unsigned long long)args[0],
                 (unsigned long long)args[1], (unsigned long long)args[2], got, want);
    if (got == SECCOMP_RET_USER_NOTIF) {
        int answer = nr < BL_POLICY_SYSCALLS_MAX ? s->policy.answers[nr] : s->policy.default_answer;

        assert_int_equal(answer, naive.verb == NAIVE_KILL ? BL_POLICY_KILL : naive.sys_errno);
    }
}

typedef void (*call_check)(const struct subject *s, int nr, const char *name,
                           const uint64_t args[6]);

static void for_each_call(const struct subject *s, call_check check)
{
    static uint64_t calls[NAIVE_CALLS_MAX][6];

    for (int nr = 0; nr <= NUMBERS; nr++) {
        char text[32];
        const char *name = bl_policy_syscall_name(NATIVE, nr, text);
        size_t count = naive_calls(s->json, name, calls);

        for (size_t i = 0; i < count; i++)
            check(s, nr, name, calls[i]);
    }
}

static void shipped__decide_each_call_as_their_json_says(void **state)
{
    static struct subject s;

    (void)state;
    for (size_t f = 0; f < BL_ARRAY_LEN(files); f++) {
        if (!open_subject(&s, files[f]))
            continue;
        for_each_call(&s, check_call);
        close_subject(&s);
    }
}

static void shipped__kill_foreign_abis(void **state)
{
    static const uint32_t arches[] = {FOREIGN, AUDIT_ARCH_PPC64LE, 0, UINT32_MAX};
    static const uint64_t args[6] = {0};
    static struct subject s;

    (void)state;
    for (size_t f = 0; f < BL_ARRAY_LEN(files); f++) {
        if (!open_subject(&s, files[f]))
            continue;
        for (size_t a = 0; a < BL_ARRAY_LEN(arches); a++) {
            for (int nr = 0; nr <= NUMBERS; nr++)
                assert_int_equal(bl_policy_decide(&s.policy, arches[a], nr, args),
                                 SECCOMP_RET_KILL_PROCESS);
        }
#if defined(__x86_64__)
        for (int nr = 0; nr <= NUMBERS; nr++)
            assert_int_equal(bl_policy_decide(&s.policy, NATIVE, 0x40000000 | nr, args),
                             SECCOMP_RET_KILL_PROCESS);
#endif
        close_subject(&s);
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

static void check_against_oracle(const struct subject *s, int nr, const char *name,
                                 const uint64_t args[6])
{
    uint32_t theirs = bl_policy_decide(oracle, NATIVE, nr, args);
    uint32_t ours = bl_policy_decide(&s->policy, NATIVE, nr, args);

    if (theirs == (SECCOMP_RET_TRACE | MARK_KILL) || theirs == (SECCOMP_RET_TRACE | MARK_DEFAULT))
        theirs = SECCOMP_RET_USER_NOTIF;
    if (ours != theirs)
        fail_msg("%s (%d) %llx %llx %llx: 0x%x, libseccomp 0x%x", name, nr,
                 (unsigned long long)args[0], (unsigned long long)args[1],
                 (unsigned long long)args[2], ours, theirs);
}

static void shipped__decide_each_call_as_libseccomp_does(void **state)
{
    static struct bl_policy program;
    static struct subject s;

    (void)state;
    oracle = &program;
    for (size_t f = 0; f < 3; f++) { /* the shipped ones: no call has overlapping rules there */
        assert_true(open_subject(&s, files[f]));
        build_oracle(&s.rules);
        for_each_call(&s, check_against_oracle);
        check_against_oracle(&s, -1, "none", (const uint64_t[6]){0});
        check_against_oracle(&s, 0x40000000, "x32 read", (const uint64_t[6]){0});
        check_against_oracle(&s, 0x7fffffff, "x32 last", (const uint64_t[6]){0});
        close_subject(&s);
    }
}

/* --- what the shipped policies promise --- */

static struct bl_policy shipped[3];
enum { DEFAULT, STRICT, COMPILE };

static int load_shipped(void **state)
{
    static const char *const names[] = {"default", "strict", "compile"};
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++) {
        if (bl_policy_load(&shipped[i], names[i], &err))
            return -1;
    }
    return 0;
}

static uint32_t decide(int policy, const char *name, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t args[6] = {a, b, c};
    int nr = bl_policy_syscall_number(name);

    assert_true(nr >= 0);
    return bl_policy_decide(&shipped[policy], NATIVE, nr, args);
}

/* How many numbers have any call that passes: with arguments of 0, or only with some. */
static unsigned count_allowed(const struct bl_policy *policy, const json_t *json)
{
    static uint64_t calls[NAIVE_CALLS_MAX][6];
    unsigned allowed = 0;

    for (int nr = 0; nr < BL_POLICY_SYSCALLS_MAX; nr++) {
        char text[32];
        size_t count = naive_calls(json, bl_policy_syscall_name(NATIVE, nr, text), calls), i = 0;

        while (i < count && (is_launch(nr, calls[i]) ||
                             bl_policy_decide(policy, NATIVE, nr, calls[i]) != SECCOMP_RET_ALLOW))
            i++;
        allowed += i < count;
    }
    return allowed;
}

/* The figures of docs/seccomp.md. A change here is a change of what programs may do: say why. */
static void shipped__allow_as_many_calls_as_documented(void **state)
{
#if defined(__x86_64__)
    static const unsigned documented[] = {194, 120, 206};
    static struct subject s;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(documented); i++) {
        assert_true(open_subject(&s, files[i]));
        assert_int_equal(count_allowed(&s.policy, s.json), documented[i]);
        close_subject(&s);
    }
#else
    (void)state;
    skip(); /* counted on x86-64, which has the old calls beside their *at forms */
#endif
}

/* Whatever the arguments: 0, all bits, small numbers, single bits. */
static void assert_never_allowed(int policy, const char *name)
{
    int nr = bl_policy_syscall_number(name);

    for (unsigned bit = 0; bit < 64; bit++) {
        const uint64_t one = 1ULL << bit;
        const uint64_t sets[][6] = {{one, one, one, one, one, one},
                                    {one},
                                    {0, one},
                                    {bit, bit, bit, bit, bit, bit},
                                    {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL}};

        for (size_t i = 0; i < BL_ARRAY_LEN(sets); i++) {
            if (bl_policy_decide(&shipped[policy], NATIVE, nr, sets[i]) == SECCOMP_RET_ALLOW)
                fail_msg("%s is allowed", name);
        }
    }
}

static void shipped__never_allow_what_attacks_need(void **state)
{
    static const char *const names[] = {
        "unshare",
        "setns",
        "clone3",
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "fsopen",
        "fsconfig",
        "fsmount",
        "fspick",
        "open_tree",
        "move_mount",
        "mount_setattr",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "io_uring_setup",
        "io_uring_enter",
        "io_uring_register",
        "add_key",
        "request_key",
        "keyctl",
        "ptrace",
        "process_vm_readv",
        "process_vm_writev",
        "process_madvise",
        "kcmp",
        "pidfd_getfd",
        "quotactl",
        "quotactl_fd",
        "swapon",
        "swapoff",
        "reboot",
        "kexec_load",
        "kexec_file_load",
        "init_module",
        "finit_module",
        "delete_module",
        "open_by_handle_at",
        "name_to_handle_at",
        "acct",
        "settimeofday",
        "clock_settime",
        "adjtimex",
        "clock_adjtime",
        "vhangup",
        "syslog",
        "fanotify_init",
        "fanotify_mark",
        "lookup_dcookie",
        "vmsplice",
        "mbind",
        "set_mempolicy",
        "migrate_pages",
        "move_pages",
        "remap_file_pages",
        "seccomp",
        "inotify_init1",
        "inotify_add_watch",
        "syncfs",
        "sync",
        "setuid",
        "setgid",
        "setresuid",
        "setresgid",
        "setgroups",
        "capset",
        "chown",
        "fchownat",
        "sethostname",
        "setdomainname",
        "shmget",
        "semget",
        "msgget",
        "mq_open",
        "io_setup",
        "memfd_secret",
        "statmount",
        "listmount",
        "lsm_set_self_attr",
        "open_tree_attr",
    };

    (void)state;
    for (int policy = DEFAULT; policy <= COMPILE; policy++) {
        for (size_t i = 0; i < BL_ARRAY_LEN(names); i++)
            assert_never_allowed(policy, names[i]);
    }
#if defined(__x86_64__)
    for (int policy = DEFAULT; policy <= COMPILE; policy++) {
        static const char *const x86[] = {"iopl",  "ioperm",  "modify_ldt",    "uselib",    "ustat",
                                          "sysfs", "_sysctl", "create_module", "nfsservctl"};

        for (size_t i = 0; i < BL_ARRAY_LEN(x86); i++)
            assert_never_allowed(policy, x86[i]);
    }
#endif
}

static void strict__allows_no_second_process_and_no_socket(void **state)
{
    static const char *const names[] = {
        "clone", "execveat", "socket", "socketpair",  "connect",      "bind",  "listen", "accept4",
        "wait4", "waitid",   "prctl",  "personality", "memfd_create", "pipe2", "flock"};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++) {
        assert_never_allowed(STRICT, names[i]);
        assert_int_equal(decide(STRICT, names[i], 1, 1, 1), SECCOMP_RET_USER_NOTIF);
        assert_int_equal(shipped[STRICT].answers[bl_policy_syscall_number(names[i])],
                         BL_POLICY_KILL);
    }
    assert_int_equal(decide(STRICT, "execve", 0, 0, 0), SECCOMP_RET_ALLOW);
}

/* What the kernel cuts to 32 bits is compared in its low 32 bits, so no bit above gets it past. */
static void shipped__ignore_the_bits_that_the_kernel_ignores(void **state)
{
    const uint64_t high = 0xdeadbeef00000000ULL;

    (void)state;
    for (int policy = DEFAULT; policy <= COMPILE; policy++) {
        for (unsigned i = 0; i < 2; i++) {
            const uint64_t h = i ? high : 0;

            assert_int_equal(decide(policy, "ioctl", 0, h | 0x5401, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "ioctl", 0, h | 0x5412, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "ioctl", 0, h | 0x541c, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "clone", h | 0x10000011, 0, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "clone", h | 0x00020011, 0, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "clone", h | 0x00002011, 0, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "clone", h | 0x00008011, 0, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "futex", 0, h | 6, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "futex", 0, h | 0x80 | 6, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "prlimit64", h | 1, 0, 0), SECCOMP_RET_ALLOW);
            if (policy == STRICT)
                continue;
            assert_int_equal(decide(policy, "clone", h | 0x11, 0, 0), SECCOMP_RET_ALLOW);
            assert_int_equal(decide(policy, "socket", h | 1, 1, 0), SECCOMP_RET_ALLOW);
            for (unsigned family = 2; family < 48; family++)
                assert_int_not_equal(decide(policy, "socket", h | family, 1, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "prctl", h | 22, 2, 0), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "setsockopt", 3, h | 1, 26), SECCOMP_RET_ALLOW);
            assert_int_not_equal(decide(policy, "personality", h | 8, 0, 0), SECCOMP_RET_ALLOW);
        }
    }
}

static void shipped__lock_shared_files_in_compile_only(void **state)
{
    static const uint64_t commands[] = {5, 6, 7, 36, 37, 38};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(commands); i++) {
        assert_int_equal(decide(DEFAULT, "fcntl", 0, commands[i], 0), SECCOMP_RET_ERRNO | ENOLCK);
        assert_int_equal(decide(COMPILE, "fcntl", 0, commands[i], 0), SECCOMP_RET_ALLOW);
    }
    for (uint64_t operation = 0; operation < 64; operation++) {
        assert_int_not_equal(decide(DEFAULT, "flock", 0, operation, 0), SECCOMP_RET_ALLOW);
        assert_int_equal(decide(COMPILE, "flock", 0, operation, 0), SECCOMP_RET_ALLOW);
    }
    for (int policy = DEFAULT; policy <= COMPILE; policy++) {
        assert_int_not_equal(decide(policy, "fcntl", 0, 1024, 0), SECCOMP_RET_ALLOW);
        assert_int_not_equal(decide(policy, "fcntl", 0, 1026, 0), SECCOMP_RET_ALLOW);
    }
}

static void compile__allows_all_that_default_allows(void **state)
{
    static uint64_t calls[NAIVE_CALLS_MAX][6];
    static struct subject s;

    (void)state;
    assert_true(open_subject(&s, files[DEFAULT]));
    for (int nr = 0; nr <= NUMBERS; nr++) {
        char text[32];
        size_t count = naive_calls(s.json, bl_policy_syscall_name(NATIVE, nr, text), calls);

        for (size_t i = 0; i < count; i++) {
            if (bl_policy_decide(&shipped[DEFAULT], NATIVE, nr, calls[i]) == SECCOMP_RET_ALLOW)
                assert_int_equal(bl_policy_decide(&shipped[COMPILE], NATIVE, nr, calls[i]),
                                 SECCOMP_RET_ALLOW);
        }
    }
    close_subject(&s);
}

static void shipped__name_no_call_that_is_unknown(void **state)
{
    (void)state;
#if defined(__x86_64__) /* arm64 lacks open, stat, fork... */
    for (int policy = DEFAULT; policy <= COMPILE; policy++)
        assert_int_equal(shipped[policy].ignored_names, 0);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped__decide_each_call_as_their_json_says),
        cmocka_unit_test(shipped__kill_foreign_abis),
        cmocka_unit_test(shipped__decide_each_call_as_libseccomp_does),
        cmocka_unit_test(shipped__allow_as_many_calls_as_documented),
        cmocka_unit_test(shipped__never_allow_what_attacks_need),
        cmocka_unit_test(strict__allows_no_second_process_and_no_socket),
        cmocka_unit_test(shipped__ignore_the_bits_that_the_kernel_ignores),
        cmocka_unit_test(shipped__lock_shared_files_in_compile_only),
        cmocka_unit_test(compile__allows_all_that_default_allows),
        cmocka_unit_test(shipped__name_no_call_that_is_unknown),
    };

    return cmocka_run_group_tests(tests, load_shipped, NULL);
}
