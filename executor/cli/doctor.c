/* bailiff doctor - what this host has and lacks, what each lack costs, and the exact fix. Ends with
 * one sandbox that is really made. Status 1 where a wall can't be put up. */
#include "executor/cli/doctor.h"

#include <jansson.h>
#include <stdio.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/error.h"
#include "executor/cli/commands.h"
#include "executor/cli/exit_status.h"
#include "executor/cli/options.h"
#include "executor/cli/utf8.h"

enum { STATUS_LACKS_A_WALL = 1 };

static const struct bl_check_group *const groups[] = {
    &bl_doctor_kernel, &bl_doctor_namespaces, &bl_doctor_cgroups,
    &bl_doctor_walls,  &bl_doctor_measuring,
};

struct doctor_options {
    bool help, json;
};

static const struct bl_option option_rows[] = {
    {"json", NULL, "the same as JSON, for machines", bl_option_flag,
     offsetof(struct doctor_options, json)},
    {"help", NULL, "this text", bl_option_flag, offsetof(struct doctor_options, help)},
};
static const struct bl_option_group option_groups[] = {
    {"Options", option_rows, BL_ARRAY_LEN(option_rows), 0}};
static const struct bl_syntax syntax = {
    .command = "doctor",
    .usage = "[OPTION]...",
    .about = "Looks at what this host has and lacks for each wall of a sandbox and for each "
             "measurement, says what every lack costs and how to mend it, and then really runs "
             "/bin/true in a sandbox. The status is 1 where a wall can't be put up.",
    .groups = option_groups,
    .group_count = BL_ARRAY_LEN(option_groups),
};

/* "ok"; "note": costs something; "lack": no sandbox without it. */
static const char *status_name(const struct bl_check *check, const struct bl_finding *finding)
{
    if (!finding->lack)
        return "ok";
    return check->wall ? "lack" : "note";
}

static void look(const struct bl_check *check, struct bl_finding *finding, bool *can_isolate)
{
    *finding = (struct bl_finding){0};
    check->look(check, finding);
    if (finding->lack && !finding->fix[0])
        (void)snprintf(finding->fix, sizeof(finding->fix), "%s", check->fix);
    if (finding->lack && check->wall)
        *can_isolate = false;
}

static void print_checks(bool *can_isolate)
{
    struct bl_finding finding;

    for (size_t g = 0; g < BL_ARRAY_LEN(groups); g++) {
        printf("%s%s\n", g ? "\n" : "", groups[g]->heading);
        for (size_t i = 0; i < groups[g]->count; i++) {
            const struct bl_check *check = &groups[g]->checks[i];

            look(check, &finding, can_isolate);
            printf("  %-4s  %-23s  %s\n", status_name(check, &finding), check->id, finding.have);
            if (finding.lack)
                printf("        costs: %s\n        fix: %s\n", check->cost, finding.fix);
        }
    }
}

static void print_trial(const struct bl_doctor_trial *trial, const struct bl_err *err,
                        bool can_isolate)
{
    char warden[BL_UNITS_TEXT_MAX], start[BL_UNITS_TEXT_MAX], wall[BL_UNITS_TEXT_MAX],
        total[BL_UNITS_TEXT_MAX], text[BL_ERROR_TEXT_MAX];

    printf("\nTrial\n");
    if (err)
        printf("  lack  %s\n", bl_error_text(err, text));
    else
        printf("  ok    /bin/true in a sandbox: warden ready after %s, sandbox and exec %s,\n"
               "        the program %s, all gone after %s\n",
               bl_format_time(trial->warden_ns, warden), bl_format_time(trial->start_ns, start),
               bl_format_time(trial->wall_ns, wall), bl_format_time(trial->total_ns, total));
    printf("\n%s\n", can_isolate ? "This host can isolate."
                                 : "This host can not isolate: see what is marked \"lack\".");
}

static json_t *checks_json(bool *can_isolate)
{
    json_t *list = json_array();
    struct bl_finding finding;

    for (size_t g = 0; g < BL_ARRAY_LEN(groups); g++) {
        for (size_t i = 0; i < groups[g]->count; i++) {
            const struct bl_check *check = &groups[g]->checks[i];

            look(check, &finding, can_isolate);
            if (json_array_append_new(list,
                                      json_pack("{s:s, s:s, s:b, s:s, s:o, s:s?, s:s?}", "group",
                                                groups[g]->heading, "id", check->id, "wall",
                                                check->wall, "status", status_name(check, &finding),
                                                "have", bl_utf8_json(finding.have), "cost",
                                                finding.lack ? check->cost : NULL, "fix",
                                                finding.lack ? finding.fix : NULL)) < 0) {
                json_decref(list);
                return NULL;
            }
        }
    }
    return list;
}

static json_t *trial_json(const struct bl_doctor_trial *trial, const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    if (err)
        return json_pack("{s:s, s:o}", "status", "lack", "error",
                         bl_utf8_json(bl_error_text(err, text)));
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "status", "ok", "verdict", trial->verdict,
                     "warden_ns", (json_int_t)trial->warden_ns, "start_ns",
                     (json_int_t)trial->start_ns, "wall_ns", (json_int_t)trial->wall_ns, "total_ns",
                     (json_int_t)trial->total_ns);
}

static int print_json(json_t *checks, const struct bl_doctor_trial *trial, const struct bl_err *err,
                      bool can_isolate)
{
    json_t *report = json_pack("{s:s, s:b, s:o, s:o}", "bailiff", BAILIFF_VERSION, "can_isolate",
                               can_isolate, "checks", checks, "trial", trial_json(trial, err));
    int status = report ? json_dumpf(report, stdout, JSON_INDENT(2)) : -1;

    json_decref(report);
    if (status < 0)
        return -1;
    (void)putchar('\n'); /* main looks at the stream's state */
    return 0;
}

static int examine(bool json)
{
    bool can_isolate = true;
    struct bl_doctor_trial trial;
    struct bl_err err;
    json_t *checks = NULL;
    int tried;

    if (json)
        checks = checks_json(&can_isolate);
    else
        print_checks(&can_isolate);
    (void)fflush(stdout); /* the checks before a trial that may take its time; main looks again */
    tried = bl_doctor_trial(&trial, &err);
    if (tried < 0)
        can_isolate = false;
    if (!json)
        print_trial(&trial, tried < 0 ? &err : NULL, can_isolate);
    else if (print_json(checks, &trial, tried < 0 ? &err : NULL, can_isolate) < 0)
        return BL_EXIT_BAILIFF;
    return can_isolate ? 0 : STATUS_LACKS_A_WALL;
}

void bl_doctor_options_describe(bl_syntax_fn *use, void *ctx)
{
    use(ctx, &syntax);
}

int bl_command_doctor(char **argv)
{
    struct doctor_options options = {0};
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;

    if (bl_options_parse(&syntax, &options, argv, &err) < 0) {
        fprintf(stderr, "bailiff: %s\n", bl_error_text(&err, text));
        return BL_EXIT_BAILIFF;
    }
    if (argv[0]) {
        fprintf(stderr, "bailiff: doctor takes no operand: \"%s\"\n", argv[0]);
        return BL_EXIT_BAILIFF;
    }
    if (options.help) {
        bl_options_help(&syntax, stdout);
        return 0;
    }
    return examine(options.json);
}
