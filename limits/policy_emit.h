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

/* bl_policy_emit_rule - returns the rule's answer where all its conditions hold; else control is
 * behind the rule. Spoils the accumulator. */
void bl_policy_emit_rule(struct bl_policy_program *p, const struct bl_policy_rule *rule);

/* bl_policy_answer - the SECCOMP_RET_* of an explicit action: KILL is USER_NOTIF, since init
 * reports it and kills. */
uint32_t bl_policy_answer(const struct bl_policy_action *action);

#endif
