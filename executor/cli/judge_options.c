#include "executor/cli/judge_options.h"

#include <sched.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/cli/options.h"
#include "executor/judge/tournament.h"

/* problem: of the text, NULL: its value is out of bounds. */
static int refuse(const struct bl_option *option, const char *text, const char *problem,
                  const char *bounds, struct bl_err *err)
{
    return bl_fail(err, BL_STEP_OPTION, 0, "--%s=%.40s: %s: it takes %s", option->name, text,
                   problem ? problem : "is out of bounds", bounds);
}

static int take_jobs(void *place, const struct bl_option *option, const char *text,
                     struct bl_err *err)
{
    uint64_t count;
    char bounds[BL_UNITS_TEXT_MAX];
    enum bl_units_result result = bl_parse_count(text, &count);

    (void)snprintf(bounds, sizeof(bounds), "1 to %d", BL_JOBS_MAX); /* fits */
    if (result != BL_UNITS_OK)
        return refuse(option, text, bl_units_problem(result), bounds, err);
    if (count < 1 || count > BL_JOBS_MAX)
        return refuse(option, text, NULL, bounds, err);
    *(uint64_t *)place = count;
    return 0;
}

static int take_time(void *place, const struct bl_option *option, const char *text,
                     struct bl_err *err)
{
    static const char bounds[] = "1 ms to 1 h";
    uint64_t ns;
    enum bl_units_result result = bl_parse_time(text, &ns);

    if (result != BL_UNITS_OK)
        return refuse(option, text, bl_units_problem(result), bounds, err);
    if (ns < BL_NS_PER_MS || ns > 3600 * BL_NS_PER_S)
        return refuse(option, text, NULL, bounds, err);
    *(uint64_t *)place = ns;
    return 0;
}

#define AT(field) offsetof(struct bl_judge_options, field)

static const struct bl_option judging[] = {
    {"jobs", "N", "testcases at once; default: the number of usable CPUs", take_jobs, AT(jobs)},
    {"time-limit", "TIME", "instead of the problem's own, such as 1.5s or 300ms", take_time,
     AT(time_limit_ns)},
    {"all", NULL, "run every testcase, whatever was rejected before it", bl_option_flag, AT(all)},
    {"languages", "DIR", "a folder of language files (*.yaml) instead of the shipped ones",
     bl_option_text, AT(languages)},
};

static const struct bl_option telling[] = {
    {"json", NULL, "everything that is known, as JSON, instead of the table (docs/judging.md)",
     bl_option_flag, AT(json)},
    {"verbose", NULL, "a line for every testcase", bl_option_flag, AT(verbose)},
    {"quiet", NULL, "no progress on standard error", bl_option_flag, AT(quiet)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

static const struct bl_option_group groups[] = {
    {"Judging", judging, BL_ARRAY_LEN(judging), 0},
    {"Telling", telling, BL_ARRAY_LEN(telling), 0},
};

static const struct bl_syntax syntax = {
    .command = "judge",
    .usage = "[OPTION]... PACKAGE [SUBMISSION]...",
    .about = "Judges the submissions of a problem package (ICPC/Kattis format, legacy or 2023-07), "
             "or those named: a name below PACKAGE/submissions, or any file or folder. The status "
             "is 0 where every expectation was met, 1 where one was not, 125 where Bailiff could "
             "not judge.",
    .groups = groups,
    .group_count = BL_ARRAY_LEN(groups),
};

static uint64_t usable_cpus(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 ? (uint64_t)CPU_COUNT(&set) : 1;
}

int bl_judge_options_parse(struct bl_judge_options *options, char **argv, struct bl_err *err)
{
    *options = (struct bl_judge_options){.jobs = usable_cpus()};
    if (options->jobs > BL_JOBS_MAX)
        options->jobs = BL_JOBS_MAX;
    if (bl_options_parse(&syntax, options, argv, err) < 0)
        return -1;
    if (!options->help && !argv[0])
        return bl_fail(err, BL_STEP_OPTION, 0, "no package is named: see `bailiff judge --help`");
    return 0;
}

void bl_judge_options_describe(bl_syntax_fn *use, void *ctx)
{
    use(ctx, &syntax);
}
