#include "tests/support/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <fcntl.h>

#include "bailiff/own.h"

struct pair {
    struct bl_rig *rig;
    struct bl_trial *comes;
    struct bl_watch *watch;      /* of `arrived` */
    int arrived;                 /* at its end when `stays` has closed standard error; owned */
    int leave;                   /* whose closing ends `stays`; owned */
    enum bl_verdict verdicts[2]; /* of stays, of comes */
};

static void start(struct pair *pair, struct bl_trial *trial, bl_on_run_end on_end)
{
    const struct bl_run_order order = {
        .spec = &trial->spec,
        .streams = {trial->streams[0], trial->streams[1], trial->streams[2]},
        .on_end = on_end,
        .ctx = pair,
    };
    struct bl_run *run;
    struct bl_err err;

    assert_int_equal(bl_run_start(&run, pair->rig->loop, pair->rig->warden, &order, &err), 0);
}

static void on_stays_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct pair *pair = ctx;

    pair->verdicts[0] = result->verdict;
    bl_run_free(&run);
    bl_loop_stop(pair->rig->loop);
}

static void on_comes_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct pair *pair = ctx;

    pair->verdicts[1] = result->verdict;
    bl_run_free(&run);
    bl_close_fd(&pair->leave);
}

static void on_arrived(void *ctx, short what)
{
    struct pair *pair = ctx;

    (void)what; /* nothing is ever written there: it is the end */
    bl_watch_free(&pair->watch);
    start(pair, pair->comes, on_comes_end);
}

static char *read_back(struct bl_trial *trial)
{
    off_t size = lseek(trial->kept[1], 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);

    assert_non_null(text);
    assert_int_equal(pread(trial->kept[1], text, (size_t)size, 0), size);
    bl_close_fd(&trial->kept[1]);
    bl_close_fd(&trial->kept[2]);
    return text;
}

void bl_pair_run(struct bl_rig *rig, struct bl_trial *stays, struct bl_trial *comes,
                 char **said_stays, char **said_comes)
{
    struct pair pair = {.rig = rig,
                        .comes = comes,
                        .verdicts = {BL_VERDICT_SANDBOX_ERROR, BL_VERDICT_SANDBOX_ERROR}};
    int arrival[2], leave[2];
    struct bl_err err;

    assert_int_equal(pipe2(arrival, O_CLOEXEC), 0);
    assert_int_equal(pipe2(leave, O_CLOEXEC), 0);
    pair.arrived = arrival[0];
    pair.leave = leave[1];
    stays->streams[0] = (struct bl_stream){BL_STREAM_HAND, leave[0]};
    stays->streams[2] = (struct bl_stream){BL_STREAM_HAND, arrival[1]};
    assert_int_equal(bl_watch_new(&pair.watch, rig->loop, pair.arrived, on_arrived, &pair, &err),
                     0);
    assert_int_equal(bl_watch_want(pair.watch, EV_READ, &err), 0);
    start(&pair, stays, on_stays_end);
    bl_close_fd(&leave[0]);
    bl_close_fd(&arrival[1]);
    assert_int_equal(bl_loop_run(rig->loop, &err), 0);
    bl_close_fd(&pair.arrived);
    bl_close_fd(&pair.leave);
    *said_stays = read_back(stays);
    *said_comes = read_back(comes);
    assert_int_equal(pair.verdicts[0], BL_VERDICT_OK);
    assert_int_equal(pair.verdicts[1], BL_VERDICT_OK);
}
