/* policy_emit.h - writes BPF instructions of a filter. Private to policy*.c. */
#ifndef BL_LIMITS_POLICY_EMIT_H
#define BL_LIMITS_POLICY_EMIT_H

#include <linux/filter.h>
#include <stdbool.h>

#include "limits/policy_rules.h"

struct bl_policy_program {
    struct sock_filter code[BL_POLICY_INSTRUCTIONS_MAX];
    uint32_t count;
    bool overflowed; /* something did not fit; what was written is of no use */
};

void bl_policy_emit(struct bl_policy_program *p, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k);

/* bl_policy_emit_jump - comparison: BPF_JEQ, BPF_JGT or BPF_JGE of the accumulator with k. */
void bl_policy_emit_jump(struct bl_policy_program *p, uint16_t comparison, uint32_t k, uint8_t jt,
                         uint8_t jf);

/* bl_policy_emit_load - 32 bits of struct seccomp_data at an offset. */
void bl_policy_emit_load(struct bl_policy_program *p, size_t offset);
void bl_policy_emit_return(struct bl_policy_program *p, uint32_t answer);

/* bl_policy_emit_rules - rules of one number, each with a condition at least, in the order in which
 * they decide: returns the answer of the first that matches; where none does, control is behind
 * them. Neighbours that differ in one value only share the load of the argument. Spoils the
 * accumulator. */
void bl_policy_emit_rules(struct bl_policy_program *p, const struct bl_policy_rule *rules,
                          unsigned count);

/* bl_policy_same_rules - whether two lists decide alike, rule by rule. */
bool bl_policy_same_rules(const struct bl_policy_rule *a, const struct bl_policy_rule *b,
                          unsigned count);

/* bl_policy_answer - the SECCOMP_RET_* of an explicit action: KILL is USER_NOTIF, since init
 * reports it and kills. */
uint32_t bl_policy_answer(const struct bl_policy_action *action);

/* Numbers from `first` up to the next range's. */
struct bl_policy_range {
    uint32_t first;
    uint32_t answer;                    /* SECCOMP_RET_*, where none of the rules matches */
    const struct bl_policy_rule *rules; /* with conditions; borrowed */
    unsigned rule_count;
};

/* bl_policy_emit_tree - the search for the range of the number in the accumulator, and every
 * range's answer. ranges[0].first is 0, and each is above the one before; at least one. */
void bl_policy_emit_tree(struct bl_policy_program *p, const struct bl_policy_range *ranges,
                         unsigned count);

#endif
