#include "executor/cli/judge_table.h"

#include <string.h>

#include "bailiff/units.h"

static const char *expectation_word(const struct bl_standing *standing)
{
    switch (standing->expectation) {
    case BL_EXPECTATION_MET:
        return "met";
    case BL_EXPECTATION_UNMET:
        return "NOT MET";
    case BL_EXPECTATION_NONE:
        break;
    }
    return "none";
}

bool bl_judge_all_met(const struct bl_judge_summary *summary)
{
    for (size_t i = 0; i < summary->count; i++)
        if (summary->standings[i].expectation == BL_EXPECTATION_UNMET ||
            summary->standings[i].judgement.outcome == BL_JE)
            return false;
    return true;
}

static int name_width(const struct bl_judge_summary *summary)
{
    size_t widest = strlen("SUBMISSION");

    for (size_t i = 0; i < summary->count; i++) {
        size_t length = strlen(summary->standings[i].submission->program.name);
        widest = length > widest ? length : widest;
    }
    return (int)(widest < 48 ? widest : 48);
}

static void print_seconds(uint64_t ns, FILE *to)
{
    fprintf(to, "  %8.3f s", (double)ns / 1e9);
}

static void print_mebibytes(uint64_t bytes, FILE *to)
{
    fprintf(to, "  %8.1f MiB", (double)bytes / (double)BL_MIB);
}

static void print_case(const struct bl_testcase *testcase, const struct bl_case_result *result,
                       int width, FILE *to)
{
    fprintf(to, "  %-*s  %-7s", width + 10, testcase->name,
            bl_outcome_name(result->judgement.outcome));
    print_seconds(result->cpu_time_ns, to);
    print_mebibytes(result->memory_peak_bytes, to);
    fprintf(to, "%s%s\n", result->judgement.reason[0] ? "  " : "", result->judgement.reason);
}

/* What decided: the testcase, and why; or what was expected instead. */
static void print_reason(const struct bl_standing *standing, FILE *to)
{
    bool unmet = standing->expectation == BL_EXPECTATION_UNMET;

    if (standing->deciding < standing->testdata->case_count)
        fprintf(to, "  %s", standing->testdata->cases[standing->deciding].name);
    if (standing->judgement.reason[0])
        fprintf(to, "%s%s", standing->deciding < standing->testdata->case_count ? ": " : "  ",
                standing->judgement.reason);
    if (unmet && standing->why[0])
        fprintf(to, "  [%s]", standing->why);
}

static void print_row(const struct bl_standing *standing, int width, FILE *to)
{
    size_t none = standing->testdata->case_count;

    fprintf(to, "%-*s  %-10s  %-7s  %-8s", width, standing->submission->program.name,
            standing->language ? standing->language->name : "-",
            bl_outcome_name(standing->judgement.outcome), expectation_word(standing));
    if (standing->slowest < none) {
        print_seconds(standing->cases[standing->slowest].cpu_time_ns, to);
        print_mebibytes(standing->memory_peak_bytes, to);
    } else {
        fprintf(to, "  %10s  %12s", "-", "-");
    }
    print_reason(standing, to);
    (void)fputc('\n', to);
}

static void print_head(const struct bl_judge_summary *summary, FILE *to)
{
    const struct bl_problem *problem = &summary->package->problem;
    char time[BL_UNITS_TEXT_MAX], memory[BL_UNITS_TEXT_MAX];

    fprintf(to, "%s%s%s: %s%s%s, %zu testcase%s, time limit %s (%s), memory limit %s\n",
            summary->package->name, problem->name ? " - " : "", problem->name ? problem->name : "",
            problem->interactive ? "interactive" : "batch", problem->multipass ? " multi-pass" : "",
            problem->custom_validator ? ", own validator" : "",
            summary->package->testdata.case_count,
            summary->package->testdata.case_count == 1 ? "" : "s",
            summary->time_limit_ns ? bl_format_time(summary->time_limit_ns, time) : "unknown",
            summary->time_limit_source, bl_format_size(problem->memory_bytes, memory));
}

void bl_judge_table_print(const struct bl_judge_summary *summary, bool verbose, FILE *to)
{
    int width = name_width(summary);
    size_t met = 0, expected = 0;

    print_head(summary, to);
    fprintf(to, "\n%-*s  %-10s  %-7s  %-8s  %10s  %12s  %s\n", width, "SUBMISSION", "LANGUAGE",
            "VERDICT", "EXPECTED", "SLOWEST", "MEMORY", "WHY");
    for (size_t i = 0; i < summary->count; i++) {
        const struct bl_standing *standing = &summary->standings[i];

        print_row(standing, width, to);
        met += standing->expectation == BL_EXPECTATION_MET;
        expected += standing->expectation != BL_EXPECTATION_NONE;
        for (size_t k = 0; verbose && k < standing->testdata->case_count; k++)
            if (standing->done[k])
                print_case(&standing->testdata->cases[k], &standing->cases[k], width, to);
    }
    fprintf(to, "\n%zu of %zu expectations met\n", met, expected);
}
