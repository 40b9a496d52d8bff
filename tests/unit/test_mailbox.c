/* Messages from thread to thread: none is lost, and who reads is woken when it must be. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/loop.h"
#include "executor/feeder/mailbox.h"
#include "executor/feeder/outbox.h"
#include "executor/feeder/spent.h"

enum { MANY = 20000, CLOSE_MS = 60000 };

/* Messages are freed by a thread of the library. */
static int open_library(void **state)
{
    (void)state;
    return nats_Open(-1) == NATS_OK ? 0 : -1;
}

static int close_library(void **state)
{
    (void)state;
    return nats_CloseAndWait(CLOSE_MS) == NATS_OK ? 0 : -1;
}

static natsMsg *message(int number)
{
    natsMsg *made = NULL;
    char subject[32];

    (void)snprintf(subject, sizeof(subject), "n.%d", number);
    assert_int_equal(natsMsg_Create(&made, subject, NULL, "x", 1), NATS_OK);
    return made;
}

static struct bl_mailbox *open_box(size_t most)
{
    struct bl_mailbox *box = NULL;
    struct bl_err err;

    assert_int_equal(bl_mailbox_new(&box, most, &err), 0);
    return box;
}

static bool is_rung(const struct bl_mailbox *box)
{
    struct pollfd end = {.fd = bl_mailbox_fd(box), .events = POLLIN};

    return poll(&end, 1, 0) == 1;
}

static void expect(natsMsg *taken, int number)
{
    char subject[32];

    (void)snprintf(subject, sizeof(subject), "n.%d", number);
    assert_non_null(taken);
    assert_string_equal(natsMsg_GetSubject(taken), subject);
    natsMsg_Destroy(taken);
}

static void mailbox__says_whether_its_reader_must_be_woken(void **state)
{
    struct bl_mailbox *box = open_box(10);

    (void)state;
    assert_true(bl_mailbox_put(box, message(0)));
    assert_false(bl_mailbox_put(box, message(1)));
    expect(bl_mailbox_take(box), 0);
    assert_false(bl_mailbox_put(box, message(2)));
    expect(bl_mailbox_take(box), 1);
    expect(bl_mailbox_take(box), 2);
    assert_null(bl_mailbox_take(box));
    assert_true(bl_mailbox_put(box, message(3)));
    bl_mailbox_empty(box);
    bl_mailbox_free(&box);
}

static void mailbox__is_readable_from_a_ring_until_it_is_quiet(void **state)
{
    struct bl_mailbox *box = open_box(10);

    (void)state;
    (void)bl_mailbox_put(box, message(0));
    assert_false(is_rung(box));
    bl_mailbox_ring(box);
    bl_mailbox_ring(box);
    assert_true(is_rung(box));
    bl_mailbox_quiet(box);
    assert_false(is_rung(box));
    expect(bl_mailbox_take(box), 0);
    bl_mailbox_free(&box);
}

static void mailbox__takes_no_more_than_it_may(void **state)
{
    struct bl_mailbox *box = open_box(2);

    (void)state;
    for (int i = 0; i < 4; i++)
        (void)bl_mailbox_put(box, message(i));
    expect(bl_mailbox_take(box), 0);
    expect(bl_mailbox_take(box), 1);
    assert_null(bl_mailbox_take(box));
    bl_mailbox_close(box);
    assert_false(bl_mailbox_put(box, message(4)));
    assert_null(bl_mailbox_take(box));
    bl_mailbox_free(&box);
}

static void mailbox__waits_no_longer_than_told_or_until_nudged_or_closed(void **state)
{
    struct bl_mailbox *box = open_box(2);
    natsMsg *taken;

    (void)state;
    assert_true(bl_mailbox_wait(box, bl_now_ns(), &taken));
    assert_null(taken);
    bl_mailbox_nudge(box);
    assert_true(bl_mailbox_wait(box, UINT64_MAX, &taken));
    assert_null(taken);
    (void)bl_mailbox_put(box, message(0));
    bl_mailbox_close(box);
    assert_true(bl_mailbox_wait(box, UINT64_MAX, &taken));
    expect(taken, 0);
    assert_false(bl_mailbox_wait(box, UINT64_MAX, &taken));
    bl_mailbox_free(&box);
}

static void *put_many(void *ctx)
{
    for (int i = 0; i < MANY; i++)
        if (bl_mailbox_put(ctx, message(i)))
            bl_mailbox_ring(ctx);
    return NULL;
}

/* As the loop reads: quiet, then all. One ring too few, and it would wait for ever. */
static void mailbox__loses_nothing_by_waking_only_for_the_first(void **state)
{
    struct bl_mailbox *box = open_box(MANY);
    struct pollfd end = {.fd = bl_mailbox_fd(box), .events = POLLIN};
    pthread_t thread;
    int number = 0;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, put_many, box), 0);
    while (number < MANY) {
        assert_int_equal(poll(&end, 1, 60000), 1);
        bl_mailbox_quiet(box);
        for (natsMsg *taken; (taken = bl_mailbox_take(box)); number++)
            expect(taken, number);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    bl_mailbox_free(&box);
}

