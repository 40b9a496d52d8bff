/* Who is alone, and when: nobody waits without end, and neither of two waits for the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "executor/server/solitude.h"

enum { PATIENCE = 1000, PARTIES = 4 };

struct scene {
    struct bl_solitude solitude;
    struct bl_party parties[PARTIES];
    uint64_t now_ns;
};

static void open_scene(struct scene *scene, unsigned parties)
{
    *scene = (struct scene){.now_ns = 5};
    bl_solitude_init(&scene->solitude, PATIENCE);
    for (unsigned i = 0; i < parties; i++)
        bl_solitude_enter(&scene->solitude, &scene->parties[i]);
}

static void wish(struct scene *scene, unsigned party)
{
    bl_solitude_wish(&scene->solitude, &scene->parties[party], scene->now_ns);
}

static void end(struct scene *scene, unsigned party)
{
    bl_solitude_end(&scene->solitude, &scene->parties[party], scene->now_ns);
}

static void still(struct scene *scene, unsigned party)
{
    bl_solitude_still(&scene->solitude, &scene->parties[party]);
}

static void wake_all(struct scene *scene)
{
    for (unsigned i = 0; i < PARTIES; i++)
        bl_solitude_wake(&scene->solitude, &scene->parties[i]);
}

static void expect_nothing(struct scene *scene)
{
    enum bl_solitude_event event;
    struct bl_party *party;

    assert_false(bl_solitude_next(&scene->solitude, scene->now_ns, &event, &party));
}

/* party: whose event it is, where it is somebody's. */
static void expect(struct scene *scene, enum bl_solitude_event expected, unsigned party)
{
    enum bl_solitude_event event;
    struct bl_party *whose = NULL;

    assert_true(bl_solitude_next(&scene->solitude, scene->now_ns, &event, &whose));
    assert_int_equal(event, expected);
    if (event == BL_SOLITUDE_ALONE || event == BL_SOLITUDE_BESIDE)
        assert_ptr_equal(whose, &scene->parties[party]);
    if (event == BL_SOLITUDE_RELEASE)
        wake_all(scene);
}

static void solitude__comes_when_the_others_are_still(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, 3);
    expect_nothing(&scene);
    wish(&scene, 1);
    expect(&scene, BL_SOLITUDE_HOLD, 0);
    still(&scene, 0);
    expect_nothing(&scene);
    still(&scene, 2);
    expect(&scene, BL_SOLITUDE_ALONE, 1);
    expect_nothing(&scene);
    scene.now_ns += 50 * PATIENCE; /* as long as it takes */
    expect_nothing(&scene);
    end(&scene, 1);
    expect(&scene, BL_SOLITUDE_RELEASE, 0);
    expect_nothing(&scene);
    assert_int_equal(scene.solitude.active, 3);
    assert_int_equal(bl_solitude_next_ns(&scene.solitude), UINT64_MAX);
}

static void solitude__two_who_wish_it_do_not_wait_for_each_other(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, 2);
    wish(&scene, 1);
    wish(&scene, 0);
    expect(&scene, BL_SOLITUDE_HOLD, 0);
    expect(&scene, BL_SOLITUDE_ALONE, 1);
    expect_nothing(&scene);
    end(&scene, 1);
    expect_nothing(&scene); /* until it tells that it begins nothing else */
    still(&scene, 1);
    expect(&scene, BL_SOLITUDE_ALONE, 0);
    end(&scene, 0);
    expect(&scene, BL_SOLITUDE_RELEASE, 0);
}

