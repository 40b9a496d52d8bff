/* judge_json.c - a tournament as JSON; see judge_table.h and docs/judging.md. */
#include "executor/cli/judge_table.h"
#include "executor/cli/report.h"
#include "executor/cli/utf8.h"

static json_t *text_or_null(const char *text)
{
    return text && text[0] ? bl_utf8_json(text) : json_null();
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* The program's own run in full, as `bailiff run` reports it; null where it was accepted. */
static json_t *evidence_json(const struct bl_case_evidence *evidence)
{
    struct bl_err err;
    json_t *report;

    if (!evidence || bl_report_json(&report, &evidence->result, &evidence->limits, &err))
        return json_null();
    return report;
}

static json_t *case_json(const struct bl_testcase *testcase, const struct bl_case_result *result)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "testcase",
                     bl_utf8_json(testcase->name), "verdict",
                     bl_outcome_name(result->judgement.outcome), "reason",
                     text_or_null(result->judgement.reason), "cpu_time_ns",
                     result->ran ? number(result->cpu_time_ns) : json_null(), "wall_time_ns",
                     result->ran ? number(result->wall_time_ns) : json_null(), "memory_peak_bytes",
                     result->ran ? number(result->memory_peak_bytes) : json_null(), "passes",
                     number(result->passes), "judgemessage", text_or_null(result->judgemessage),
                     "run", evidence_json(result->evidence));
}

static json_t *cases_json(const struct bl_standing *standing)
{
    json_t *cases = json_array();

    for (size_t i = 0; i < standing->testdata->case_count; i++)
        if (standing->done[i])
            (void)json_array_append_new(cases, case_json(&standing->testdata->cases[i],
                                                         &standing->cases[i])); /* NULL: below */
    return cases;
}

static json_t *compilation_json(const struct bl_compilation *compilation)
{
    if (!compilation)
        return json_null();
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "verdict",
                     bl_outcome_name(compilation->judgement.outcome), "reason",
                     text_or_null(compilation->judgement.reason), "output",
                     text_or_null(compilation->output), "cpu_time_ns",
                     number(compilation->cpu_time_ns), "wall_time_ns",
                     number(compilation->wall_time_ns), "memory_peak_bytes",
                     number(compilation->memory_peak_bytes));
}

static json_t *testcase_name(const struct bl_standing *standing, size_t number_of_case)
{
    return number_of_case < standing->testdata->case_count
               ? bl_utf8_json(standing->testdata->cases[number_of_case].name)
               : json_null();
}

static json_t *submission_json(const struct bl_standing *standing)
{
    static const char *const words[] = {
        [BL_EXPECTATION_NONE] = "none",
        [BL_EXPECTATION_MET] = "met",
        [BL_EXPECTATION_UNMET] = "unmet",
    };
    bool ran = standing->slowest < standing->testdata->case_count;

    return json_pack(
        "{s:o, s:o, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "submission",
        bl_utf8_json(standing->submission->program.name), "language",
        standing->language ? json_string(standing->language->code) : json_null(), "verdict",
        bl_outcome_name(standing->judgement.outcome), "reason",
        text_or_null(standing->judgement.reason), "testcase",
        testcase_name(standing, standing->deciding), "expectation", words[standing->expectation],
        "unmet", text_or_null(standing->why), "slowest_testcase",
        testcase_name(standing, standing->slowest), "slowest_cpu_time_ns",
        ran ? number(standing->cases[standing->slowest].cpu_time_ns) : json_null(),
        "memory_peak_bytes", ran ? number(standing->memory_peak_bytes) : json_null(), "compilation",
        compilation_json(standing->compilation), "testcases", cases_json(standing));
}

static json_t *warnings_json(const struct bl_warnings *warnings)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < warnings->count && i < BL_WARNINGS_MAX; i++)
        (void)json_array_append_new(list, bl_utf8_json(warnings->texts[i])); /* NULL is refused */
    return list;
}

json_t *bl_judge_json(const struct bl_judge_summary *summary)
{
    const struct bl_problem *problem = &summary->package->problem;
    json_t *submissions = json_array();

    for (size_t i = 0; i < summary->count; i++)
        (void)json_array_append_new(submissions, submission_json(&summary->standings[i]));
    return json_pack("{s:o, s:o, s:s, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "package",
                     bl_utf8_json(summary->package->name), "name", text_or_null(problem->name),
                     "format", problem->format == BL_FORMAT_LEGACY ? "legacy" : "2023-07",
                     "interactive", problem->interactive, "multipass", problem->multipass,
                     "custom_validator", problem->custom_validator, "testcases",
                     number((uint64_t)summary->package->testdata.case_count), "time_limit_ns",
                     summary->time_limit_ns ? number(summary->time_limit_ns) : json_null(),
                     "time_limit_source", text_or_null(summary->time_limit_source),
                     "memory_limit_bytes", number(problem->memory_bytes), "warnings",
                     warnings_json(&summary->package->warnings), "expectations_met",
                     bl_judge_all_met(summary), "submissions", submissions);
}
