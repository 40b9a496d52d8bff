#include "tests/sandbox/every_call.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/sandbox/pool_private.h"
#include "limits/policy.h"
#include "tests/support/strike.h"

struct worker {
    struct bl_rig rig;
    const char *place;
    char input[64]; /* a file of the job's */
    struct bl_run *run;
    struct bl_result result;
    bool is_over;
};

/* ---- a worker as small as can be: one root, one policy
 * ------------------------------------------------
 */

static int add_profile(struct bl_plan *plan, struct bl_err *err)
{
    bl_autofree struct bl_policy *policy = malloc(sizeof(*policy));
    unsigned root, number, profile;

    if (!policy)
        return bl_fail(err, BL_STEP_MEMORY, errno, "a policy");
    if (bl_plan_add_host_root(plan, &root, err) != 0 ||
        bl_policy_load(policy, "default", err) != 0 ||
        bl_plan_add_policy(plan, policy, &number, err) != 0)
        return -1;
    return bl_plan_add_profile(plan, "default", root, number, BL_NETWORK_NONE, &profile, err);
}

static int start(struct worker *w, struct bl_err *err)
{
    if (bl_loop_new(&w->rig.loop, err) != 0 || bl_plan_new(&w->rig.plan, err) != 0 ||
        add_profile(w->rig.plan, err) != 0)
        return -1;
    w->rig.plan->may_remap = 1;
    (void)snprintf(w->rig.plan->cgroup_place, sizeof(w->rig.plan->cgroup_place), "%s", w->place);
    return bl_warden_start(&w->rig.warden, w->rig.loop, w->rig.plan, err);
}

static void stop(struct worker *w)
{
    bl_warden_free(&w->rig.warden);
    if (w->rig.plan)
        bl_plan_free(&w->rig.plan);
    if (w->rig.loop)
        bl_loop_free(&w->rig.loop);
}

/* ---- one job
 * -------------------------------------------------------------------------------------
 */

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct worker *w = ctx;

    w->result = *result;
    w->is_over = true;
    for (unsigned i = 0; i < result->file_count; i++)
        bl_close_fd(&result->files[i].fd);
    bl_run_free(&run);
    bl_loop_stop(w->rig.loop);
}

static int run_job(struct worker *w, struct bl_trial *trial, struct bl_err *err)
{
    const struct bl_run_order order = {
        .spec = &trial->spec,
        .streams = {trial->streams[0], trial->streams[1], trial->streams[2]},
        .on_end = on_end,
        .ctx = w,
    };

    w->is_over = false;
    if (bl_run_start(&w->run, w->rig.loop, w->rig.warden, &order, err) != 0)
        return -1;
    while (!w->is_over)
        assert_int_equal(bl_loop_run(w->rig.loop, err), 0);
    return 0;
}

/* Not for others: it takes an id mapping for the program to read it. Of a name that the next worker
 * knows: one that was killed could not remove it. */
