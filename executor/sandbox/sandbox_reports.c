/* sandbox_reports.c - what a sandbox's init reports, checked as outside input (process: worker). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/sandbox/launch.h"
#include "executor/sandbox/pool_private.h"
#include "executor/sandbox/sandbox_private.h"

/* What the index of a failure in the program's process or in init means to a person. */
static const char *name_object(const struct bl_sandbox *s, const struct bl_setup_failure *failure)
{
    switch (failure->step) {
    case BL_STEP_EXEC:
        return s->program;
    case BL_STEP_WORKDIR:
        return s->workdir;
    case BL_STEP_INPUT:
    case BL_STEP_MOUNT_BIND:
        if (failure->index >= 0 && (unsigned)failure->index < s->pending.count)
            return s->pending.places[failure->index].name;
        return "";
    default:
        return "";
    }
}

static void fail_setup(struct bl_sandbox *s, const struct bl_setup_failure *failure)
{
    struct bl_err err;

    (void)bl_err_from_setup(&err, failure, name_object(s, failure));
    bl_sandbox_fail(s, &err);
}

static void on_launch(void *ctx, short what)
{
    struct bl_sandbox *s = ctx;
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_STARTED};
    char byte;

    (void)what; /* only ever readable, and only ever its end */
    if (bl_wire_recv(s->launch, &byte, 1, NULL, 0, NULL) > 0)
        return;
    if (s->launch_watch)
        bl_watch_free(&s->launch_watch);
    bl_close_fd(&s->launch);
    if (s->state != BL_SANDBOX_IS_LAUNCHING)
        return;
    bl_sandbox_enter(s, BL_SANDBOX_IS_RUNNING);
    bl_sandbox_emit(s, &event);
}

int bl_sandbox_watch_start(struct bl_sandbox *s, struct bl_err *err)
{
    if (!s->launch_watch &&
        bl_watch_new(&s->launch_watch, bl_warden_loop(s->warden), s->launch, on_launch, s, err) < 0)
        return -1;
    return bl_watch_want(s->launch_watch, EV_READ, err);
}

int bl_sandbox_send_launch(struct bl_sandbox *s, const char *order, size_t length,
                           const int stdio[3], struct bl_err *err)
{
    if (s->awaits_start && bl_sandbox_watch_start(s, err) < 0)
        return -1;
    /* EPIPE: the program's process ended before it; init is about to tell why. */
    if (bl_wire_send(s->launch, order, length, stdio, 3) < 0 && errno != EPIPE)
        return bl_fail(err, BL_STEP_INIT_TALK, errno, "send the exec order");
    bl_sandbox_enter(s, BL_SANDBOX_IS_LAUNCHING);
    return 0;
}

static void on_ready(struct bl_sandbox *s, const struct bl_init_report *report)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_READY};

    if (s->state != BL_SANDBOX_IS_SETTING_UP) {
        bl_sandbox_fail_with(s, BL_STEP_INIT_TALK, EPROTO, "ready twice");
        return;
    }
    if (report->failure.step != 0) {
        fail_setup(s, &report->failure);
        return;
    }
    bl_sandbox_enter(s, BL_SANDBOX_IS_READY);
    if (s->kill_wanted)
        bl_sandbox_kill(s);
    bl_sandbox_emit(s, &event);
}

static void on_placed(struct bl_sandbox *s, const struct bl_init_report *report)
{
    struct bl_err err;

    if (report->failure.step != 0)
        fail_setup(s, &report->failure);
    else if (s->state != BL_SANDBOX_IS_PLACING)
        bl_sandbox_fail_with(s, BL_STEP_INIT_TALK, EPROTO, "placed what was not asked for");
    else if (bl_sandbox_send_launch(s, s->pending.order, s->pending.length, s->pending.stdio,
                                    &err) < 0)
        bl_sandbox_fail(s, &err);
    else
        bl_sandbox_drop_pending(&s->pending);
}

/* Init kills of its own accord for these only. */
static bool is_inits_reason(enum bl_kill_reason reason)
{
    return reason == BL_KILL_NONE || reason == BL_KILL_SYSCALL || reason == BL_KILL_CPU_TIME ||
           reason == BL_KILL_WALL_TIME;
}

