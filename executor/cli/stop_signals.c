#include "executor/cli/stop_signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "bailiff/own.h"

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
static const int ignored[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};

struct bl_stop_signals {
    struct bl_signal *of[BL_ARRAY_LEN(stopping)]; /* NULL: stays ignored */
};

static bool is_ignored(int signo)
{
    struct sigaction action;

    return sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int bl_stop_signals_new(struct bl_stop_signals **out, struct bl_loop *loop, bl_signal_fn *on_stop,
                        void *ctx, struct bl_err *err)
{
    struct bl_stop_signals *signals = calloc(1, sizeof(*signals));

    if (!signals)
        return bl_fail(err, BL_STEP_MEMORY, errno, "signals");
    for (size_t i = 0; i < BL_ARRAY_LEN(ignored); i++)
        (void)signal(ignored[i], SIG_IGN); /* can't fail for these */
    for (size_t i = 0; i < BL_ARRAY_LEN(stopping); i++) {
        if (is_ignored(stopping[i]))
            continue;
        if (bl_signal_new(&signals->of[i], loop, stopping[i], on_stop, ctx, err) < 0) {
            bl_stop_signals_free(&signals);
            return -1;
        }
    }
    *out = signals;
    return 0;
}

void bl_stop_signals_free(struct bl_stop_signals **signals)
{
    if (!*signals)
        return;
    for (size_t i = 0; i < BL_ARRAY_LEN(stopping); i++) {
        if ((*signals)->of[i])
            bl_signal_free(&(*signals)->of[i]);
    }
    free(*signals);
    *signals = NULL;
}
