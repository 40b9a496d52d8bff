#include "executor/cli/client/submit_options.h"

#include <string.h>

#include "bailiff/job.h"
#include "bailiff/own.h"
#include "limits/ceilings.h"

static int refuse(const struct bl_option *option, const char *text, const char *bounds,
                  struct bl_err *err)
{
    return bl_fail(err, BL_STEP_OPTION, 0, "--%s=%.40s: it takes %s", option->name, text, bounds);
}

static int take_priority(void *place, const struct bl_option *option, const char *text,
                         struct bl_err *err)
{
    struct bl_submit_options *options = place;
    bool negative = text[0] == '-';
    uint64_t value;

    if (bl_parse_count(text + negative, &value) != BL_UNITS_OK || value > BL_JOB_PRIORITY_MAX)
        return refuse(option, text, "-1000 to 1000", err);
    options->has_priority = true;
    options->priority = negative ? -(int32_t)value : (int32_t)value;
    return 0;
}

static int take_deadline(void *place, const struct bl_option *option, const char *text,
                         struct bl_err *err)
{
    uint64_t ns;

    if (bl_parse_time(text, &ns) != BL_UNITS_OK || ns < BL_JOB_DEADLINE_LEAST_NS ||
        ns > BL_JOB_DEADLINE_MOST_NS)
        return refuse(option, text, "1 ms to 168 h", err);
    *(uint64_t *)place = ns;
    return 0;
}

static int take_parallel(void *place, const struct bl_option *option, const char *text,
                         struct bl_err *err)
{
    uint64_t count;

    if (bl_parse_count(text, &count) != BL_UNITS_OK || count < 1 || count > BL_JOB_PARALLEL_MAX)
        return refuse(option, text, "1 to 64", err);
    *(uint64_t *)place = count;
    return 0;
}

static int take_label(void *place, const struct bl_option *option, const char *text,
                      struct bl_err *err)
{
    if (text[0] == '=' || !strchr(text, '='))
        return refuse(option, text, "KEY=VALUE", err);
    return bl_texts_add(place, text, err);
}

static int take_tolerance(void *place, const struct bl_option *option, const char *text,
                          struct bl_err *err)
{
    char *end;
    double value;

    if (!text[0] || text[strspn(text, "0123456789.eE+-")] != '\0')
        return refuse(option, text, "a number such as 1e-6", err);
    value = strtod(text, &end);
    if (*end || !(value >= 0 && value <= 1e300))
        return refuse(option, text, "a number such as 1e-6", err);
    *(double *)place = value;
    return 0;
}

static int take_stop(void *place, const struct bl_option *option, const char *text,
                     struct bl_err *err)
{
    static const char *const words[] = {"never", "first", "group"}; /* as enum Stop */
    struct bl_submit_options *options = place;

    for (size_t i = 0; i < BL_ARRAY_LEN(words); i++) {
        if (strcmp(words[i], text) == 0) {
            options->stop = (Bailiff__V1__Stop)i;
            options->has_stop = true;
            return 0;
        }
    }
    return refuse(option, text, "never, first or group", err);
}

#define AT(field) offsetof(struct bl_submit_options, field)

static const struct bl_option job_rows[] = {
    {"id", "ID", "of the job, for sending it again without running it twice", bl_option_text,
     AT(id)},
    {"tenant", "NAME", "who pays", bl_option_text, AT(tenant)},
    {"label", "KEY=VALUE", "for logs and people. May be repeated", take_label, AT(labels)},
    {"priority", "N", "-1000 to 1000, higher is earlier; default 0", take_priority, 0},
    {"deadline", "TIME", "for the whole job, waiting included", take_deadline, AT(deadline_ns)},
    {"parallel", "N", "cases at the same time, 1 to 64; default 1", take_parallel, AT(parallel)},
    {"rerun-if-noisy", NULL, "run a case again whose time was disturbed near its limit",
     bl_option_flag, AT(rerun_if_noisy)},
    {"detach", NULL, "print the job's id and leave; see `bailiff attach`", bl_option_flag,
     AT(detach)},
};

static const struct bl_option source_rows[] = {
    {"language", "CODE", "compile the SOURCEs as this language: cpp, python3...", bl_option_text,
     AT(language)},
    {"entrypoint", "NAME", "the main one of several sources; default: found", bl_option_text,
     AT(entrypoint)},
    {"tests", "DIR",
     "run on each NAME.in there and compare with NAME.ans; folders in it are groups",
     bl_option_text, AT(tests)},
    {"input", "FILE", "without --tests: standard input of the only run, whose output is shown",
     bl_option_text, AT(input)},
    {"exact", NULL, "compare byte for byte; default: token by token", bl_option_flag, AT(exact)},
    {"tolerance", "X", "numbers may differ by so much, absolutely or relatively", take_tolerance,
     AT(tolerance)},
    {"checker", "FILE", "ask this program instead: see docs/protocol.md", bl_option_text,
     AT(checker)},
    {"checker-language", "CODE", "the checker is source in this language; default: executable",
     bl_option_text, AT(checker_language)},
    {"stop", "WHEN",
     "skip what comes behind a case that did not pass: never (default), first, group", take_stop,
     0},
};

