/* testdata_verdict.c - many testcases' outcomes into one, by the groups' rules; see testdata.h. */
#include "executor/judge/testdata.h"

struct judging {
    const struct bl_testdata *data;
    const enum bl_outcome *outcomes;
    const bool *done;
};

struct part {
    enum bl_outcome outcome;
    size_t from; /* the case that it comes from */
    bool known;
};

/* The format's order, worst first; what is not in it (CE) can't come from a testcase. */
static unsigned badness(enum bl_outcome outcome)
{
    static const unsigned char rank[BL_WORD_COUNT] = {
        [BL_WA] = 1,  [BL_OLE] = 2, [BL_TLE] = 3, [BL_MLE] = 4,
        [BL_RTE] = 5, [BL_CE] = 6,  [BL_JE] = 7,
    };

    return rank[outcome];
}

/* The subgroup of `group` that begins at case `at`, or 0. Empty ones are none. */
static unsigned subgroup_at(const struct bl_testdata *data, unsigned group, size_t at)
{
    for (unsigned i = group + 1; i < data->group_count; i++)
        if (data->groups[i].parent == group && data->groups[i].first == at &&
            data->groups[i].end > at)
            return i;
    return 0;
}

static struct part judge_group(const struct judging *judging, unsigned number);

/* The next part of a group, a case or a subgroup; moves *at behind it. */
static struct part next_part(const struct judging *judging, unsigned group, size_t *at)
{
    const struct bl_testdata *data = judging->data;
    struct part part = {.from = *at};
    unsigned sub;

    if (data->cases[*at].group == group) {
        part.known = judging->done[*at];
        part.outcome = judging->outcomes[(*at)++];
        return part;
    }
    sub = subgroup_at(data, group, *at);
    *at = data->groups[sub].end;
    return judge_group(judging, sub);
}

static bool ignored(const struct bl_group *group, const struct bl_testdata *data, size_t at)
{
    return group->ignore_sample && group == data->groups && data->group_count > 2 &&
           at < data->groups[1].end;
}

static struct part judge_group(const struct judging *judging, unsigned number)
{
    const struct bl_group *group = &judging->data->groups[number];
    struct part result = {.outcome = BL_AC, .from = judging->data->case_count};
    bool any_accepted = false;

    for (size_t at = group->first; at < group->end;) {
        bool passed_over = ignored(group, judging->data, at);
        struct part part = next_part(judging, number, &at);

        if (!part.known || passed_over)
            continue;
        result.known = true;
        any_accepted |= part.outcome == BL_AC;
        if (result.outcome == BL_AC || (group->mode != BL_GROUP_FIRST_ERROR &&
                                        badness(part.outcome) > badness(result.outcome)))
            if (part.outcome != BL_AC)
                result = part;
        if (part.outcome != BL_AC && group->break_on_reject)
            break;
    }
    if (result.outcome != BL_JE &&
        (group->mode == BL_GROUP_ALWAYS_ACCEPT || (group->accept_any && any_accepted))) {
        result.outcome = BL_AC;
        result.from = judging->data->case_count;
    }
    return result;
}

enum bl_outcome bl_testdata_verdict(const struct bl_testdata *data, const enum bl_outcome *outcomes,
                                    const bool *done, size_t *deciding)
{
    struct judging judging = {data, outcomes, done};
    struct part result = judge_group(&judging, 0);

    *deciding = result.from;
    return result.outcome;
}
