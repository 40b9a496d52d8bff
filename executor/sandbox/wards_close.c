/* wards_close.c - see wards.h: removing (process: warden). */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "executor/sandbox/syscalls.h"
#include "executor/sandbox/wards.h"

enum { GIVE_UP_TRIES = 5000 }; /* to remove a group; then it is left to the next start's sweep */

void bl_ward_kill(const struct bl_ward *ward)
{
    if (ward->pid > 0)
        (void)bl_pidfd_send_signal(ward->pidfd, SIGKILL); /* ESRCH: a zombie already */
}

static void begin_closing(struct bl_wards *w, struct bl_ward *ward)
{
    if (ward->closing)
        return;
    ward->closing = true;
    w->dying++;
    if (ward->waiting)
        w->waiting--;
    ward->waiting = false;
    if (ward->pid > 0 && !w->leaving)
        bl_departed_watch(&w->departed, ward->pid);
    bl_ward_kill(ward);
}

void bl_wards_close(struct bl_wards *wards, const struct bl_order *order)
{
    struct bl_ward *ward = bl_wards_find(wards, order->id);
    struct bl_reply closed = {.kind = BL_REPLY_CLOSED, .id = order->id};

    if (ward)
        begin_closing(wards, ward);
    else /* it failed at birth and is gone by now */
        bl_wards_reply(wards, &closed, NULL, 0);
}

static void on_ended(struct bl_wards *w, pid_t pid)
{
    for (unsigned i = 0; i < w->top; i++)
        if (w->all[i].pid == pid) {
            w->all[i].pid = -1;
            bl_close_fd(&w->all[i].pidfd);
        }
}

void bl_wards_reap(struct bl_wards *wards)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0 || (pid < 0 && errno == EINTR))
        if (pid > 0)
            on_ended(wards, pid);
}

/* Frees one place that is closing, if nothing of it is left. */
static void bury(struct bl_wards *w, struct bl_ward *ward)
{
    struct bl_reply closed = {.kind = BL_REPLY_CLOSED, .id = ward->order.id};
    struct bl_err err;
    bool gone = false;
    int status = bl_cgroup_remove(w->home.tree, ward->order.id, &gone, &err);

    if ((status < 0 || !gone) && ward->tries++ < GIVE_UP_TRIES)
        return; /* processes are dying, or the kernel has no memory for it now */
    if (status < 0)
        closed.error = err; /* told, and left to the next sweep */
    ward->order.id = 0;
    w->dying--;
    bl_wards_reply(w, &closed, NULL, 0);
}

void bl_wards_bury(struct bl_wards *wards)
{
    struct bl_wards *w = wards;

    for (unsigned i = 0; w->dying > 0 && i < w->top; i++) {
        struct bl_ward *ward = &w->all[i];
        if (ward->order.id && ward->closing && ward->pid < 0)
            bury(w, ward);
    }
}

void bl_wards_close_all(struct bl_wards *wards)
{
    for (unsigned i = 0; i < wards->top; i++)
        if (wards->all[i].order.id)
            begin_closing(wards, &wards->all[i]);
}
