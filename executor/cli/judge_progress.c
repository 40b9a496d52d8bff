#include "executor/cli/judge_progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int bl_judge_progress_init(struct bl_judge_progress *progress, FILE *to,
                           const struct bl_standing *standings, size_t count, struct bl_err *err)
{
    const char *term = getenv("TERM");

    *progress = (struct bl_judge_progress){.to = to, .standings = standings, .count = count};
    progress->terminal = to && isatty(fileno(to)) && term && strcmp(term, "dumb") != 0;
    progress->told = calloc(count ? count : 1, sizeof(*progress->told));
    return progress->told ? 0 : bl_fail(err, BL_STEP_MEMORY, ENOMEM, "progress");
}

static size_t cases_done(const struct bl_standing *standing)
{
    size_t done = 0;

    for (size_t i = 0; i < standing->testdata->case_count; i++)
        done += standing->done[i];
    return done;
}

void bl_judge_progress_step(struct bl_judge_progress *progress, const struct bl_standing *standing)
{
    size_t number = (size_t)(standing - progress->standings);

    if (standing->over && !progress->told[number]) {
        progress->told[number] = true;
        progress->over++;
        if (progress->to && !progress->terminal)
            fprintf(progress->to, "%zu/%zu %s: %s\n", progress->over, progress->count,
                    standing->submission->program.name,
                    bl_outcome_name(standing->judgement.outcome));
    }
    if (!progress->terminal)
        return;
    progress->drawn = true;
    fprintf(progress->to, "\r\033[K%zu of %zu submissions judged; %.48s: %zu of %zu testcases",
            progress->over, progress->count, standing->submission->program.name,
            cases_done(standing), standing->testdata->case_count);
    (void)fflush(progress->to); /* progress that can't be shown is no failure */
}

void bl_judge_progress_end(struct bl_judge_progress *progress)
{
    if (progress->drawn)
        (void)fputs("\r\033[K", progress->to); /* a progress line may be lost */
    free(progress->told);
    progress->told = NULL;
}
