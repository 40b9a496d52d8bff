/* policy_ranges.c - rules to ranges of numbers that have one answer, and these to a program.
 *
 * The shape is chosen for the load, which every program pays, and which is paid by the instruction
 * (docs/seccomp.md has the figures). libseccomp's tree searches single numbers; here neighbours
 * with one answer are one range. The tests hold every answer against libseccomp's own filter for
 * the same rules. */
#include "limits/policy_emit.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "bailiff/own.h"

#if defined(__x86_64__)
#define NATIVE_AUDIT_ARCH AUDIT_ARCH_X86_64
#define HAS_X32 true
#else
#define NATIVE_AUDIT_ARCH AUDIT_ARCH_AARCH64
#define HAS_X32 false
#endif
#define X32_FIRST 0x40000000U /* __X32_SYSCALL_BIT: the same arch word, other calling rules */

enum { RANGES_MAX = 2 * BL_POLICY_SYSCALLS_MAX + 4 };

struct compiler {
    struct bl_policy_program program;
    struct bl_policy_range ranges[RANGES_MAX];
    unsigned range_count;
    struct bl_policy_action default_action;
    bool unattended;
};

/* By number, then the launch rule, then severity, then place in the file. */
static int compare_rules(const void *left, const void *right)
{
    const struct bl_policy_rule *a = left, *b = right;

    if (a->nr != b->nr)
        return a->nr < b->nr ? -1 : 1;
    if (a->is_launch != b->is_launch)
        return a->is_launch ? -1 : 1;
    if (a->action.verb != b->action.verb)
        return a->action.verb > b->action.verb ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Appends a range, or lengthens the last one where that answers the same without conditions. */
static void add_range(struct compiler *c, const struct bl_policy_range *range)
{
    const struct bl_policy_range *last = c->range_count ? &c->ranges[c->range_count - 1] : NULL;

    if (last && !last->rule_count && !range->rule_count && last->answer == range->answer)
        return;
    c->ranges[c->range_count++] = *range;
}

/* What falls to the default is reported, be it killed or refused, where there is whom to. */
static uint32_t default_answer(const struct compiler *c)
{
    if (c->default_action.verb == BL_POLICY_ERRNO && !c->unattended)
        return SECCOMP_RET_USER_NOTIF;
    return bl_policy_answer(&c->default_action);
}

/* The rules of one number: `count` of them from `rules` on, sorted. Sets its answer to
 * notifications as well. */
static void add_number(struct compiler *c, struct bl_policy *out,
                       const struct bl_policy_rule *rules, size_t count)
{
    struct bl_policy_range range = {.first = (uint32_t)rules->nr, .rules = rules};
    bool kills = false, decided = false;

    for (size_t i = 0; i < count; i++)
        kills |= rules[i].action.verb == BL_POLICY_KILLS;
    /* Init knows the number only, so one number has one answer to notifications: where that is a
     * kill, the kernel itself answers what falls to a default of ERRNO, unreported. */
    range.answer = kills ? bl_policy_answer(&c->default_action) : default_answer(c);
    for (size_t i = 0; i < count && !decided; i++) {
        decided = rules[i].condition_count == 0;
        if (decided)
            range.answer = bl_policy_answer(&rules[i].action);
        else
            range.rule_count++;
    }
    while (range.rule_count &&
           bl_policy_answer(&rules[range.rule_count - 1].action) == range.answer)
        range.rule_count--; /* the same with it as without */
    if (kills)
        out->answers[rules->nr] = BL_POLICY_KILL;
    add_range(c, &range);
}

static void add_ranges(struct compiler *c, struct bl_policy *out,
                       const struct bl_policy_rules *rules)
{
    struct bl_policy_range otherwise = {.answer = default_answer(c)};
    uint32_t next = 0; /* the first number not yet in a range */

    for (size_t i = 0, end; i < rules->count; i = end) {
        for (end = i + 1; end < rules->count && rules->items[end].nr == rules->items[i].nr;)
            end++;
        otherwise.first = next;
        if ((uint32_t)rules->items[i].nr > next)
            add_range(c, &otherwise);
        add_number(c, out, &rules->items[i], end - i);
        next = (uint32_t)rules->items[i].nr + 1;
    }
    otherwise.first = next;
    add_range(c, &otherwise);
    if (HAS_X32) {
        add_range(
            c, &(struct bl_policy_range){.first = X32_FIRST, .answer = SECCOMP_RET_KILL_PROCESS});
        otherwise.first = UINT32_MAX; /* -1 is no x32 call but what tracers use for "none" */
        add_range(c, &otherwise);
    }
}

static void set_default_answers(struct bl_policy *out, const struct bl_policy_action *action)
{
    out->default_answer =
        action->verb == BL_POLICY_ERRNO ? (int16_t)action->sys_errno : (int16_t)BL_POLICY_KILL;
    for (unsigned nr = 0; nr < BL_POLICY_SYSCALLS_MAX; nr++)
        out->answers[nr] = out->default_answer;
}

/* sendmsg on the descriptor over which the listener leaves, before any rule of the file. The kernel
 * takes a descriptor from the low half of the register only, so only that half is compared. */
static int add_launch_rule(struct bl_policy_rules *rules, struct bl_err *err)
{
    const struct bl_policy_rule launch = {
        .nr = SYS_sendmsg,
        .is_launch = true,
        .action = {.verb = BL_POLICY_ALLOW},
        .condition_count = 1,
        .conditions = {{.index = 0,
                        .op = BL_POLICY_MASKED_EQ,
                        .value = BL_POLICY_LAUNCH_FD,
                        .mask = UINT32_MAX}},
    };

    return bl_policy_rules_append(rules, &launch, err);
}

static void kill_at_once(struct bl_policy_action *action)
{
    if (action->verb == BL_POLICY_KILLS)
        action->verb = BL_POLICY_KILLS_AT_ONCE;
}

/* Rules with no launch to let through and no init to report to. */
static void leave_unattended(struct bl_policy_rules *rules)
{
    kill_at_once(&rules->default_action);
    for (size_t i = 0; i < rules->count; i++)
        kill_at_once(&rules->items[i].action);
}

int bl_policy_compile(struct bl_policy *out, struct bl_policy_rules *rules, struct bl_err *err)
{
    bl_autofree struct compiler *c = calloc(1, sizeof(*c));

    if (!c)
        return bl_fail(err, BL_STEP_MEMORY, 0, "seccomp compiler");
    if (rules->unattended)
        leave_unattended(rules);
    else if (add_launch_rule(rules, err))
        return -1;
    c->unattended = rules->unattended;
    c->default_action = rules->default_action;
    set_default_answers(out, &rules->default_action);
    if (rules->count > 0)
        qsort(rules->items, rules->count, sizeof(rules->items[0]), compare_rules);
    add_ranges(c, out, rules);
    bl_policy_emit_load(&c->program, offsetof(struct seccomp_data, arch));
    bl_policy_emit_jump(&c->program, BPF_JEQ, NATIVE_AUDIT_ARCH, 1, 0);
    bl_policy_emit_return(&c->program, SECCOMP_RET_KILL_PROCESS);
    bl_policy_emit_load(&c->program, offsetof(struct seccomp_data, nr));
    bl_policy_emit_tree(&c->program, c->ranges, c->range_count);
    if (c->program.overflowed)
        return bl_fail(err, BL_STEP_POLICY, 0, "%s: more than %d instructions", out->name,
                       BL_POLICY_INSTRUCTIONS_MAX);
    out->instruction_count = c->program.count;
    memcpy(out->instructions, c->program.code, c->program.count * sizeof(c->program.code[0]));
    return 0;
}
