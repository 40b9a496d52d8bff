/* The interpreter, on small programs written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/policy.h"

static uint32_t run(const struct sock_filter *code, size_t count, uint32_t arch, int nr,
                    uint64_t last)
{
    static struct bl_policy policy;
    const uint64_t args[6] = {1, 2, 3, 4, 5, last};

    policy.instruction_count = (uint32_t)count;
    memcpy(policy.instructions, code, count * sizeof(code[0]));
    return bl_policy_decide(&policy, arch, nr, args);
}

#define RUN(code, arch, nr, last) run(code, BL_ARRAY_LEN(code), arch, nr, last)

static void bpf__loads_every_word_of_the_data(void **state)
{
    static const uint32_t words[] = {39, 0xc000003e, 0, 0, 1, 0, 2,          0,
                                     3,  0,          4, 0, 5, 0, 0x55667788, 0x11223344};

    (void)state;
    for (uint32_t i = 0; i < BL_ARRAY_LEN(words); i++) {
        const struct sock_filter code[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, i * 4),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, words[i], 0, 1),
            BPF_STMT(BPF_RET | BPF_K, 1),
            BPF_STMT(BPF_RET | BPF_K, 2),
        };

        assert_int_equal(RUN(code, 0xc000003e, 39, 0x1122334455667788), 1);
        assert_int_equal(RUN(code, 0, -1, 0), i < 2 || i > 13 ? 2 : 1);
    }
}

static void bpf__jumps_as_the_kernel_does(void **state)
{
    static const struct {
        uint16_t comparison;
        uint32_t nr, k, taken;
    } cases[] = {
        {BPF_JEQ, 5, 5, 1}, {BPF_JEQ, 5, 6, 0},          {BPF_JGT, 6, 5, 1},
        {BPF_JGT, 5, 5, 0}, {BPF_JGT, 0x80000000, 1, 1}, {BPF_JGE, 5, 5, 1},
        {BPF_JGE, 4, 5, 0}, {BPF_JSET, 6, 2, 1},         {BPF_JSET, 4, 3, 0},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        const struct sock_filter code[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
            BPF_JUMP((uint16_t)(BPF_JMP | BPF_K | cases[i].comparison), cases[i].k, 1, 0),
            BPF_STMT(BPF_RET | BPF_K, 0),
            BPF_STMT(BPF_RET | BPF_K, 1),
        };

        assert_int_equal(RUN(code, 0, (int)cases[i].nr, 0), cases[i].taken);
    }
}

static void bpf__masks_and_jumps_always(void **state)
{
    static const struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
        BPF_STMT(BPF_JMP | BPF_JA, 1),
        BPF_STMT(BPF_RET | BPF_K, 7),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x30, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 8),
        BPF_STMT(BPF_RET | BPF_K, 9),
    };

    (void)state;
    assert_int_equal(RUN(code, 0, 0xf35, 0), 8);
    assert_int_equal(RUN(code, 0, 0xf45, 0), 9);
}

static void bpf__kills_where_the_kernel_would_refuse_the_program(void **state)
{
    static const struct sock_filter bad[][2] = {
        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, UINT32_MAX), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
        {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
        {BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
        {BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
        {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 9, 9), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(bad); i++)
        assert_int_equal(RUN(bad[i], 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(run(bad[0], 0, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
}

/* Its count is not to be trusted either: a plan comes through a descriptor. */
static void bpf__kills_where_the_program_is_too_long(void **state)
{
    static struct bl_policy policy = {.instruction_count = BL_POLICY_INSTRUCTIONS_MAX + 1};
    const uint64_t args[6] = {0};

    (void)state;
    assert_int_equal(bl_policy_decide(&policy, 0, 0, args), SECCOMP_RET_KILL_PROCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bpf__loads_every_word_of_the_data),
        cmocka_unit_test(bpf__jumps_as_the_kernel_does),
        cmocka_unit_test(bpf__masks_and_jumps_always),
        cmocka_unit_test(bpf__kills_where_the_kernel_would_refuse_the_program),
        cmocka_unit_test(bpf__kills_where_the_program_is_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