static void solitude__others_are_not_waited_for_without_end(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, 3);
    wish(&scene, 0);
    wish(&scene, 1);
    expect(&scene, BL_SOLITUDE_HOLD, 0);
    assert_int_equal(bl_solitude_next_ns(&scene.solitude), scene.now_ns + PATIENCE);
    scene.now_ns += PATIENCE - 1;
    expect_nothing(&scene);
    scene.now_ns++;
    expect(&scene, BL_SOLITUDE_BESIDE, 0);
    expect(&scene, BL_SOLITUDE_BESIDE, 1);
    expect(&scene, BL_SOLITUDE_RELEASE, 0);
    end(&scene, 0);
    end(&scene, 1);
    assert_int_equal(scene.solitude.active, 3);
}

/* Each wish brings another one: the others go on all the same, for as long as they waited. */
static void solitude__others_go_on_as_long_as_they_were_kept_waiting(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, 2);
    wish(&scene, 0);
    expect(&scene, BL_SOLITUDE_HOLD, 0);
    still(&scene, 1);
    expect(&scene, BL_SOLITUDE_ALONE, 0);
    scene.now_ns += 300;
    end(&scene, 0);
    wish(&scene, 0);
    expect(&scene, BL_SOLITUDE_RELEASE, 0);
    expect_nothing(&scene);
    assert_int_equal(bl_solitude_next_ns(&scene.solitude), scene.now_ns + 300);
    scene.now_ns += 300;
    expect(&scene, BL_SOLITUDE_HOLD, 0);
    still(&scene, 1);
    expect(&scene, BL_SOLITUDE_ALONE, 0);
    scene.now_ns += 300;
    end(&scene, 0);
    wish(&scene, 0);
    expect(&scene, BL_SOLITUDE_RELEASE, 0);
    bl_solitude_leave(&scene.solitude, &scene.parties[1], scene.now_ns);
    expect(&scene, BL_SOLITUDE_HOLD, 0); /* nobody else is there: at once */
    expect(&scene, BL_SOLITUDE_ALONE, 0);
}

static void solitude__ends_with_whoever_leaves(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, 4);
    wish(&scene, 0);
    wish(&scene, 1);
    wish(&scene, 2);
    expect(&scene, BL_SOLITUDE_HOLD, 0);
    bl_solitude_leave(&scene.solitude, &scene.parties[2], scene.now_ns); /* the last in line */
    bl_solitude_leave(&scene.solitude, &scene.parties[3], scene.now_ns);
    expect(&scene, BL_SOLITUDE_ALONE, 0);
    bl_solitude_leave(&scene.solitude, &scene.parties[0], scene.now_ns);
    bl_solitude_leave(&scene.solitude, &scene.parties[0], scene.now_ns);
    expect(&scene, BL_SOLITUDE_ALONE, 1);
    end(&scene, 1);
    wish(&scene, 1);
    bl_solitude_leave(&scene.solitude, &scene.parties[1], scene.now_ns);
    expect(&scene, BL_SOLITUDE_RELEASE, 0);
    expect_nothing(&scene);
    assert_int_equal(scene.solitude.active, 0);
}

static void solitude__without_patience_nobody_is_waited_for(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, 2);
    scene.solitude.patience_ns = 0;
    wish(&scene, 0);
    expect(&scene, BL_SOLITUDE_HOLD, 0);
    expect(&scene, BL_SOLITUDE_BESIDE, 0);
    expect(&scene, BL_SOLITUDE_RELEASE, 0);
    bl_solitude_leave(&scene.solitude, &scene.parties[1], scene.now_ns);
    wish(&scene, 0);
    expect(&scene, BL_SOLITUDE_HOLD, 0);
    expect(&scene, BL_SOLITUDE_ALONE, 0); /* it costs nobody anything */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solitude__comes_when_the_others_are_still),
        cmocka_unit_test(solitude__two_who_wish_it_do_not_wait_for_each_other),
        cmocka_unit_test(solitude__others_are_not_waited_for_without_end),
        cmocka_unit_test(solitude__others_go_on_as_long_as_they_were_kept_waiting),
        cmocka_unit_test(solitude__ends_with_whoever_leaves),
        cmocka_unit_test(solitude__without_patience_nobody_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
