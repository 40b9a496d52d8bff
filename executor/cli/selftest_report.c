/* selftest_report.c - the table of walls, and the same as JSON. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "executor/cli/selftest.h"
#include "limits/verdict.h"

enum { ROWS_AT_ONCE = 64 };

struct bl_selftest_row *bl_selftest_add(struct bl_selftest_report *report,
                                        const struct bl_attack *attack,
                                        enum bl_attack_policy policy, struct bl_err *err)
{
    if (report->count % ROWS_AT_ONCE == 0) {
        void *more =
            reallocarray(report->rows, report->count + ROWS_AT_ONCE, sizeof(*report->rows));
        if (!more) {
            bl_err_fill(err, BL_STEP_MEMORY, errno, "%zu findings", report->count);
            return NULL;
        }
        report->rows = more;
    }
    report->rows[report->count] = (struct bl_selftest_row){.attack = attack, .policy = policy};
    return &report->rows[report->count++];
}

size_t bl_selftest_broken(const struct bl_selftest_report *report)
{
    size_t broken = 0;

    for (size_t i = 0; i < report->count; i++)
        broken += !report->rows[i].finding.holds;
    return broken;
}

/* What a hostile program wrote may stand in it. */
static void print_harmless(const char *text, FILE *to)
{
    for (const char *at = text; *at; at++)
        (void)fputc(*at >= ' ' && *at < 0x7f ? *at : '?', to);
}

void bl_selftest_print_row(const struct bl_selftest_row *row, FILE *to)
{
    fprintf(to, "%-5s  %-20s  %-7s  %-11s  %s", row->finding.holds ? "holds" : "BROKE",
            row->attack->wall, bl_attack_policy_name(row->policy), row->attack->lines,
            row->attack->title);
    if (!row->finding.holds) {
        fprintf(to, ": ");
        print_harmless(row->finding.why, to);
    }
    fprintf(to, "\n");
    (void)fflush(to); /* whoever watches wants to see where it is; main() looks for errors */
}

static size_t print_wall(const struct bl_selftest_report *report, size_t first, FILE *to)
{
    const char *wall = report->rows[first].attack->wall;
    size_t end = first, broken = 0;

    for (; end < report->count && strcmp(report->rows[end].attack->wall, wall) == 0; end++)
        broken += !report->rows[end].finding.holds;
    fprintf(to, "%-20s  %7zu  ", wall, end - first);
    if (broken)
        fprintf(to, "BROKEN by %zu\n", broken);
    else
        fprintf(to, "holds\n");
    return end;
}

void bl_selftest_print_table(const struct bl_selftest_report *report, FILE *to)
{
    size_t broken = bl_selftest_broken(report);

    fprintf(to, "%-20s  ATTACKS  RESULT\n", "WALL");
    for (size_t i = 0; i < report->count;)
        i = print_wall(report, i, to);
    fprintf(to, "\n");
    for (size_t i = 0; i < report->count; i++)
        if (!report->rows[i].finding.holds)
            bl_selftest_print_row(&report->rows[i], to);
    if (broken)
        fprintf(to, "\n%zu of %zu attacks: NOT SAFE to run programs here that nobody trusts.\n",
                broken, report->count);
    else
        fprintf(to, "Every wall held against %zu attacks.\n", report->count);
}

static json_t *row_json(const struct bl_selftest_row *row)
{
    char why[BL_ATTACK_WHY_MAX];
    size_t length = 0;

    for (const char *at = row->finding.why; *at; at++)
        why[length++] = *at >= ' ' && *at < 0x7f ? *at : '?';
    why[length] = '\0';
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s?}", "wall", row->attack->wall, "attack",
                     row->attack->title, "lines", row->attack->lines, "policy",
                     bl_attack_policy_name(row->policy), "holds", (int)row->finding.holds,
                     "verdict", bl_verdict_name(row->finding.verdict), "why",
                     row->finding.holds ? NULL : why);
}

int bl_selftest_print_json(const struct bl_selftest_report *report, FILE *to, struct bl_err *err)
{
    json_t *rows = json_array(), *all;
    int status = 0;

    for (size_t i = 0; rows && i < report->count; i++)
        if (json_array_append_new(rows, row_json(&report->rows[i])) < 0)
            return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "findings");
    all = json_pack("{s:b, s:o}", "holds", bl_selftest_broken(report) == 0, "attacks", rows);
    if (!all)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "findings");
    if (json_dumpf(all, to, JSON_INDENT(2)) < 0 || fputc('\n', to) == EOF)
        status = bl_fail(err, BL_STEP_FILE_WRITE, errno, "standard output");
    json_decref(all);
    return status;
}
