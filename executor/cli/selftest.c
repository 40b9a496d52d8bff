/* bailiff selftest - tries to break out of sandboxes on this very host (process: worker, with the
 * warden as its child), and prints a table of walls. Status 1 where one does not hold. */
#include "executor/cli/selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/attack/suite.h"
#include "executor/base/error.h"
#include "executor/cli/commands.h"
#include "executor/cli/exit_status.h"
#include "executor/cli/options.h"
#include "executor/cli/privilege.h"
#include "executor/cli/stop_signals.h"

enum { STATUS_A_WALL_FELL = 1 };

struct selftest_options {
    bool help, json, list, verbose;
    const char *wall;
};

#define AT(field) offsetof(struct selftest_options, field)

static const struct bl_option option_rows[] = {
    {"wall", "NAME", "only the attacks against this wall, as the table names it", bl_option_text,
     AT(wall)},
    {"list", NULL, "tell the attacks and try none", bl_option_flag, AT(list)},
    {"verbose", NULL, "a line for every attack", bl_option_flag, AT(verbose)},
    {"json", NULL, "every attack and what came of it, as JSON", bl_option_flag, AT(json)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};
static const struct bl_option_group option_groups[] = {
    {"Options", option_rows, BL_ARRAY_LEN(option_rows), 0}};
static const struct bl_syntax syntax = {
    .command = "selftest",
    .usage = "[OPTION]...",
    .about = "Attacks this very host: runs hostile programs in sandboxes, which try to get out, to "
             "read secrets of the host that are planted for them, to use more than they may, and "
             "to leave something to the next; and after each an honest program. Safe on a host "
             "that serves others. The status is 1 where a wall does not hold.",
    .groups = option_groups,
    .group_count = BL_ARRAY_LEN(option_groups),
};

/* Everything of one `bailiff selftest`; zero is a good start. */
struct session {
    const struct selftest_options *options;
    struct bl_bait bait;
    bool planted;
    struct bl_loop *loop;
    struct bl_warden *warden;
    struct bl_stop_signals *signals;
    struct bl_suite *suite;
    bool stop;
};

static void on_stop(void *ctx, int signo)
{
    struct session *s = ctx;

    (void)signo;
    s->stop = true; /* the attack at hand ends by its own limits */
}

static int prepare(struct session *s, struct bl_err *err)
{
    struct bl_suite_order order = {.bait = &s->bait};
    struct bl_plan *plan = NULL;
    int status;

    if (bl_bait_plant(&s->bait, err) < 0)
        return -1;
    s->planted = true;
    if (bl_plan_new(&plan, err) < 0)
        return -1;
    status = bl_suite_fill_plan(plan, &order.profiles, err);
    if (status == 0)
        status = bl_loop_new(&s->loop, err);
    if (status == 0)
        status = bl_warden_start(&s->warden, s->loop, plan, err);
    bl_plan_free(&plan);
    if (status < 0 || bl_privilege_drop(err) < 0 ||
        bl_stop_signals_new(&s->signals, s->loop, on_stop, s, err) < 0)
        return -1;
    order.loop = s->loop;
    order.warden = s->warden;
    return bl_suite_new(&s->suite, &order, err);
}

static void release(struct session *s)
{
    bl_suite_free(&s->suite);
    bl_warden_free(&s->warden);
    bl_stop_signals_free(&s->signals);
    if (s->loop)
        bl_loop_free(&s->loop);
    if (s->planted)
        bl_bait_release(&s->bait);
}

/* One finding for each attack and policy that is chosen. */
static int try_all(struct session *s, struct bl_selftest_report *report, struct bl_err *err)
{
    size_t count;
    const struct bl_attack *const *attacks = bl_attacks(&count);

    for (size_t i = 0; i < count; i++) {
        const struct bl_attack *attack = attacks[i];
        if (s->options->wall && strcmp(s->options->wall, attack->wall) != 0)
            continue;
        for (int p = 0; p < BL_ATTACK_POLICY_COUNT && !s->stop; p++) {
            struct bl_selftest_row *row;
            if (!(attack->policies & (1U << p)))
                continue;
            row = bl_selftest_add(report, attack, (enum bl_attack_policy)p, err);
            if (!row)
                return -1;
            (void)bl_suite_try(s->suite, attack, row->policy, &row->finding);
            if (s->options->verbose && !s->options->json)
                bl_selftest_print_row(row, stdout);
        }
    }
    if (s->stop)
        return bl_fail(err, BL_STEP_SELFTEST, 0, "it was ended by a signal");
    if (report->count == 0)
        return bl_fail(err, BL_STEP_OPTION, 0, "--wall: no attack is against \"%.60s\": see --list",
                       s->options->wall ? s->options->wall : "");
    return 0;
}

static void list_attacks(void)
{
    size_t count;
    const struct bl_attack *const *attacks = bl_attacks(&count);
    const char *wall = "";

    for (size_t i = 0; i < count; i++) {
        if (strcmp(wall, attacks[i]->wall) != 0)
            printf("%s%s\n", i ? "\n" : "", attacks[i]->wall);
        wall = attacks[i]->wall;
        printf("  %-11s  %s (", attacks[i]->lines, attacks[i]->title);
        for (int p = 0, told = 0; p < BL_ATTACK_POLICY_COUNT; p++)
            if (attacks[i]->policies & (1U << p))
                printf("%s%s", told++ ? ", " : "", bl_attack_policy_name((enum bl_attack_policy)p));
        printf(")\n");
    }
}

static int run_session(const struct selftest_options *options, struct bl_err *err)
{
    struct session s = {.options = options};
    struct bl_selftest_report report = {0};
    int status = prepare(&s, err);

    if (status == 0)
        status = try_all(&s, &report, err);
    release(&s); /* the warden's end is a part of it: nothing is left */
    if (status == 0 && options->json)
        status = bl_selftest_print_json(&report, stdout, err);
    else if (status == 0)
        bl_selftest_print_table(&report, stdout);
    if (status == 0 && bl_selftest_broken(&report) > 0)
        status = STATUS_A_WALL_FELL;
    free(report.rows);
    return status;
}

void bl_selftest_options_describe(bl_syntax_fn *use, void *ctx)
{
    use(ctx, &syntax);
}

int bl_command_selftest(char **argv)
{
    struct selftest_options options = {0};
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;
    int status = bl_options_parse(&syntax, &options, argv, &err);

    if (status == 0 && argv[0])
        status = bl_fail(&err, BL_STEP_OPTION, 0, "%.80s: it takes no operand", argv[0]);
    if (status == 0 && options.help)
        bl_options_help(&syntax, stdout);
    else if (status == 0 && options.list)
        list_attacks();
    else if (status == 0)
        status = bl_privilege_check(&err) < 0 ? -1 : run_session(&options, &err);
    if (status < 0) {
        fprintf(stderr, "bailiff: %s\n", bl_error_text(&err, text));
        status = BL_EXIT_BAILIFF;
    }
    return status;
}
