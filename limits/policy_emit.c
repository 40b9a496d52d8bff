/* policy_emit.c - the rules of one number to BPF instructions. */
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

/* Marks of jumps that leave a rule or a group of rules; patched at its end. No jump inside is that
 * far: at most five instructions for each of at most eight conditions, and one for each of the
 * group. */
enum { TO_NEXT_RULE = 255, TO_ANSWER = 254, GROUP_MAX = 128 };

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
    case BL_POLICY_KILLS_AT_ONCE:
        return SECCOMP_RET_KILL_PROCESS;
    case BL_POLICY_KILLS:
        break;
    }
    return SECCOMP_RET_USER_NOTIF; /* init answers it: bl_policy.answers */
}

/* Whether the condition asks for one value of the low word, so that many like it can share a load.
 */
static bool asks_for_low_word(const struct bl_policy_condition *condition)
{
    return condition->op == BL_POLICY_MASKED_EQ && condition->mask != 0 &&
           condition->mask <= UINT32_MAX;
}

static bool same_condition(const struct bl_policy_condition *a, const struct bl_policy_condition *b,
                           bool but_for_value)
{
    return a->index == b->index && a->op == b->op && a->mask == b->mask &&
           (but_for_value || a->value == b->value);
}

/* Whether b differs from a in the value of its last condition only. */
static bool belong_together(const struct bl_policy_rule *a, const struct bl_policy_rule *b)
{
    unsigned last = a->condition_count - 1;

    if (a->condition_count != b->condition_count || !asks_for_low_word(&a->conditions[last]) ||
        bl_policy_answer(&a->action) != bl_policy_answer(&b->action))
        return false;
    for (unsigned i = 0; i < last; i++) {
        if (!same_condition(&a->conditions[i], &b->conditions[i], false))
            return false;
    }
    return same_condition(&a->conditions[last], &b->conditions[last], true);
}

/* "Is it one of these?" for the last conditions of a group. */
static void emit_alternatives(struct bl_policy_program *p, const struct bl_policy_rule *group,
                              unsigned count, bool is_loaded)
{
    const struct bl_policy_condition *last = &group->conditions[group->condition_count - 1];

    if (!is_loaded)
        bl_policy_emit_load(p,
                            offsetof(struct seccomp_data, args) + last->index * sizeof(uint64_t));
    if (!is_loaded && last->mask != UINT32_MAX)
        bl_policy_emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, (uint32_t)last->mask);
    for (unsigned i = 0; i < count; i++) {
        uint32_t value = (uint32_t)group[i].conditions[group->condition_count - 1].value;
        bool is_last = i == count - 1;

        bl_policy_emit_jump(p, BPF_JEQ, value, is_last ? 0 : TO_ANSWER, is_last ? TO_NEXT_RULE : 0);
    }
}

static void patch(struct bl_policy_program *p, uint32_t begin, uint8_t mark, uint32_t target)
{
    for (uint32_t i = begin; i < target; i++) {
        if (p->code[i].jt == mark)
            p->code[i].jt = (uint8_t)(target - i - 1);
        if (p->code[i].jf == mark)
            p->code[i].jf = (uint8_t)(target - i - 1);
    }
}

/* Rules that belong together, as one. */
static void emit_group(struct bl_policy_program *p, const struct bl_policy_rule *group,
                       unsigned count, bool is_loaded)
{
    const struct bl_policy_condition *last = &group->conditions[group->condition_count - 1];
    uint32_t begin = p->count;

    for (unsigned i = 0; i + 1 < group->condition_count; i++)
        emit_condition(p, &group->conditions[i]);
    if (asks_for_low_word(last))
        emit_alternatives(p, group, count, is_loaded);
    else
        emit_condition(p, last);
    bl_policy_emit_return(p, bl_policy_answer(&group->action));
    if (p->overflowed)
        return;
    patch(p, begin, TO_NEXT_RULE, p->count);
    patch(p, begin, TO_ANSWER, p->count - 1);
}

/* Whether the accumulator, where it comes out behind rule a, is what rule b begins with. */
static bool leaves_loaded(const struct bl_policy_rule *a, const struct bl_policy_rule *b)
{
    return a->condition_count == 1 && b->condition_count == 1 &&
           asks_for_low_word(&a->conditions[0]) &&
           same_condition(&a->conditions[0], &b->conditions[0], true);
}

void bl_policy_emit_rules(struct bl_policy_program *p, const struct bl_policy_rule *rules,
                          unsigned count)
{
    for (unsigned i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && end - i < GROUP_MAX; end++) {
            if (!belong_together(&rules[i], &rules[end]))
                break;
        }
        emit_group(p, &rules[i], end - i, i > 0 && leaves_loaded(&rules[i - 1], &rules[i]));
    }
}

bool bl_policy_same_rules(const struct bl_policy_rule *a, const struct bl_policy_rule *b,
                          unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (bl_policy_answer(&a[i].action) != bl_policy_answer(&b[i].action) ||
            a[i].condition_count != b[i].condition_count)
            return false;
        for (unsigned j = 0; j < a[i].condition_count; j++) {
            if (!same_condition(&a[i].conditions[j], &b[i].conditions[j], false))
                return false;
        }
    }
    return true;
}
