/* task_check.c - has this worker what a job names, and does it allow what the job asks for? task.h.
 *
 * Before the job is queued, so that its client hears of it at once. What may change meanwhile (a
 * file turns out to be damaged) is found out again when it is used. */
#include <stdio.h>
#include <string.h>

#include "executor/server/demand.h"
#include "executor/server/site_private.h"
#include "executor/server/store.h"
#include "executor/server/task.h"
#include "limits/ceilings.h"
#include "proto/path.h"

struct checking {
    const struct bl_site *site;
    const struct bl_job *job;
    struct bl_err *err;
};

/* What is wrong, with the field (bl_fail_at()), under another step. */
static int as(const struct checking *c, enum bl_step step, int failed)
{
    c->err->step = step;
    return failed;
}

static int check_url(const struct checking *c, const struct bl_path *path, const char *text)
{
    const struct bl_site_options *options = &c->site->options;
    struct bl_url url;
    struct bl_err why;

    path = BL_AT(path, "remote.url");
    if (bl_url_parse(text, &url, &why))
        return bl_fail_at(c->err, path, "%.160s", why.detail);
    if (bl_url_allowed_by(&url, options->url_prefixes, options->url_prefix_count))
        return 0;
    return as(c, BL_STEP_ACCESS, bl_fail_at(c->err, path, "nothing may be fetched from there"));
}

static int check_file(const struct checking *c, const struct bl_path *path,
                      const struct bl_file_source *file)
{
    char text[BL_DIGEST_TEXT_MAX];
    struct bl_digest digest;

    if (file->kind == BL_FILE_REMOTE)
        return check_url(c, path, file->url);
    if (file->kind != BL_FILE_STORED)
        return 0;
    memcpy(digest.bytes, file->sha256, sizeof(digest.bytes));
    if (bl_store_has(c->site->options.store, &digest))
        return 0;
    return as(c, BL_STEP_LACKING,
              bl_fail_at(c->err, BL_AT(path, "sha256"), "%s is not in the store",
                         bl_digest_format(&digest, text)));
}

static int check_inputs(const struct checking *c, const struct bl_path *path,
                        const struct bl_job_input *inputs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (check_file(c, BL_AT(BL_AT_INDEX(path, "inputs", i), "file"), &inputs[i].file))
            return -1;
    return 0;
}

static int check_language(const struct checking *c, const struct bl_path *path,
                          const struct bl_job_command *command, const struct bl_language **language)
{
    const struct bl_job_command *maker = bl_job_maker(c->job, command);

    *language = maker ? bl_language_find(c->site->options.languages, maker->language) : NULL;
    if (!maker)
        return 0;
    path = BL_AT(path, "compile.language");
    if (!*language)
        return as(c, BL_STEP_LACKING,
                  bl_fail_at(c->err, path, "no \"%s\" is known here", maker->language));
    if (!bl_site_is_installed(c->site, *language))
        return as(c, BL_STEP_LACKING,
                  bl_fail_at(c->err, path, "%s is not installed here", (*language)->name));
    return 0;
}

static int check_limits(const struct checking *c, const struct bl_path *path,
                        const struct bl_limits *limits)
{
    const struct bl_limits *ceilings = c->site->options.settings.ceilings;
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    for (size_t i = 0; ceilings && i < count; i++) {
        uint64_t most = bl_limit_get(ceilings, &rows[i]), value = bl_limit_get(limits, &rows[i]);
        char asked[BL_UNITS_TEXT_MAX], allowed[BL_UNITS_TEXT_MAX];

        if (value > most)
            return as(c, BL_STEP_FIELD,
                      bl_fail_at(c->err, BL_AT(path, "limits"),
                                 "%s: %s is more than this worker allows: %s", rows[i].option,
                                 bl_limit_format(&rows[i], value, asked),
                                 bl_limit_format(&rows[i], most, allowed)));
    }
    return 0;
}

static int check_command(const struct checking *c, const struct bl_path *path,
                         const struct bl_job_command *command)
{
    const struct bl_language *language;
    struct bl_limits limits;

    if (*command->profile && bl_site_profile_number(c->site, command->profile) < 0)
        return as(c, BL_STEP_LACKING,
                  bl_fail_at(c->err, BL_AT(path, "profile"), "no \"%s\" is known here",
                             command->profile));
    if (check_language(c, path, command, &language))
        return -1;
    limits = bl_demand_limits(c->job, command, language);
    if (check_limits(c, path, &limits) ||
        check_inputs(c, path, command->inputs, command->input_count))
        return -1;
    return command->in.kind == BL_STDIN_FILE
               ? check_file(c, BL_AT(path, "stdin.file"), &command->in.file)
               : 0;
}

static int check_case(const struct checking *c, const struct bl_path *path,
                      const struct bl_job_case *testcase)
{
    if (check_file(c, BL_AT(path, "input"), &testcase->input) ||
        check_file(c, BL_AT(path, "answer"), &testcase->answer))
        return -1;
    return check_inputs(c, path, testcase->inputs, testcase->input_count);
}

static int check_step(const struct checking *c, const struct bl_path *path,
                      const struct bl_job_step *step)
{
    for (size_t i = 0; i < step->command_count; i++)
        if (check_command(c, BL_AT_INDEX(path, "commands", i), &step->commands[i]))
            return -1;
    for (size_t i = 0; i < step->case_count; i++)
        if (check_case(c, BL_AT_INDEX(path, "cases", i), &step->cases[i]))
            return -1;
    return step->check.checker ? check_command(c, BL_AT(path, "check.checker"), step->check.checker)
                               : 0;
}

int bl_task_check(const struct bl_site *site, const struct bl_job *job, struct bl_err *err)
{
    const struct checking c = {site, job, err};

    for (size_t i = 0; i < job->step_count; i++)
        if (check_step(&c, BL_AT_INDEX(NULL, "steps", i), &job->steps[i]))
            return -1;
    return 0;
}