static const struct bl_option telling_rows[] = {
    {"json", NULL, "every event as a line of JSON (docs/report.md)", bl_option_flag, AT(json)},
    {"verbose", NULL, "show what programs wrote also where all went well", bl_option_flag,
     AT(verbose)},
    {"quiet", NULL, "nothing on standard error while it goes well", bl_option_flag, AT(quiet)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

#define GROUP(heading, rows)                 \
    {                                        \
        heading, rows, BL_ARRAY_LEN(rows), 0 \
    }

static const struct bl_option_group own_groups[] = {
    GROUP("Job", job_rows),
    GROUP("Instead of a job file", source_rows),
    GROUP("Telling", telling_rows),
};

/* The last places are for the groups that other files make. */
enum { OWN_GROUPS = BL_ARRAY_LEN(own_groups), GROUP_COUNT = OWN_GROUPS + 2 };

void bl_submit_options_describe(bl_syntax_fn *use, void *ctx)
{
    struct bl_option_group groups[GROUP_COUNT];
    const struct bl_syntax syntax = {
        .command = "submit",
        .usage = "[OPTION]... JOB.yaml|JOB.json|-\n"
                 "       bailiff submit [OPTION]... --language CODE SOURCE... [--tests DIR]",
        .about =
            "Has a worker run a job and tells each result as it comes. JOB has the fields of "
            "job.proto; files in it are paths, and large ones travel once. The status is 0 where "
            "all passed, 1 where something did not, 2 for a mistake in the request, 125 where the "
            "worker failed or refused, 128 + N where signal N (Ctrl-C: 2) cancelled the job.",
        .groups = groups,
        .group_count = GROUP_COUNT,
    };

    memcpy(groups, own_groups, sizeof(own_groups));
    groups[OWN_GROUPS] = bl_limit_option_group(AT(limits));
    groups[OWN_GROUPS].heading = "Limits, with --language; the language may have other defaults";
    groups[OWN_GROUPS + 1] = bl_link_option_group(AT(link));
    use(ctx, &syntax);
}

/* Options that a job file answers by itself. */
static const char *shorthand_given(const struct bl_submit_options *options)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    for (size_t i = 0; i < count; i++) {
        if (bl_limit_get(&options->limits, &rows[i]) > 0)
            return rows[i].option;
    }
    return options->entrypoint         ? "entrypoint"
           : options->tests            ? "tests"
           : options->input            ? "input"
           : options->exact            ? "exact"
           : options->tolerance >= 0   ? "tolerance"
           : options->checker          ? "checker"
           : options->checker_language ? "checker-language"
           : options->has_stop         ? "stop"
                                       : NULL;
}

struct bl_submit_options bl_submit_options_default(void)
{
    return (struct bl_submit_options){.tolerance = -1};
}

int bl_submit_options_check(const struct bl_submit_options *options, char **operands,
                            struct bl_err *err)
{
    const char *given = options->language ? NULL : shorthand_given(options);

    if (!operands[0])
        return bl_fail(err, BL_STEP_OPTION, 0,
                       "neither a job file nor a source is named: see `bailiff submit --help`");
    if (given)
        return bl_fail(err, BL_STEP_OPTION, 0,
                       "--%s goes with --language; in a job file it has a field of its own", given);
    if (!options->language && operands[1])
        return bl_fail(err, BL_STEP_OPTION, 0,
                       "\"%.60s\": one job file at a time; for sources, name their --language",
                       operands[1]);
    if (options->tests && options->input)
        return bl_fail(err, BL_STEP_OPTION, 0, "--input and --tests exclude each other");
    if (!options->tests && (options->exact || options->tolerance >= 0 || options->checker))
        return bl_fail(err, BL_STEP_OPTION, 0, "there is nothing to compare without --tests");
    if (options->checker_language && !options->checker)
        return bl_fail(err, BL_STEP_OPTION, 0, "--checker-language goes with --checker");
    if ((options->checker != NULL) + options->exact + (options->tolerance >= 0) > 1)
        return bl_fail(err, BL_STEP_OPTION, 0,
                       "--checker, --exact and --tolerance exclude each other");
    return 0;
}

void bl_submit_options_release(struct bl_submit_options *options)
{
    bl_texts_release(&options->labels);
}
