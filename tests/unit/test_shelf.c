/* Whose results go where there is no room: never those of one who has less. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "executor/server/shelf.h"

enum { BYTES = 1000, JOBS = 100, BOOKS = 32 };

struct scene {
    struct bl_quota all;
    struct bl_shelves shelves;
    struct bl_book books[BOOKS];
    unsigned count;
};

static void open_scene(struct scene *scene)
{
    *scene = (struct scene){.all.max_bytes = BYTES};
    bl_shelves_init(&scene->shelves, &scene->all, JOBS);
}

static struct bl_book *enter(struct scene *scene, const char *tenant, size_t bytes)
{
    struct bl_book *book = &scene->books[scene->count++];
    struct bl_err err;

    assert_int_equal(bl_book_enter(book, &scene->shelves, tenant, &err), 0);
    assert_true(bl_quota_take(&book->shelf->quota, bytes));
    book->bytes = bytes;
    return book;
}

static struct bl_book *keep(struct scene *scene, const char *tenant, size_t bytes)
{
    struct bl_book *book = enter(scene, tenant, bytes);

    bl_book_keep(book, &scene->shelves, bytes);
    return book;
}

static void leave(struct scene *scene, struct bl_book *book)
{
    if (book->shelf)
        bl_quota_give(&book->shelf->quota, book->bytes);
    bl_book_leave(book, &scene->shelves);
}

static void close_scene(struct scene *scene)
{
    for (unsigned i = 0; i < scene->count; i++)
        leave(scene, &scene->books[i]);
    assert_null(scene->shelves.names);
    assert_null(scene->shelves.keeping.root);
    assert_int_equal(scene->all.used_bytes, 0);
}

static void shelf__the_oldest_of_whoever_keeps_most_goes(void **state)
{
    struct scene scene;
    struct bl_book *first, *second, *wants;

    (void)state;
    open_scene(&scene);
    (void)keep(&scene, "small", 100);
    first = keep(&scene, "large", 200);
    second = keep(&scene, "large", 200);
    wants = enter(&scene, "new", 0);
    assert_ptr_equal(bl_shelves_victim(&scene.shelves, wants->shelf, 50, 0), first);
    leave(&scene, first);
    assert_ptr_equal(bl_shelves_victim(&scene.shelves, wants->shelf, 50, 0), second);
    close_scene(&scene);
}

static void shelf__who_floods_loses_his_own(void **state)
{
    struct scene scene;
    struct bl_book *quiet, *flood[20];

    (void)state;
    open_scene(&scene);
    quiet = keep(&scene, "quiet", 100);
    for (unsigned i = 0; i < 20; i++) {
        struct bl_book *victim;

        if (scene.all.used_bytes == BYTES) {
            victim = bl_shelves_victim(&scene.shelves, flood[i - 1]->shelf, 100, 1);
            assert_ptr_equal(victim, flood[i - 9]); /* his oldest */
            leave(&scene, victim);
        }
        flood[i] = keep(&scene, "flood", 100);
    }
    assert_true(quiet->is_kept);
    close_scene(&scene);
}

/* What still runs counts, so that a flood of that evicts nobody either. */
static void shelf__one_who_has_more_is_made_no_room(void **state)
{
    struct scene scene;
    struct bl_book *quiet, *busy;

    (void)state;
    open_scene(&scene);
    quiet = keep(&scene, "quiet", 300);
    busy = enter(&scene, "busy", 700);
    assert_null(bl_shelves_victim(&scene.shelves, busy->shelf, 1, 0));
    assert_false(bl_shelf_yields(&scene.shelves, quiet->shelf, busy->shelf, 1, 0));
    assert_true(bl_shelf_yields(&scene.shelves, busy->shelf, quiet->shelf, 1, 0));
    assert_true(bl_shelf_yields(&scene.shelves, quiet->shelf, quiet->shelf, 1, 0));
    close_scene(&scene);
}

static void shelf__jobs_count_where_they_are_the_larger_share(void **state)
{
    struct scene scene;
    struct bl_book *first, *wants;

    (void)state;
    open_scene(&scene);
    first = keep(&scene, "many", 1);
    for (unsigned i = 0; i < 9; i++)
        (void)keep(&scene, "many", 1); /* a tenth of the jobs */
    (void)keep(&scene, "large", 90);
    wants = enter(&scene, "new", 0);
    assert_ptr_equal(bl_shelves_victim(&scene.shelves, wants->shelf, 0, 1), first);
    close_scene(&scene);
}

static void shelf__what_is_used_again_is_the_newest(void **state)
{
    struct scene scene;
    struct bl_book *first, *second;

    (void)state;
    open_scene(&scene);
    first = keep(&scene, "a", 10);
    second = keep(&scene, "a", 10);
    bl_book_use(first, &scene.shelves);
    bl_book_use(first, &scene.shelves);
    assert_ptr_equal(bl_shelves_victim(&scene.shelves, first->shelf, 1, 0), second);
    bl_book_use(second, &scene.shelves);
    assert_null(bl_shelves_victim(&scene.shelves, first->shelf, 1, 0));
    bl_book_keep(second, &scene.shelves, 10);
    bl_book_keep(first, &scene.shelves, 10);
    assert_ptr_equal(bl_shelves_victim(&scene.shelves, first->shelf, 1, 0), second);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shelf__the_oldest_of_whoever_keeps_most_goes),
        cmocka_unit_test(shelf__who_floods_loses_his_own),
        cmocka_unit_test(shelf__one_who_has_more_is_made_no_room),
        cmocka_unit_test(shelf__jobs_count_where_they_are_the_larger_share),
        cmocka_unit_test(shelf__what_is_used_again_is_the_newest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
