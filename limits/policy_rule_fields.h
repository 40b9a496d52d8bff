/* policy_rule_fields.h - the parts of one rule that have a grammar of their own. Private to
 * policy*.c. All fail with POLICY at the place given. */
#ifndef BL_LIMITS_POLICY_RULE_FIELDS_H
#define BL_LIMITS_POLICY_RULE_FIELDS_H

#include <jansson.h>
#include <stdbool.h>

#include "limits/policy_fields.h"
#include "limits/policy_rules.h"

/* Names of the three fields that make an action; the default action has names of its own. */
struct bl_policy_action_fields {
    const char *action;       /* "SCMP_ACT_..."; required */
    const char *errno_number; /* of ERRNO; EPERM where neither this nor the name is given */
    const char *errno_name;   /* podman's: "ENOSYS"; must agree with the number where both stand */
};

int bl_policy_read_action(struct bl_policy_action *out, const json_t *object,
                          const struct bl_policy_action_fields *fields,
                          const struct bl_policy_place *place, struct bl_err *err);

/* bl_policy_read_conditions - the args of a rule whose action is already read. An ALLOW may compare
 * one argument twice (a range); another action may not: some engines take two comparisons of
 * one argument for "either", and of two readings a refusal must not get the narrower. */
int bl_policy_read_conditions(struct bl_policy_rule *out, const json_t *object, int rule,
                              struct bl_err *err);

/* bl_policy_applies - whether includes and excludes let the rule count here. */
int bl_policy_applies(bool *out, const json_t *object, const struct bl_policy_kernel *kernel,
                      int rule, struct bl_err *err);

#endif