static void *wait_for_many(void *ctx)
{
    natsMsg *taken;

    for (int number = 0; number < MANY;) {
        if (!bl_mailbox_wait(ctx, UINT64_MAX, &taken))
            return NULL;
        if (taken)
            expect(taken, number++);
    }
    return ctx;
}

/* As the sender reads: some are put, then it is nudged. */
static void mailbox__loses_nothing_to_who_is_nudged_for_some(void **state)
{
    struct bl_mailbox *box = open_box(MANY);
    pthread_t thread;
    void *end;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_many, box), 0);
    for (int i = 0; i < MANY; i++) {
        (void)bl_mailbox_put(box, message(i));
        if (i % 7 == 0 || i == MANY - 1)
            bl_mailbox_nudge(box);
    }
    assert_int_equal(pthread_join(thread, &end), 0);
    assert_ptr_equal(end, box);
    bl_mailbox_free(&box);
}

/* ---- the outbox -------------------------------------------------------------------------------
 */

struct scene {
    struct bl_loop *loop;
    struct bl_mailbox *box;
    struct bl_outbox *outbox;
    struct bl_timer *look;
    uint64_t until_ns;
    atomic_bool woken;
};

static void *wait_for_nudge(void *ctx)
{
    struct scene *scene = ctx;
    natsMsg *taken;

    if (bl_mailbox_wait(scene->box, UINT64_MAX, &taken) && !taken)
        atomic_store(&scene->woken, true);
    return NULL;
}

static void on_look(void *ctx)
{
    struct scene *scene = ctx;

    if (atomic_load(&scene->woken) || bl_now_ns() >= scene->until_ns)
        bl_loop_stop(scene->loop);
    else
        bl_timer_arm(scene->look, bl_now_ns() + BL_NS_PER_MS);
}

/* What was put is taken away, so who waits is woken by being told, or never. */
static void expect_nudge(void (*put)(struct bl_outbox *outbox, natsMsg *message))
{
    struct scene scene = {.box = open_box(10), .until_ns = bl_now_ns() + 60 * BL_NS_PER_S};
    pthread_t thread;
    struct bl_err err;

    assert_int_equal(bl_loop_new(&scene.loop, &err), 0);
    assert_int_equal(bl_outbox_new(&scene.outbox, scene.loop, scene.box, &err), 0);
    assert_int_equal(bl_timer_new(&scene.look, scene.loop, on_look, &scene, &err), 0);
    put(scene.outbox, message(0));
    put(scene.outbox, message(1));
    expect(bl_mailbox_take(scene.box), 0);
    expect(bl_mailbox_take(scene.box), 1);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_nudge, &scene), 0);
    bl_timer_arm(scene.look, bl_now_ns());
    assert_int_equal(bl_loop_run(scene.loop, &err), 0);
    assert_true(atomic_load(&scene.woken));
    bl_mailbox_close(scene.box);
    assert_int_equal(pthread_join(thread, NULL), 0);
    bl_outbox_free(&scene.outbox);
    bl_timer_free(&scene.look);
    bl_loop_free(&scene.loop);
    bl_mailbox_free(&scene.box);
}

static void outbox__wakes_who_sends_after_the_round(void **state)
{
    (void)state;
    expect_nudge(bl_outbox_put);
}

static void outbox__wakes_who_sends_for_what_is_idle(void **state)
{
    (void)state;
    expect_nudge(bl_outbox_put_idle);
}

static void spent__keeps_few_and_little(void **state)
{
    bl_autofree char *large = calloc(1, BL_SPENT_BYTES_MAX + 1);
    struct bl_spent spent = {.count = 0};
    natsMsg *made;

    (void)state;
    assert_non_null(large);
    for (int i = 0; i < 3 * BL_SPENT_MAX / 2; i++)
        bl_spent_add(&spent, message(i));
    assert_int_equal(spent.count, BL_SPENT_MAX / 2);
    assert_int_equal(natsMsg_Create(&made, "n", NULL, large, BL_SPENT_BYTES_MAX + 1), NATS_OK);
    bl_spent_add(&spent, made);
    assert_int_equal(spent.count, 0);
    assert_int_equal(spent.bytes, 0);
    bl_spent_add(&spent, message(0));
    bl_spent_empty(&spent);
    assert_int_equal(spent.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mailbox__says_whether_its_reader_must_be_woken),
        cmocka_unit_test(mailbox__is_readable_from_a_ring_until_it_is_quiet),
        cmocka_unit_test(mailbox__takes_no_more_than_it_may),
        cmocka_unit_test(mailbox__waits_no_longer_than_told_or_until_nudged_or_closed),
        cmocka_unit_test(mailbox__loses_nothing_by_waking_only_for_the_first),
        cmocka_unit_test(mailbox__loses_nothing_to_who_is_nudged_for_some),
        cmocka_unit_test(outbox__wakes_who_sends_after_the_round),
        cmocka_unit_test(outbox__wakes_who_sends_for_what_is_idle),
        cmocka_unit_test(spent__keeps_few_and_little),
    };

    return cmocka_run_group_tests(tests, open_library, close_library);
}
