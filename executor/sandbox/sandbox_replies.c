/* sandbox_replies.c - what the warden replies about a sandbox (process: worker). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/sandbox/launch.h"
#include "executor/sandbox/pool_private.h"
#include "executor/sandbox/sandbox_private.h"

/* Sorts the descriptors of OPENED; those that don't fit the bits are refused by their number. */
static int take_bundle(struct bl_sandbox *s, const struct bl_reply *reply, int *fds, unsigned count,
                       struct bl_err *err)
{
    struct bl_cgroup_files files;
    unsigned at = 3;

    bl_cgroup_files_init(&files);
    if (count != 3 + (unsigned)__builtin_popcount(reply->cgroup_present) ||
        reply->cgroup_present >> BL_CGROUP_ROLE_COUNT)
        return bl_fail(err, BL_STEP_WARDEN_TALK, EPROTO, "%u descriptors of a sandbox", count);
    s->control = bl_take_fd(&fds[0]);
    s->launch = bl_take_fd(&fds[1]);
    s->pidfd = bl_take_fd(&fds[2]);
    files.version = reply->cgroup_version;
    files.present = reply->cgroup_present;
    for (int role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        if (files.present & (1U << role))
            files.fds[role] = bl_take_fd(&fds[at++]);
    return bl_cgroup_adopt(&s->group, &files, err);
}

static int accept_bundle(struct bl_sandbox *s, const struct bl_reply *reply, int *fds,
                         unsigned count, struct bl_err *err)
{
    if (take_bundle(s, reply, fds, count, err) < 0)
        return -1;
    if (fcntl(s->control, F_SETFL, O_NONBLOCK) < 0 || fcntl(s->launch, F_SETFL, O_NONBLOCK) < 0)
        return bl_fail(err, BL_STEP_INIT_TALK, errno, "O_NONBLOCK");
    s->nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (s->nothing < 0)
        return bl_fail(err, BL_STEP_PIPE, errno, "/dev/null");
    if (bl_watch_new(&s->control_watch, bl_warden_loop(s->warden), s->control,
                     bl_sandbox_on_control, s, err) < 0)
        return -1;
    return bl_watch_want(s->control_watch, EV_READ, err);
}

static void on_opened(struct bl_sandbox *s, const struct bl_reply *reply, int *fds, unsigned count)
{
    struct bl_err err;

    if (s->state != BL_SANDBOX_IS_OPENING)
        bl_sandbox_fail_with(s, BL_STEP_WARDEN_TALK, EPROTO, "opened twice");
    else if (accept_bundle(s, reply, fds, count, &err) < 0)
        bl_sandbox_fail(s, &err);
    else
        bl_sandbox_enter(s, BL_SANDBOX_IS_SETTING_UP);
}

static void on_grafted(struct bl_sandbox *s, const int *fds, unsigned count)
{
    struct bl_err err;

    if (s->state != BL_SANDBOX_IS_PLACING || count != s->pending.count) {
        bl_sandbox_fail_with(s, BL_STEP_WARDEN_TALK, EPROTO, "grafted what was not asked for");
        return;
    }
    for (unsigned i = 0; i < count; i++)
        if (bl_sandbox_tell_init(s, &s->pending.places[i], &fds[i], 1, &err) < 0) {
            bl_sandbox_fail(s, &err);
            return;
        }
}

static void on_refused(struct bl_sandbox *s, const struct bl_reply *reply)
{
    struct bl_err err = reply->error;
    const int i = err.index;

    err.detail[sizeof(err.detail) - 1] = '\0';
    if (reply->failed_kind == BL_ORDER_GRAFT && i >= 0 && (unsigned)i < s->pending.count) {
        char detail[BL_ERR_DETAIL_MAX];
        (void)snprintf(detail, sizeof(detail), "%s", err.detail);
        (void)snprintf(err.detail, sizeof(err.detail), "%.80s: %.150s", s->pending.places[i].name,
                       detail);
    }
    bl_sandbox_fail(s, &err);
}

static void on_closed(struct bl_sandbox *s)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_CLOSED};

    if (s->state != BL_SANDBOX_IS_CLOSING)
        return;
    bl_sandbox_enter(s, BL_SANDBOX_IS_CLOSED);
    bl_warden_leave(s->warden, &s->guest);
    bl_sandbox_emit(s, &event);
}

void bl_sandbox_on_reply(struct bl_warden_guest *guest, const struct bl_reply *reply, int *fds,
                         unsigned count)
{
    struct bl_sandbox *s = (struct bl_sandbox *)guest;
    int held[BL_WIRE_FDS_MAX];

    /* Copied, so that the sandbox may be gone when they are closed. */
    memcpy(held, fds, sizeof(int) * count);
    switch ((enum bl_reply_kind)reply->kind) {
    case BL_REPLY_OPENED:
        on_opened(s, reply, held, count);
        break;
    case BL_REPLY_GRAFTED:
        on_grafted(s, held, count);
        break;
    case BL_REPLY_FAILED:
        on_refused(s, reply);
        break;
    case BL_REPLY_CLOSED:
        on_closed(s);
        break;
    case BL_REPLY_HELLO:
    default:
        bl_sandbox_fail_with(s, BL_STEP_WARDEN_TALK, EPROTO, "an unknown reply");
    }
    for (unsigned i = 0; i < count; i++)
        bl_close_fd(&held[i]);
}

void bl_sandbox_on_gone(struct bl_warden_guest *guest)
{
    struct bl_sandbox *s = (struct bl_sandbox *)guest;

    if (s->state == BL_SANDBOX_IS_CLOSING)
        on_closed(s); /* what is left of the group is for the next start's sweep */
    else
        bl_sandbox_fail_with(s, BL_STEP_WARDEN_GONE, 0, "");
}
