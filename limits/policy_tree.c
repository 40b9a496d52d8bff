/* policy_tree.c - the search for a number's range: comparisons first, then answers, then rules.
 *
 *     page:   number >= K1 ? ...         one comparison less than there are ranges
 *     exits:  ret ALLOW · ret ERRNO ...  one for each distinct answer,
 *             ja rules of ioctl ...      and one for each distinct list of rules
 *     rules:  of ioctl, of clone ...     each ends with a return
 *
 * A conditional jump reaches 255 instructions, so a page holds 128 ranges: at most 127 comparisons
 * and 128 exits. Larger searches are halved until they fit, with jumps that reach all. */
#include "limits/policy_emit.h"

enum { PAGE_RANGES = 128 };

struct page {
    struct bl_policy_program *program;
    const struct bl_policy_range *ranges;
    const struct bl_policy_range *exits[PAGE_RANGES]; /* the first range that has it */
    unsigned exit_count;
    /* Jumps to exits, whose place is not known until the comparisons stand. */
    struct {
        uint32_t node;
        unsigned exit;
        bool if_true;
    } jumps[PAGE_RANGES];
    unsigned jump_count;
};

/* The number of the exit for a range: one that is there already, or a new one. */
static unsigned exit_for(struct page *page, const struct bl_policy_range *range)
{
    for (unsigned i = 0; i < page->exit_count; i++) {
        const struct bl_policy_range *other = page->exits[i];

        if (other->answer == range->answer && other->rule_count == range->rule_count &&
            bl_policy_same_rules(other->rules, range->rules, range->rule_count))
            return i;
    }
    page->exits[page->exit_count] = range;
    return page->exit_count++;
}

static void emit_nodes(struct page *page, unsigned first, unsigned last);

/* One side of a node: a range's exit, or the node that follows now. Returns the distance to that.
 */
static uint8_t emit_side(struct page *page, uint32_t node, bool if_true, unsigned first,
                         unsigned last)
{
    uint8_t distance = (uint8_t)(page->program->count - node - 1);

    if (first < last) {
        emit_nodes(page, first, last);
        return distance;
    }
    page->jumps[page->jump_count].node = node;
    page->jumps[page->jump_count].exit = exit_for(page, &page->ranges[first]);
    page->jumps[page->jump_count++].if_true = if_true;
    return 0;
}

/* The comparisons that tell ranges first to last (two at least) apart. */
static void emit_nodes(struct page *page, unsigned first, unsigned last)
{
    struct bl_policy_program *p = page->program;
    unsigned middle = first + (last - first + 1) / 2;
    uint32_t node = p->count;
    uint8_t below, above;

    bl_policy_emit_jump(p, BPF_JGE, page->ranges[middle].first, 0, 0);
    below = emit_side(page, node, false, first, middle - 1);
    above = emit_side(page, node, true, middle, last);
    if (p->overflowed)
        return;
    p->code[node].jf = below;
    p->code[node].jt = above;
}

static void emit_page(struct bl_policy_program *p, const struct bl_policy_range *ranges,
                      unsigned count)
{
    struct page page = {.program = p, .ranges = ranges};
    uint32_t exits;

    if (count > 1)
        emit_nodes(&page, 0, count - 1);
    else
        (void)exit_for(&page, ranges); /* the only one: control runs into it */
    exits = p->count;
    for (unsigned i = 0; i < page.exit_count; i++) {
        if (page.exits[i]->rule_count)
            bl_policy_emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
        else
            bl_policy_emit_return(p, page.exits[i]->answer);
    }
    for (unsigned i = 0; i < page.exit_count && !p->overflowed; i++) {
        if (!page.exits[i]->rule_count)
            continue;
        p->code[exits + i].k = p->count - (exits + i) - 1;
        bl_policy_emit_rules(p, page.exits[i]->rules, page.exits[i]->rule_count);
        bl_policy_emit_return(p, page.exits[i]->answer);
    }
    for (unsigned i = 0; i < page.jump_count && !p->overflowed; i++) {
        uint32_t node = page.jumps[i].node;
        uint8_t distance = (uint8_t)(exits + page.jumps[i].exit - node - 1);

        if (page.jumps[i].if_true)
            p->code[node].jt = distance;
        else
            p->code[node].jf = distance;
    }
}

void bl_policy_emit_tree(struct bl_policy_program *p, const struct bl_policy_range *ranges,
                         unsigned count)
{
    unsigned below = count / 2;
    uint32_t far_jump;

    if (count <= PAGE_RANGES) {
        emit_page(p, ranges, count);
        return;
    }
    bl_policy_emit_jump(p, BPF_JGE, ranges[below].first, 0, 1);
    far_jump = p->count;
    bl_policy_emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
    bl_policy_emit_tree(p, ranges, below);
    if (p->overflowed)
        return;
    p->code[far_jump].k = p->count - far_jump - 1;
    bl_policy_emit_tree(p, ranges + below, count - below);
}
