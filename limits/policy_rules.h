/* policy_rules.h - a profile between its text and its BPF: a list of rules. Private to policy*.c.
 *
 * policy_profile.c reads JSON into rules, policy_ranges.c turns rules into instructions. What a
 * list of rules means is told here, and is the whole semantics of a policy:
 *   - every condition of a rule must hold for the rule to match;
 *   - of the rules that match a call, the most severe action decides (KILL, TRAP, ERRNO, ALLOW);
 *     of equally severe ones the first in the file;
 *   - where none matches, the default action decides.
 * Engines on libseccomp let an unconditional ALLOW hide a conditional ERRNO of the same call;
 * severity first is stricter there, and does not depend on an order. */
#ifndef BL_LIMITS_POLICY_RULES_H
#define BL_LIMITS_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "limits/policy.h"

enum {
    BL_POLICY_CONDITIONS_MAX = 8, /* of one rule */
    BL_POLICY_RULES_MAX = 8192,   /* one for each name of each rule of the file */
    BL_POLICY_ERRNO_MAX = 4095,   /* the kernel's MAX_ERRNO: it cuts what is above */
};

/* In order of severity. No file says KILLS_AT_ONCE: it is what KILLS becomes without a listener. */
enum bl_policy_verb {
    BL_POLICY_ALLOW,
    BL_POLICY_ERRNO,
    BL_POLICY_TRAP,
    BL_POLICY_KILLS,
    BL_POLICY_KILLS_AT_ONCE,
};

struct bl_policy_action {
    enum bl_policy_verb verb;
    uint16_t sys_errno; /* ERRNO only */
};

enum bl_policy_op {
    BL_POLICY_NE,
    BL_POLICY_LT,
    BL_POLICY_LE,
    BL_POLICY_EQ,
    BL_POLICY_GE,
    BL_POLICY_GT,
    BL_POLICY_MASKED_EQ, /* (argument & mask) == value */
};

/* All 64 bits of the argument are compared, as a number without sign. */
struct bl_policy_condition {
    unsigned index; /* 0 to 5 */
    enum bl_policy_op op;
    uint64_t value; /* MASKED_EQ: already cut to the mask */
    uint64_t mask;  /* MASKED_EQ only */
};

struct bl_policy_rule {
    int nr;         /* of this machine's own ABI; below BL_POLICY_SYSCALLS_MAX */
    unsigned order; /* place in the file, to settle ties */
    bool is_launch; /* ours, comes before every other: see BL_POLICY_LAUNCH_FD */
    struct bl_policy_action action;
    unsigned condition_count; /* 0: matches every call of this number */
    struct bl_policy_condition conditions[BL_POLICY_CONDITIONS_MAX];
};

struct bl_policy_rules {
    struct bl_policy_action default_action;
    struct bl_policy_rule *items; /* owned */
    size_t count;
    size_t capacity;
    unsigned ignored_names; /* not a system call of this machine */
    bool unattended;        /* nobody will answer notifications: bl_policy_parse_own() */
};

/* A kernel's version, for minKernel: 6.1.0 is {6, 1}. */
struct bl_policy_kernel {
    unsigned major;
    unsigned minor;
};

/* bl_policy_profile_read - the rules of a profile that apply to a program without capabilities on
 * this architecture under the given kernel. *out must be zeroed; release it even after a failure.
 * Fails with POLICY, with the index of the rule where there is one; MEMORY. */
int bl_policy_profile_read(struct bl_policy_rules *out, const char *json, size_t length,
                           const struct bl_policy_kernel *kernel, struct bl_err *err);

/* bl_policy_rules_append - adds a copy, last in order. Fails with POLICY above the greatest number
 * of rules, MEMORY. */
int bl_policy_rules_append(struct bl_policy_rules *rules, const struct bl_policy_rule *rule,
                           struct bl_err *err);
void bl_policy_rules_release(struct bl_policy_rules *rules);

/* bl_policy_compile - fills instructions and answers of *out from the rules, and adds the rule for
 * BL_POLICY_LAUNCH_FD; unattended: without that rule, and nothing is left to a listener. Sorts
 * rules->items. Fails with POLICY: too many instructions. */
int bl_policy_compile(struct bl_policy *out, struct bl_policy_rules *rules, struct bl_err *err);

/* bl_policy_syscall_number - of this machine's own ABI; -1 where it has no call of that name. */
int bl_policy_syscall_number(const char *name);

/* A shipped profile. The table is generated from limits/policies/ and ends with a NULL name. */
struct bl_policy_shipped {
    const char *name;
    const char *json;
    size_t length;
};
extern const struct bl_policy_shipped bl_policy_shipped[];

#endif
