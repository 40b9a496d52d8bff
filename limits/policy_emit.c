/* policy_emit.c - one rule to BPF instructions. */
#include "limits/policy_emit.h"

#include <linux/seccomp.h>
#include <stdbool.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "low words of arguments come first");

void bl_policy_emit(struct bl_policy_program *p, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
    if (p->count == BL_POLICY_INSTRUCTIONS_MAX) {
        p->overflowed = true;
        return;
    }
    p->code[p->count++] = (struct sock_filter){.code = code, .jt = jt, .jf = jf, .k = k};
}

void bl_policy_emit_jump(struct bl_policy_program *p, uint16_t comparison, uint32_t k, uint8_t jt,
                         uint8_t jf)
{
    bl_policy_emit(p, (uint16_t)(BPF_JMP | BPF_K | comparison), jt, jf, k);
}

void bl_policy_emit_load(struct bl_policy_program *p, size_t offset)
{
    bl_policy_emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

void bl_policy_emit_return(struct bl_policy_program *p, uint32_t answer)
{
    bl_policy_emit(p, BPF_RET | BPF_K, 0, 0, answer);
}

/* Marks a jump to the end of the rule; patched there. No jump inside a rule is that far: at most
 * six instructions for each of at most eight conditions. */
enum { TO_NEXT_RULE = 255 };

static void emit_masked_word(struct bl_policy_program *p, size_t offset, uint32_t mask,
                             uint32_t value)
{
    if (mask == 0)
        return; /* value is cut to the mask: 0 == 0 */
    bl_policy_emit_load(p, offset);
    if (mask != UINT32_MAX)
        bl_policy_emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
    bl_policy_emit_jump(p, BPF_JEQ, value, 0, TO_NEXT_RULE);
}

/* argument >= value, or > where that is asked for, or the opposite of either: the high words
 * decide unless they are equal. */
static void emit_order(struct bl_policy_program *p, size_t low, uint64_t value, uint16_t comparison,
                       bool opposite)
{
    uint32_t high_value = (uint32_t)(value >> 32), low_value = (uint32_t)value;

    bl_policy_emit_load(p, low + 4);
    if (opposite) {
        bl_policy_emit_jump(p, BPF_JGT, high_value, TO_NEXT_RULE, 0);
        bl_policy_emit_jump(p, BPF_JEQ, high_value, 0, 2);
        bl_policy_emit_load(p, low);
        bl_policy_emit_jump(p, comparison, low_value, TO_NEXT_RULE, 0);
    } else {
        bl_policy_emit_jump(p, BPF_JGT, high_value, 3, 0);
        bl_policy_emit_jump(p, BPF_JEQ, high_value, 0, TO_NEXT_RULE);
        bl_policy_emit_load(p, low);
        bl_policy_emit_jump(p, comparison, low_value, 0, TO_NEXT_RULE);
    }
}

/* Falls through where the condition holds. */
static void emit_condition(struct bl_policy_program *p, const struct bl_policy_condition *condition)
{
    size_t low = offsetof(struct seccomp_data, args) + condition->index * sizeof(uint64_t);
    uint64_t value = condition->value;

    switch (condition->op) {
    case BL_POLICY_EQ:
        emit_masked_word(p, low + 4, UINT32_MAX, (uint32_t)(value >> 32));
        emit_masked_word(p, low, UINT32_MAX, (uint32_t)value);
        return;
    case BL_POLICY_MASKED_EQ:
        emit_masked_word(p, low + 4, (uint32_t)(condition->mask >> 32), (uint32_t)(value >> 32));
        emit_masked_word(p, low, (uint32_t)condition->mask, (uint32_t)value);
        return;
    case BL_POLICY_NE:
        bl_policy_emit_load(p, low + 4);
        bl_policy_emit_jump(p, BPF_JEQ, (uint32_t)(value >> 32), 0, 2);
        bl_policy_emit_load(p, low);
        bl_policy_emit_jump(p, BPF_JEQ, (uint32_t)value, TO_NEXT_RULE, 0);
        return;
    case BL_POLICY_GE:
        emit_order(p, low, value, BPF_JGE, false);
        return;
    case BL_POLICY_GT:
        emit_order(p, low, value, BPF_JGT, false);
        return;
    case BL_POLICY_LT:
        emit_order(p, low, value, BPF_JGE, true);
        return;
    case BL_POLICY_LE:
        emit_order(p, low, value, BPF_JGT, true);
        return;
    }
}

uint32_t bl_policy_answer(const struct bl_policy_action *action)
{
    switch (action->verb) {
    case BL_POLICY_ALLOW:
        return SECCOMP_RET_ALLOW;
    case BL_POLICY_ERRNO:
        return SECCOMP_RET_ERRNO | action->sys_errno;
    case BL_POLICY_TRAP:
        return SECCOMP_RET_TRAP;
    case BL_POLICY_KILLS:
        break;
    }
    return SECCOMP_RET_USER_NOTIF; /* init answers it: bl_policy.answers */
}

void bl_policy_emit_rule(struct bl_policy_program *p, const struct bl_policy_rule *rule)
{
    uint32_t begin = p->count;

    for (unsigned i = 0; i < rule->condition_count; i++)
        emit_condition(p, &rule->conditions[i]);
    bl_policy_emit_return(p, bl_policy_answer(&rule->action));
    for (uint32_t i = begin; i < p->count; i++) {
        struct sock_filter *jump = &p->code[i];

        if (jump->jt == TO_NEXT_RULE)
            jump->jt = (uint8_t)(p->count - i - 1);
        if (jump->jf == TO_NEXT_RULE)
            jump->jf = (uint8_t)(p->count - i - 1);
    }
}
