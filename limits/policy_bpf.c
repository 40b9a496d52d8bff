/* policy_bpf.c - runs a compiled filter as the kernel would.
 *
 * Only what seccomp filters are made of (seccomp_check_filter() of the kernel admits little more):
 * loads of 32-bit words of struct seccomp_data, comparisons with constants, AND, returns. Whatever
 * else stands in the program, and running off its end, is KILL_PROCESS: the kernel would not have
 * taken the program at all. */
#include "limits/policy.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>

/* Compares the accumulator as a conditional jump does; false for an operation we don't know. */
static bool jump_is_taken(uint16_t code, uint32_t accumulator, uint32_t k)
{
    switch (BPF_OP(code)) {
    case BPF_JEQ:
        return accumulator == k;
    case BPF_JGT:
        return accumulator > k;
    case BPF_JGE:
        return accumulator >= k;
    case BPF_JSET:
        return (accumulator & k) != 0;
    default:
        return false;
    }
}

static uint32_t run(const struct sock_filter *program, uint32_t count,
                    const struct seccomp_data *data)
{
    uint32_t accumulator = 0;

    for (uint32_t at = 0; at < count; at++) { /* jumps go forward only, so this ends */
        const struct sock_filter *i = &program[at];

        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (i->k % 4 != 0 || i->k > sizeof(*data) - 4)
                return SECCOMP_RET_KILL_PROCESS;
            memcpy(&accumulator, (const char *)data + i->k, 4);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            accumulator &= i->k;
            break;
        case BPF_JMP | BPF_JA:
            if (i->k >= count)
                return SECCOMP_RET_KILL_PROCESS;
            at += i->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JGT | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_K:
        case BPF_JMP | BPF_JSET | BPF_K:
            at += jump_is_taken(i->code, accumulator, i->k) ? i->jt : i->jf;
            break;
        case BPF_RET | BPF_K:
            return i->k;
        default:
            return SECCOMP_RET_KILL_PROCESS;
        }
    }
    return SECCOMP_RET_KILL_PROCESS;
}

uint32_t bl_policy_decide(const struct bl_policy *policy, uint32_t arch, int nr,
                          const uint64_t args[6])
{
    struct sock_filter program[BL_POLICY_INSTRUCTIONS_MAX];
    struct seccomp_data data = {.nr = nr, .arch = arch};

    if (policy->instruction_count > BL_POLICY_INSTRUCTIONS_MAX)
        return SECCOMP_RET_KILL_PROCESS;
    memcpy(program, policy->instructions, policy->instruction_count * sizeof(program[0]));
    memcpy(data.args, args, sizeof(data.args));
    return run(program, policy->instruction_count, &data);
}
