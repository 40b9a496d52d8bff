#include "executor/job/schedule.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum state { WAITING, RUNNING, OVER };

struct bl_schedule {
    const struct bl_job_step *step;
    uint32_t counts[BL_OUTCOME_COUNT];
    uint32_t over;
    uint32_t first_waiting; /* none before it waits */
    uint32_t failed;        /* the first by place that did not pass; case_count: none */
    uint32_t *failed_of;    /* owned; the same within each group, by its number */
    struct {
        unsigned char state, outcome;
    } cases[];
};

static uint32_t group_count(const struct bl_job_step *step)
{
    uint32_t largest = 0;

    for (size_t i = 0; i < step->case_count; i++)
        if (step->cases[i].group > largest)
            largest = step->cases[i].group;
    assert(largest <= BL_JOB_CASES_MAX);
    return largest + 1;
}

int bl_schedule_new(struct bl_schedule **out, const struct bl_job_step *step, struct bl_err *err)
{
    struct bl_schedule *schedule =
        calloc(1, sizeof(*schedule) + step->case_count * sizeof(schedule->cases[0]));
    uint32_t groups = group_count(step), none = (uint32_t)step->case_count;

    if (schedule)
        schedule->failed_of = calloc(groups, sizeof(*schedule->failed_of));
    if (!schedule || !schedule->failed_of) {
        free(schedule);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a step's cases");
    }
    schedule->step = step;
    schedule->failed = none;
    for (uint32_t i = 0; i < groups; i++)
        schedule->failed_of[i] = none;
    *out = schedule;
    return 0;
}

bool bl_schedule_is_pointless(const struct bl_schedule *schedule, uint32_t testcase)
{
    switch (schedule->step->stop) {
    case BL_STOP_STEP:
        return testcase > schedule->failed;
    case BL_STOP_GROUP:
        return testcase > schedule->failed_of[schedule->step->cases[testcase].group];
    case BL_STOP_NEVER:
    case BL_STOP_POLICY_COUNT:
    default:
        return false;
    }
}

int32_t bl_schedule_next(const struct bl_schedule *schedule)
{
    for (uint32_t i = schedule->first_waiting; i < schedule->step->case_count; i++)
        if (schedule->cases[i].state == WAITING && !bl_schedule_is_pointless(schedule, i))
            return (int32_t)i;
    return -1;
}

static void skip_what_began(struct bl_schedule *schedule)
{
    while (schedule->first_waiting < schedule->step->case_count &&
           schedule->cases[schedule->first_waiting].state != WAITING)
        schedule->first_waiting++;
}

void bl_schedule_start(struct bl_schedule *schedule, uint32_t testcase)
{
    assert(schedule->cases[testcase].state == WAITING);
    schedule->cases[testcase].state = RUNNING;
    skip_what_began(schedule);
}

static void lower(uint32_t *bound, uint32_t value)
{
    if (value < *bound)
        *bound = value;
}

void bl_schedule_end(struct bl_schedule *schedule, uint32_t testcase, enum bl_case_outcome outcome)
{
    assert(schedule->cases[testcase].state != OVER);
    schedule->cases[testcase].state = OVER;
    schedule->cases[testcase].outcome = (unsigned char)outcome;
    schedule->counts[outcome]++;
    schedule->over++;
    if (outcome != BL_OUTCOME_PASSED) {
        lower(&schedule->failed, testcase);
        lower(&schedule->failed_of[schedule->step->cases[testcase].group], testcase);
    }
    skip_what_began(schedule);
}

int32_t bl_schedule_pointless(const struct bl_schedule *schedule, uint32_t from)
{
    if (schedule->failed == schedule->step->case_count)
        return -1;
    for (uint32_t i = from; i < schedule->step->case_count; i++)
        if (schedule->cases[i].state != OVER && bl_schedule_is_pointless(schedule, i))
            return (int32_t)i;
    return -1;
}

bool bl_schedule_is_waiting(const struct bl_schedule *schedule, uint32_t testcase)
{
    return schedule->cases[testcase].state == WAITING;
}

bool bl_schedule_is_over(const struct bl_schedule *schedule)
{
    return schedule->over == schedule->step->case_count;
}

enum bl_case_outcome bl_schedule_outcome(const struct bl_schedule *schedule, uint32_t *testcase)
{
    if (schedule->failed == schedule->step->case_count)
        return BL_OUTCOME_PASSED;
    *testcase = schedule->failed;
    return (enum bl_case_outcome)schedule->cases[schedule->failed].outcome;
}

const uint32_t *bl_schedule_counts(const struct bl_schedule *schedule)
{
    return schedule->counts;
}

void bl_schedule_free(struct bl_schedule **schedule)
{
    if (!*schedule)
        return;
    free((*schedule)->failed_of);
    free(*schedule);
    *schedule = NULL;
}
