#include "tests/hostile/scene.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "limits/verdict.h"
#include "tests/support/host_print.h"

enum { TESTS_MAX = 256 };

static struct bl_bait bait;
static struct bl_host_print before;
static void *rig_state;

int scene_set_up(void **state)
{
    struct bl_err err;

    (void)state; /* each test has its own */
    if (bl_bait_plant(&bait, &err) < 0 || bl_rig_setup(&rig_state) != 0)
        return -1;
    bl_host_print_take(&before);
    return 0;
}

int scene_tear_down(void **state)
{
    (void)state;
    bl_bait_release(&bait);
    return bl_rig_teardown(&rig_state);
}

struct bl_rig *scene_rig(void)
{
    return bl_rig_of(&rig_state);
}

const struct bl_bait *scene_bait(void)
{
    return &bait;
}

/* ---- one trial --------------------------------------------------------------------------------
 */

static void expect_canary(struct bl_rig *rig)
{
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "canary", "the-canary", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "the-canary sings, 0 bytes read, pid 2, clean\n");
    assert_int_equal(outcome.result.usage.oom_kills, 0);
    assert_int_equal(outcome.result.refusals_total, 0);
    bl_outcome_release(&outcome);
}

void scene_run(struct bl_trial *trial, struct bl_outcome *outcome)
{
    struct bl_rig *rig = scene_rig();
    struct bl_footprint footprint;

    bl_footprint_take(rig, &footprint);
    footprint.fds -= 2; /* the trial's own, which are closed by its end */
    bl_rig_run(rig, trial, outcome);
    footprint.fds += outcome->result.file_count;
    expect_canary(rig);
    bl_footprint_expect(rig, &footprint);
    if (bl_bait_touched(&bait))
        fail_msg("the bait was touched");
}

/* ---- rows -------------------------------------------------------------------------------------
 */

/* The text with the bait's words in it; free() it. */
static char *resolve(const char *text)
{
    const struct {
        const char *name, *value;
    } words[] = {{"@path", bait.path}, {"@port", bait.port}};
    char *out = NULL;
    size_t length;
    FILE *to = open_memstream(&out, &length);

    assert_non_null(to);
    for (const char *at = text; *at;) {
        size_t w = 0;
        while (w < BL_ARRAY_LEN(words) && strncmp(at, words[w].name, strlen(words[w].name)) != 0)
            w++;
        if (w < BL_ARRAY_LEN(words)) {
            (void)fputs(words[w].value, to);
            at += strlen(words[w].name);
        } else {
            (void)fputc(*at++, to);
        }
    }
    assert_int_equal(fclose(to), 0);
    return out;
}

/* A file beside the secret: inputs are mounts, so that it must have a name for as long. */
static int new_source(const char *text, char *path, size_t room)
{
    bl_autofree char *resolved = resolve(text);
    int fd;

    (void)snprintf(path, room, "%s/source", bait.folder);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    assert_true(fd >= 0);
    assert_true(write(fd, resolved, strlen(resolved)) == (ssize_t)strlen(resolved));
    assert_int_equal(fchmod(fd, 0755), 0);
    return fd;
}

static unsigned profile_of(const struct bl_rig *rig, unsigned policies)
{
    if (policies & (1U << BL_ATTACK_COMPILE))
        return rig->compile;
    if (policies & (1U << BL_ATTACK_STRICT))
        return rig->strict;
    return policies & (1U << BL_ATTACK_NONE) ? rig->open : rig->standard;
}

static bool says(const char *text, const char *alternatives)
{
    char one[128];

    for (const char *at = alternatives; at;) {
        size_t length = strcspn(at, "|");
        (void)snprintf(one, sizeof(one), "%.*s", (int)length, at);
        if (strstr(text, one))
            return true;
        at = at[length] ? at + length + 1 : NULL;
    }
    return false;
}

static void judge(const struct scene_row *row, const struct bl_outcome *outcome)
{
    const struct bl_attack_outcome seen = {&outcome->result,    outcome->out,        outcome->err,
                                           outcome->out_length, outcome->err_length, bait.secret};
    char why[BL_ATTACK_WHY_MAX];

    if (outcome->refused)
        fail_msg("%s: refused: %s", row->attack.title, outcome->refusal.detail);
    if (!bl_attack_holds(&row->attack, &seen, why))
        fail_msg("%s: %s\nstdout: %.300s\nstderr: %.600s", row->attack.title, why, outcome->out,
                 outcome->err);
    if (strstr(outcome->out, "root:$") || strstr(outcome->err, "root:$"))
        fail_msg("%s: a line of the host's /etc/shadow", row->attack.title);
    if (row->says && !says(outcome->err, row->says))
        fail_msg("%s: does not say \"%s\" but: %.600s", row->attack.title, row->says, outcome->err);
}

/* What no clock is to end gets all the time that an emulated machine takes for it. */
static void be_patient(struct bl_limits *limits, unsigned verdicts)
{
    if (!(verdicts & (1U << BL_VERDICT_TIME_LIMIT)))
        limits->cpu_time_ns = 600 * BL_NS_PER_S;
    if (!(verdicts & (1U << BL_VERDICT_WALL_TIME_LIMIT)))
        limits->wall_time_ns = 1800 * BL_NS_PER_S;
}

void scene_try_row(void **state)
{
    static const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/box",
                                      "LANG=C.UTF-8", NULL};
    const struct scene_row *row = *state;
    struct bl_rig *rig = scene_rig();
    char source[sizeof(bait.folder) + 8] = "";
    bl_autoclose int file = -1;
    struct bl_outcome outcome;
    struct bl_trial trial;
    char *argv[SCENE_ARGS_MAX + 1] = {NULL};
    struct bl_err err;

    if (row->argv[0][0] == '/' && access(row->argv[0], X_OK) != 0) {
        print_message("%s is not installed\n", row->argv[0]);
        skip();
    }
    bl_trial_init(&trial, rig, row->argv[0], NULL);
    for (size_t i = 0; row->argv[i]; i++)
        trial.argv[i] = argv[i] = resolve(row->argv[i]);
    trial.spec.env = env;
    trial.spec.profile = profile_of(rig, row->attack.policies);
    assert_int_equal(bl_attack_limits(&row->attack, &trial.spec.limits, &err), 0);
    be_patient(&trial.spec.limits, row->attack.verdicts);
    if (row->file) {
        file = new_source(row->text, source, sizeof(source));
        bl_trial_add_input(&trial, file, row->file);
    }
    scene_run(&trial, &outcome);
    if (source[0])
        assert_int_equal(unlink(source), 0);
    judge(row, &outcome);
    bl_outcome_release(&outcome);
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
}

static void host_is_as_it_was(void **state)
{
    (void)state;
    (void)scene_rig();
    bl_host_print_expect(&before);
}

int scene_run_rows(const char *group, const struct scene_row *rows, size_t count)
{
    static struct CMUnitTest tests[TESTS_MAX];

    assert_true(count < TESTS_MAX);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].attack.title,
                                       .test_func = scene_try_row,
                                       .initial_state = (void *)&rows[i]};
    tests[count] =
        (struct CMUnitTest){.name = "host__is_as_it_was", .test_func = host_is_as_it_was};
    return _cmocka_run_group_tests(group, tests, count + 1, scene_set_up, scene_tear_down);
}