static void on_ended(struct bl_sandbox *s, const struct bl_init_report *report)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_ENDED, .ending = &report->ending};
    const struct bl_ending *e = &report->ending;

    if (s->state >= BL_SANDBOX_IS_ENDED || e->refusal_count > BL_REFUSALS_MAX ||
        !is_inits_reason(e->killed_for) || e->ended_ns < e->started_ns ||
        e->emptied_ns < e->ended_ns || e->emptied_ns > bl_now_ns()) {
        bl_sandbox_fail_with(s, BL_STEP_INIT_TALK, EPROTO, "an end that can't be");
        return;
    }
    if (report->failure.step != 0) {
        fail_setup(s, &report->failure);
        return;
    }
    if (s->state == BL_SANDBOX_IS_SETTING_UP) {
        /* Somebody killed it; another sandbox can be made. */
        bl_sandbox_fail_with(s, BL_STEP_INIT_TALK, 0, "its program's process ended as it settled");
        return;
    }
    bl_sandbox_enter(s, BL_SANDBOX_IS_ENDED);
    bl_sandbox_emit(s, &event);
}

static void on_file(struct bl_sandbox *s, struct bl_init_report *report, int *fd)
{
    struct bl_sandbox_event event = {.kind = BL_SANDBOX_FILE};

    report->file.name[BL_WIRE_NAME_MAX - 1] = '\0';
    if (s->state != BL_SANDBOX_IS_COLLECTING || *fd < 0) {
        bl_sandbox_fail_with(s, BL_STEP_INIT_TALK, EPROTO, "a file that was not asked for");
        return;
    }
    event.file = (struct bl_collected){.name = strdup(report->file.name),
                                       .fd = -1,
                                       .size_bytes = report->file.size_bytes,
                                       .mode = report->file.mode & 0777};
    if (!event.file.name) {
        bl_sandbox_fail_with(s, BL_STEP_MEMORY, errno, "the name of a collected file");
        return;
    }
    event.file.fd = bl_take_fd(fd);
    bl_sandbox_emit(s, &event);
}

static void on_collected(struct bl_sandbox *s, struct bl_init_report *report)
{
    struct bl_err err = {.step = BL_STEP_NONE};
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_COLLECTED, .error = &err};

    if (s->state != BL_SANDBOX_IS_COLLECTING) {
        bl_sandbox_fail_with(s, BL_STEP_INIT_TALK, EPROTO, "collected what was not asked for");
        return;
    }
    report->file.name[BL_WIRE_NAME_MAX - 1] = '\0';
    if (report->failure.step != 0)
        (void)bl_err_from_setup(&err, &report->failure, report->file.name);
    bl_sandbox_enter(s, BL_SANDBOX_IS_ENDED);
    bl_sandbox_emit(s, &event);
}

void bl_sandbox_on_control(void *ctx, short what)
{
    struct bl_sandbox *s = ctx;
    struct bl_init_report report;
    unsigned count = 0;
    int received = -1;
    ssize_t length = bl_wire_recv(s->control, &report, sizeof(report), &received, 1, &count);
    bl_autoclose int fd = count == 1 ? received : -1;

    (void)what; /* only ever readable */
    if (length < 0 && errno == EAGAIN)
        return;
    if (length < 0 && errno == EMFILE) {
        bl_sandbox_fail_with(s, BL_STEP_INIT_TALK, errno, "the descriptor of a collected file");
        return;
    }
    if (length != (ssize_t)sizeof(report)) {
        bl_sandbox_fail_with(s, BL_STEP_INIT_GONE, 0, "");
        return;
    }
    switch ((enum bl_init_report_kind)report.kind) {
    case BL_INIT_READY:
        on_ready(s, &report);
        return;
    case BL_INIT_PLACED:
        on_placed(s, &report);
        return;
    case BL_INIT_ENDED:
        on_ended(s, &report);
        return;
    case BL_INIT_FILE:
        on_file(s, &report, &fd);
        return;
    case BL_INIT_COLLECTED:
        on_collected(s, &report);
        return;
    }
    bl_sandbox_fail_with(s, BL_STEP_INIT_TALK, EPROTO, "an unknown report");
}