static int make_input(struct worker *w)
{
    (void)snprintf(w->input, sizeof(w->input), "/tmp%s-input", w->place);
    (void)unlink(w->input); /* there mostly is none */
    bl_autoclose int made = open(w->input, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(made >= 0);
    assert_int_equal(write(made, "note\n", 5), 5);
    const int fd = open(w->input, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* It sees all that a program can, has files placed, one of them in folders that are made for it,
 * and leaves two, one of them in folders that are searched. */
static void prepare(struct worker *w, struct bl_trial *trial)
{
    bl_trial_init(trial, &w->rig, "/bin/sh", "-c",
                  "/app/fingerprint own && echo left > kept && mkdir -p made/here && "
                  "cat in/deep/note > made/here/copy",
                  NULL);
    bl_trial_add_input(trial, make_input(w), "in/deep/note");
    bl_trial_add_output(trial, "kept", true);
    bl_trial_add_output(trial, "made/*/copy", true);
}

static void finish(struct bl_trial *trial, struct every_call_report *report)
{
    if (report) {
        assert_true(pread(trial->kept[1], report->text, sizeof(report->text) - 1, 0) >= 0);
        assert_true(pread(trial->kept[2], report->complaint, sizeof(report->complaint) - 1, 0) >=
                    0);
    }
    bl_close_fd(&trial->kept[1]);
    bl_close_fd(&trial->kept[2]);
}

/* The next one, when nothing fails any more. */
static bool next_is_right(struct worker *w)
{
    struct bl_trial trial;
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;

    bl_trial_init(&trial, &w->rig, "hello", "still here", NULL);
    const int status = run_job(w, &trial, &err);
    finish(&trial, NULL);
    if (status != 0)
        w->result = (struct bl_result){.verdict = BL_VERDICT_SANDBOX_ERROR, .error = err};
    if (w->result.verdict == BL_VERDICT_OK)
        return true;
    if (w->result.error.step != BL_STEP_WARDEN_GONE)
        fail_msg("the next one: verdict %d, %s", (int)w->result.verdict,
                 bl_error_text(&w->result.error, text));
    return false;
}

static void go_on(struct worker *w, struct every_call_report *report)
{
    struct bl_err err;

    report->anew = !w->rig.warden || !next_is_right(w);
    if (report->anew) {
        stop(w);
        assert_int_equal(start(w, &err), 0);
        assert_true(next_is_right(w));
    }
    bl_footprint_take(&w->rig, &report->settled);
}

static void tell(const struct worker *w, int status, const struct bl_err *err,
                 struct every_call_report *report)
{
    report->refused = status != 0;
    report->error = status != 0 ? *err : w->result.error;
    if (status == 0) {
        report->verdict = w->result.verdict;
        report->exit_code = w->result.exit_code;
        report->signal = w->result.signal;
        report->files = w->result.file_count;
    }
}

static void start_and_run(struct worker *w, struct every_call_report *report)
{
    struct bl_footprint ignored;
    struct bl_trial trial;
    struct bl_err err = {0};

    prepare(w, &trial);
    bl_strike_mark(BL_STRIKE_BEGIN);
    report->started = start(w, &err) == 0;
    const int status = report->started ? run_job(w, &trial, &err) : -1;
    bl_strike_mark(BL_STRIKE_OTHERS);
    if (report->started)
        bl_footprint_take(&w->rig, &ignored); /* the warden is still at it */
    bl_strike_mark(BL_STRIKE_END);
    finish(&trial, report);
    tell(w, status, &err, report);
    go_on(w, report);
}

static void run_and_end(struct worker *w, struct every_call_report *report)
{
    struct bl_trial trial;
    struct bl_err err;

    prepare(w, &trial);
    assert_int_equal(start(w, &err), 0);
    report->started = true;
    const int status = run_job(w, &trial, &err);
    finish(&trial, report);
    tell(w, status, &err, report);
    bl_strike_mark(BL_STRIKE_BEGIN);
    stop(w);
    bl_strike_mark(BL_STRIKE_END);
    go_on(w, report);
}

/* ---- a spare
 * -------------------------------------------------------------------------------------
 */

/* What the pool and a run are to a sandbox that is made ahead. */
struct spare {
    struct worker *w;
    struct bl_trial trial;
    struct bl_sandbox *sandbox;
    struct every_call_report *report;
};

static int launch(struct spare *spare, struct bl_err *err)
{
    const struct bl_spec *spec = &spare->trial.spec;
    const int stdio[3] = {-1, spare->trial.kept[1], spare->trial.kept[2]};

    if (bl_cgroup_limit(bl_sandbox_cgroup(spare->sandbox), &spec->limits, err) != 0)
        return -1;
    return bl_sandbox_launch(spare->sandbox, spec, stdio, err);
}

static void on_spare(void *ctx, const struct bl_sandbox_event *event)
{
    struct spare *spare = ctx;
    struct every_call_report *report = spare->report;

    if (event->kind == BL_SANDBOX_READY) {
        bl_sandbox_alert(spare->sandbox);
        if (launch(spare, &report->error) == 0)
            return;
    }
    if (event->kind == BL_SANDBOX_FAILED)
        report->error = *event->error;
    if (event->kind == BL_SANDBOX_ENDED && event->ending->wait_status == 0)
        report->verdict = BL_VERDICT_OK;
    bl_loop_stop(spare->w->rig.loop);
}

static void make_spare(struct worker *w, struct every_call_report *report)
{
    struct spare spare = {.w = w, .report = report};
    struct bl_sandbox_order order;
    struct bl_footprint ignored;
    struct bl_err err;

    assert_int_equal(start(w, &err), 0);
    report->started = next_is_right(w); /* what the first one makes for all is there */
    bl_trial_init(&spare.trial, &w->rig, "fingerprint", "own", NULL);
    order = (struct bl_sandbox_order){.box_bytes = spare.trial.spec.limits.box_bytes,
                                      .box_files = spare.trial.spec.limits.box_files,
                                      .tmp_bytes = spare.trial.spec.limits.tmp_bytes,
                                      .tmp_files = spare.trial.spec.limits.tmp_files};
    report->verdict = BL_VERDICT_SANDBOX_ERROR;
    bl_strike_mark(BL_STRIKE_BEGIN);
    bl_strike_mark(BL_STRIKE_OTHERS);
    assert_int_equal(bl_sandbox_make(&spare.sandbox, w->rig.warden, &order, true, on_spare, &spare,
                                     &report->error),
                     0);
    assert_int_equal(bl_loop_run(w->rig.loop, &err), 0);
    bl_sandbox_free(&spare.sandbox);
    bl_footprint_take(&w->rig, &ignored); /* the warden is still at it */
    bl_strike_mark(BL_STRIKE_END);
    finish(&spare.trial, report);
    go_on(w, report);
}

int every_call_main(enum every_call_part part, const char *place, int report_fd)
{
    struct worker w = {.place = place};
    struct every_call_report *report =
        mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED, report_fd, 0);

    assert_true(report != MAP_FAILED);
    (void)close(report_fd); /* it is mapped */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGPIPE, SIG_IGN); /* as run.h asks */
    (void)setenv("BAILIFF_WARDEN", BAILIFF_BINARY_DIR "/bin/bailiff-warden", 0);
    w.rig.programs_fd =
        open(BAILIFF_BINARY_DIR "/tests/programs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(w.rig.programs_fd >= 0);
    if (part == EVERY_CALL_START)
        start_and_run(&w, report);
    else if (part == EVERY_CALL_END)
        run_and_end(&w, report);
    else
        make_spare(&w, report);
    stop(&w);
    (void)unlink(w.input); /* made by us */
    report->told = true;
    return 0;
}
