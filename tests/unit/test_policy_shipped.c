/* What the shipped policies promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "bailiff/own.h"
#include "tests/unit/policy_naive.h"
#include "tests/unit/policy_subject.h"

static struct bl_policy shipped[POLICY_SHIPPED];

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
    return bl_policy_decide(&shipped[policy], NATIVE_ARCH, nr, args);
}

/* The figures of docs/seccomp.md. A change here is a change of what programs may do: say why. */
static void shipped__allow_as_many_calls_as_documented(void **state)
{
#if defined(__x86_64__)
    static const unsigned documented[] = {191, 117, 203};
    static struct policy_subject s;

    (void)state;
    for (int i = 0; i < POLICY_SHIPPED; i++) {
        assert_true(policy_subject_open(&s, i));
        assert_int_equal(policy_count_allowed(&s), documented[i]);
        policy_subject_close(&s);
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
            if (bl_policy_decide(&shipped[policy], NATIVE_ARCH, nr, sets[i]) == SECCOMP_RET_ALLOW)
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
        "fsync",
        "fdatasync",
        "msync",
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
    for (int policy = POLICY_DEFAULT; policy <= POLICY_COMPILE; policy++) {
        for (size_t i = 0; i < BL_ARRAY_LEN(names); i++)
            assert_never_allowed(policy, names[i]);
    }
#if defined(__x86_64__)
    for (int policy = POLICY_DEFAULT; policy <= POLICY_COMPILE; policy++) {
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
        assert_never_allowed(POLICY_STRICT, names[i]);
        assert_int_equal(decide(POLICY_STRICT, names[i], 1, 1, 1), SECCOMP_RET_USER_NOTIF);
        assert_int_equal(shipped[POLICY_STRICT].answers[bl_policy_syscall_number(names[i])],
                         BL_POLICY_KILL);
    }
    assert_int_equal(decide(POLICY_STRICT, "execve", 0, 0, 0), SECCOMP_RET_ALLOW);
}

/* What the kernel cuts to 32 bits is compared in its low 32 bits, so no bit above gets it past. */
static void shipped__ignore_the_bits_that_the_kernel_ignores(void **state)
{
    const uint64_t high = 0xdeadbeef00000000ULL;

    (void)state;
    for (int policy = POLICY_DEFAULT; policy <= POLICY_COMPILE; policy++) {
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
            if (policy == POLICY_STRICT)
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

/* Huge pages are not counted by the memory limit. */
static void shipped__refuse_huge_pages(void **state)
{
    const uint64_t private_anonymous = 0x22, huge = 0x40000;

    (void)state;
    for (int policy = POLICY_DEFAULT; policy <= POLICY_COMPILE; policy++) {
        const uint64_t usual[6] = {0, 4096, 3, private_anonymous, ~0ULL, 0};
        const uint64_t large[6] = {0, 1 << 21, 3, private_anonymous | huge, ~0ULL, 0};
        const uint64_t larger[6] = {0, 1 << 30, 3, private_anonymous | huge | 30ULL << 26, 0, 0};
        int nr = bl_policy_syscall_number("mmap");

        assert_int_equal(bl_policy_decide(&shipped[policy], NATIVE_ARCH, nr, usual),
                         SECCOMP_RET_ALLOW);
        assert_int_equal(bl_policy_decide(&shipped[policy], NATIVE_ARCH, nr, large),
                         SECCOMP_RET_USER_NOTIF);
        assert_int_equal(bl_policy_decide(&shipped[policy], NATIVE_ARCH, nr, larger),
                         SECCOMP_RET_USER_NOTIF);
        assert_int_not_equal(decide(policy, "memfd_create", 0, 4 | 1, 0), SECCOMP_RET_ALLOW);
    }
    assert_int_equal(decide(POLICY_DEFAULT, "memfd_create", 0, 3, 0), SECCOMP_RET_ALLOW);
}

/* Flags of sendto and recvfrom are argument 3, of sendmsg and recvmsg argument 2. */
static void shipped__refuse_out_of_band_data(void **state)
{
    static const char *const names[] = {"sendto", "recvfrom", "sendmsg", "recvmsg"};
    const uint64_t oob = 1, dontwait = 0x40;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++) {
        unsigned flags = i < 2 ? 3 : 2;
        int nr = bl_policy_syscall_number(names[i]);
        uint64_t args[6] = {3, 0, 0, 0, 0, 0};

        for (int policy = POLICY_DEFAULT; policy <= POLICY_COMPILE; policy += POLICY_COMPILE) {
            args[flags] = dontwait;
            assert_int_equal(bl_policy_decide(&shipped[policy], NATIVE_ARCH, nr, args),
                             SECCOMP_RET_ALLOW);
            args[flags] = dontwait | oob;
            assert_int_equal(bl_policy_decide(&shipped[policy], NATIVE_ARCH, nr, args),
                             SECCOMP_RET_USER_NOTIF);
        }
    }
}

static void shipped__lock_shared_files_in_compile_only(void **state)
{
    static const uint64_t commands[] = {5, 6, 7, 36, 37, 38};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(commands); i++) {
        assert_int_equal(decide(POLICY_DEFAULT, "fcntl", 0, commands[i], 0),
                         SECCOMP_RET_ERRNO | ENOLCK);
        assert_int_equal(decide(POLICY_COMPILE, "fcntl", 0, commands[i], 0),
                         commands[i] % 31 == 5 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO); /* asks */
    }
    for (uint64_t operation = 0; operation < 64; operation++) {
        assert_int_not_equal(decide(POLICY_DEFAULT, "flock", 0, operation, 0), SECCOMP_RET_ALLOW);
        assert_int_equal(decide(POLICY_COMPILE, "flock", 0, operation, 0), SECCOMP_RET_ALLOW);
    }
    for (int policy = POLICY_DEFAULT; policy <= POLICY_COMPILE; policy++) {
        assert_int_not_equal(decide(policy, "fcntl", 0, 1024, 0), SECCOMP_RET_ALLOW);
        assert_int_not_equal(decide(policy, "fcntl", 0, 1026, 0), SECCOMP_RET_ALLOW);
    }
}

static void compile__allows_all_that_default_allows(void **state)
{
    static uint64_t calls[NAIVE_CALLS_MAX][6];
    static struct policy_subject s;

    (void)state;
    assert_true(policy_subject_open(&s, POLICY_DEFAULT));
    for (int nr = 0; nr <= POLICY_NUMBERS; nr++) {
        char text[32];
        size_t count = naive_calls(s.json, bl_policy_syscall_name(NATIVE_ARCH, nr, text), calls);

        for (size_t i = 0; i < count; i++) {
            if (bl_policy_decide(&shipped[POLICY_DEFAULT], NATIVE_ARCH, nr, calls[i]) ==
                SECCOMP_RET_ALLOW)
                assert_int_equal(
                    bl_policy_decide(&shipped[POLICY_COMPILE], NATIVE_ARCH, nr, calls[i]),
                    SECCOMP_RET_ALLOW);
        }
    }
    policy_subject_close(&s);
}

/* What stands in the library is what stands in limits/policies. */
static void shipped__are_embedded_whole(void **state)
{
    static struct bl_policy from_file;
    struct bl_err err;

    (void)state;
    for (int i = 0; i < POLICY_SHIPPED; i++) {
        assert_int_equal(bl_policy_load(&from_file, policy_files[i], &err), 0);
        assert_int_equal(from_file.instruction_count, shipped[i].instruction_count);
        assert_memory_equal(from_file.instructions, shipped[i].instructions,
                            sizeof(from_file.instructions));
        assert_memory_equal(from_file.answers, shipped[i].answers, sizeof(from_file.answers));
    }
}

static void shipped__name_no_call_that_is_unknown(void **state)
{
    (void)state;
#if defined(__x86_64__) /* arm64 lacks open, stat, fork... */
    for (int policy = POLICY_DEFAULT; policy <= POLICY_COMPILE; policy++)
        assert_int_equal(shipped[policy].ignored_names, 0);
#endif
}

/* The derived one: the default's answers but for sockets of the internet families. */
static void loopback__adds_internet_sockets_and_nothing_else(void **state)
{
    bl_autofree struct bl_policy *loopback = malloc(sizeof(*loopback));
    const int socket_nr = bl_policy_syscall_number("socket");
    struct bl_err err;

    (void)state;
    assert_non_null(loopback);
    assert_int_equal(bl_policy_load(loopback, "loopback", &err), 0);
    for (int nr = 0; nr <= 600; nr++) {
        for (uint64_t family = 0; family < 48; family++) {
            const uint64_t args[6] = {family, 1, 0};
            uint32_t theirs = bl_policy_decide(&shipped[0], NATIVE_ARCH, nr, args);
            bool opened = (nr == socket_nr || nr == bl_policy_syscall_number("socketpair")) &&
                          (family == 2 || family == 10);
            assert_int_equal(bl_policy_decide(loopback, NATIVE_ARCH, nr, args),
                             opened ? SECCOMP_RET_ALLOW : theirs);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped__allow_as_many_calls_as_documented),
        cmocka_unit_test(shipped__never_allow_what_attacks_need),
        cmocka_unit_test(strict__allows_no_second_process_and_no_socket),
        cmocka_unit_test(shipped__ignore_the_bits_that_the_kernel_ignores),
        cmocka_unit_test(shipped__refuse_huge_pages),
        cmocka_unit_test(shipped__refuse_out_of_band_data),
        cmocka_unit_test(shipped__lock_shared_files_in_compile_only),
        cmocka_unit_test(compile__allows_all_that_default_allows),
        cmocka_unit_test(shipped__are_embedded_whole),
        cmocka_unit_test(shipped__name_no_call_that_is_unknown),
        cmocka_unit_test(loopback__adds_internet_sockets_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, load_shipped, NULL);
}
