/* standing.c - see standing.h. */
#include "executor/judge/standing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

int bl_standing_init(struct bl_standing *standing, const struct bl_submission *submission,
                     const struct bl_testdata *testdata, bool all, struct bl_err *err)
{
    *standing = (struct bl_standing){.submission = submission,
                                     .testdata = testdata,
                                     .all = all,
                                     .stop = testdata->case_count,
                                     .deciding = testdata->case_count,
                                     .slowest = testdata->case_count};
    standing->cases = calloc(testdata->case_count, sizeof(*standing->cases));
    standing->done = calloc(testdata->case_count, sizeof(*standing->done));
    if (!standing->cases || !standing->done)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", submission->program.name);
    return 0;
}

void bl_standing_release(struct bl_standing *standing)
{
    for (size_t i = 0; standing->cases && i < standing->testdata->case_count; i++)
        bl_case_result_release(&standing->cases[i]);
    free(standing->compilation);
    free(standing->cases);
    free(standing->done);
    standing->compilation = NULL;
    standing->cases = NULL;
    standing->done = NULL;
}

/* What the expectation looks at: the testcases before `end`. NULL without memory. */
static struct bl_seen_case *see_cases(const struct bl_standing *standing, size_t end)
{
    struct bl_seen_case *seen = calloc(end ? end : 1, sizeof(*seen));

    for (size_t i = 0; seen && i < end; i++)
        seen[i] = (struct bl_seen_case){standing->testdata->cases[i].name,
                                        standing->cases[i].judgement.outcome,
                                        standing->cases[i].judgemessage, standing->done[i]};
    return seen;
}

static void check_expectation(struct bl_standing *standing)
{
    size_t end = standing->compilation ? standing->stop : 0;
    bl_autofree struct bl_seen_case *seen = see_cases(standing, end);

    standing->expectation =
        bl_expectation_check(&standing->submission->expected, standing->judgement.outcome, seen,
                             seen ? end : 0, standing->why);
}

static void find_extremes(struct bl_standing *standing)
{
    for (size_t i = 0; i < standing->stop; i++) {
        const struct bl_case_result *result = &standing->cases[i];

        if (!standing->done[i] || !result->ran)
            continue;
        if (result->memory_peak_bytes > standing->memory_peak_bytes)
            standing->memory_peak_bytes = result->memory_peak_bytes;
        if (standing->slowest == standing->testdata->case_count ||
            result->cpu_time_ns > standing->cases[standing->slowest].cpu_time_ns)
            standing->slowest = i;
    }
}

static void conclude(struct bl_standing *standing)
{
    size_t count = standing->testdata->case_count;
    bl_autofree enum bl_outcome *outcomes = calloc(count, sizeof(*outcomes));

    standing->over = true;
    if (!outcomes) {
        standing->judgement = (struct bl_judgement){.outcome = BL_JE, .reason = "no memory"};
        return;
    }
    for (size_t i = 0; i < count; i++) {
        standing->done[i] = i < standing->stop && standing->done[i];
        outcomes[i] = standing->cases[i].judgement.outcome;
    }
    standing->judgement.outcome =
        bl_testdata_verdict(standing->testdata, outcomes, standing->done, &standing->deciding);
    if (standing->deciding < count)
        standing->judgement = standing->cases[standing->deciding].judgement;
    find_extremes(standing);
    check_expectation(standing);
}

int bl_standing_compiled(struct bl_standing *standing, const struct bl_compilation *compilation,
                         struct bl_err *err)
{
    standing->compilation = malloc(sizeof(*compilation));
    if (!standing->compilation)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", standing->submission->program.name);
    *standing->compilation = *compilation;
    if (compilation->judgement.outcome != BL_AC) {
        standing->stop = 0;
        bl_standing_refuse(standing, compilation->judgement.outcome, compilation->judgement.reason);
    }
    return 0;
}

void bl_standing_refuse(struct bl_standing *standing, enum bl_outcome outcome, const char *reason)
{
    standing->over = true;
    standing->stop = 0;
    standing->judgement.outcome = outcome;
    (void)snprintf(standing->judgement.reason, sizeof(standing->judgement.reason), "%s", reason);
    check_expectation(standing);
}

/* Does a rejection here end the judging, by the rules of all groups around it? */
static bool groups_break(const struct bl_testdata *data, unsigned group)
{
    while (data->groups[group].break_on_reject && group != 0)
        group = data->groups[group].parent;
    return data->groups[group].break_on_reject;
}

/* After the case before `settled`: is what follows still worth running? */
static bool is_enough(const struct bl_standing *standing)
{
    const struct bl_testdata *data = standing->testdata;
    size_t last = standing->settled - 1;
    enum bl_outcome outcome = standing->cases[last].judgement.outcome;
    bl_autofree struct bl_seen_case *seen = NULL;

    if (outcome == BL_JE)
        return true; /* more runs would prove nothing of the submission */
    if (standing->all || outcome == BL_AC || !groups_break(data, data->cases[last].group))
        return false;
    seen = see_cases(standing, standing->settled);
    return seen && bl_expectation_decided(&standing->submission->expected, seen, standing->settled);
}

void bl_standing_take_case(struct bl_standing *standing, size_t number,
                           struct bl_case_result *result)
{
    standing->cases[number] = *result;
    *result = (struct bl_case_result){0};
    standing->done[number] = true;
    while (standing->settled < standing->stop && standing->done[standing->settled]) {
        standing->settled++;
        if (is_enough(standing))
            standing->stop = standing->settled;
    }
    if (standing->settled == standing->stop)
        conclude(standing);
}

bool bl_standing_finds_limit(const struct bl_standing *standing)
{
    for (size_t i = 0; i < standing->testdata->case_count; i++)
        if (bl_expectation_lower(&standing->submission->expected,
                                 standing->testdata->cases[i].name))
            return true;
    return false;
}

uint64_t bl_standing_lower_ns(const struct bl_standing *standing)
{
    uint64_t slowest = 0;

    for (size_t i = 0; standing->compilation && i < standing->stop; i++)
        if (standing->done[i] && standing->cases[i].cpu_time_ns > slowest &&
            bl_expectation_lower(&standing->submission->expected,
                                 standing->testdata->cases[i].name))
            slowest = standing->cases[i].cpu_time_ns;
    return slowest;
}
