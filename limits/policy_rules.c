#include "limits/policy_rules.h"

#include <stdlib.h>

int bl_policy_rules_append(struct bl_policy_rules *rules, const struct bl_policy_rule *rule,
                           struct bl_err *err)
{
    if (rules->count == rules->capacity) {
        size_t capacity = rules->capacity ? 2 * rules->capacity : 512;
        struct bl_policy_rule *grown;

        if (rules->count >= BL_POLICY_RULES_MAX)
            return bl_fail(err, BL_STEP_POLICY, 0, "more than %d names in all rules together",
                           BL_POLICY_RULES_MAX);
        grown = reallocarray(rules->items, capacity, sizeof(*grown));
        if (!grown)
            return bl_fail(err, BL_STEP_MEMORY, 0, "seccomp rules");
        rules->items = grown;
        rules->capacity = capacity;
    }
    rules->items[rules->count] = *rule;
    rules->items[rules->count].order = (unsigned)rules->count;
    rules->count++;
    return 0;
}

void bl_policy_rules_release(struct bl_policy_rules *rules)
{
    free(rules->items);
    *rules = (struct bl_policy_rules){0};
}
