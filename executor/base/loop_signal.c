/* Signals of the loop: blocked, and read from a signalfd, so that no handler ever runs. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>

#include "bailiff/own.h"
#include "executor/base/loop.h"

struct bl_signal {
    struct bl_watch *watch;
    int fd;
    int signo;
    bool was_blocked;
    bl_signal_fn *on_signal;
    void *ctx;
};

static void on_signalfd(void *ctx, short what)
{
    struct bl_signal *object = ctx;
    struct signalfd_siginfo info;

    (void)what;
    if (read(object->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        object->on_signal(object->ctx, object->signo);
}

int bl_signal_new(struct bl_signal **out, struct bl_loop *loop, int signo, bl_signal_fn *on_signal,
                  void *ctx, struct bl_err *err)
{
    bl_autofree struct bl_signal *object = calloc(1, sizeof(*object));
    bl_autoclose int fd = -1;
    sigset_t set, before;

    if (!object)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "signal");
    (void)sigemptyset(&set);
    if (sigaddset(&set, signo) != 0)
        return bl_fail(err, BL_STEP_LOOP, errno, "signal %d", signo);
    fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return bl_fail(err, BL_STEP_LOOP, errno, "signalfd");
    object->signo = signo;
    object->on_signal = on_signal;
    object->ctx = ctx;
    if (bl_watch_new(&object->watch, loop, fd, on_signalfd, object, err) != 0)
        return -1;
    if (bl_watch_want(object->watch, EV_READ, err) != 0) {
        bl_watch_free(&object->watch);
        return -1;
    }
    /* Last, so that no failure leaves it blocked. */
    (void)sigprocmask(SIG_BLOCK, &set, &before);
    object->was_blocked = sigismember(&before, signo) == 1;
    object->fd = bl_take_fd(&fd);
    *out = bl_take(&object);
    return 0;
}

void bl_signal_free(struct bl_signal **object)
{
    sigset_t set;

    if (!*object)
        return;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, (*object)->signo);
    bl_watch_free(&(*object)->watch);
    bl_close_fd(&(*object)->fd);
    if (!(*object)->was_blocked)
        (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    free(*object);
    *object = NULL;
}
