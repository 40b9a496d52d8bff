/* Files in use, and whether they are still what they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/unit/store_scene.h"

static void pin__of_nothing_is_missing(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest digest = store_scene_digest("nothing", 7);

    assert_int_equal(store_scene_refusal(scene, &digest), BL_STEP_STORE_MISSING);
}

/* Two programs that read the same file don't move each other's offset. */
static void pin__each_descriptor_is_its_own(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest digest = store_scene_put(scene, 'a', 100);
    struct bl_pin *pin = store_scene_pin(scene, &digest);
    bl_autoclose int first = -1, second = -1;
    struct bl_err err;
    char bytes[60];

    assert_int_equal(bl_pin_open(pin, &first, &err), 0);
    assert_int_equal(bl_pin_open(pin, &second, &err), 0);
    assert_int_equal(read(first, bytes, sizeof(bytes)), 60);
    assert_int_equal(read(first, bytes, sizeof(bytes)), 40);
    assert_int_equal(read(second, bytes, sizeof(bytes)), 60);
    bl_pin_free(&pin);
}

static void pin__lends_what_nobody_can_write(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest digest = store_scene_put(scene, 'a', 100);
    struct bl_pin *pin = store_scene_pin(scene, &digest);
    bl_autoclose int fd = -1;
    struct bl_err err;
    struct stat is;

    assert_int_equal(bl_pin_open(pin, &fd, &err), 0);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    assert_int_equal(fstat(fd, &is), 0);
    assert_int_equal(is.st_mode & 07777, 0555);
    /* A read lease is refused while anybody has the file open for writing. */
    assert_int_equal(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
    assert_int_equal(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
    bl_pin_free(&pin);
}

static void pin__survives_a_restart(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest files[3];

    files[0] = store_scene_put(scene, 'a', 0);
    files[1] = store_scene_put(scene, 'b', 5000);
    files[2] = store_scene_put(scene, 'c', 700000);
    store_scene_reopen(scene);
    assert_int_equal(store_scene_usage(scene).files, 3);
    assert_int_equal(store_scene_usage(scene).bytes, 4096 + 8192 + 700416);
    for (size_t i = 0; i < 3; i++) {
        struct bl_pin *pin = store_scene_pin(scene, &files[i]);

        store_scene_expect(pin, (char)('a' + i), (const size_t[]){0, 5000, 700000}[i]);
        bl_pin_free(&pin);
    }
    assert_int_equal(scene->readies, 3); /* each was hashed first */
    for (size_t i = 0; i < 3; i++) {
        struct bl_pin *pin = store_scene_pin(scene, &files[i]);

        bl_pin_free(&pin);
    }
    assert_int_equal(scene->readies, 3); /* and once only */
}

static void pin__many_wait_for_one_check(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 900000);
    struct bl_pin *pins[5];
    struct bl_err err;

    store_scene_reopen(scene);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(
            bl_pin_new(&pins[i], scene->store, &file, store_scene_on_ready, scene, &err), 0);
        assert_false(bl_pin_is_ready(pins[i]));
    }
    bl_pin_free(&pins[2]); /* hears nothing */
    while (scene->readies < 4)
        store_scene_await(scene, &scene->readies);
    for (size_t i = 0; i < 5; i++) {
        if (pins[i])
            store_scene_expect(pins[i], 'a', 900000);
        bl_pin_free(&pins[i]);
    }
    assert_int_equal(scene->readies, 4);
}

/* With mtime put back, as a tool that repairs a disk might: the content counts. */
static void pin__what_rotted_between_two_starts_is_missing(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 300000);

    bl_store_free(&scene->store);
    store_scene_damage(scene, &file);
    store_scene_open(scene);
    assert_true(bl_store_has(scene->store, &file));
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_STORE_MISSING);
    assert_false(bl_store_has(scene->store, &file));
    assert_int_equal(store_scene_names(scene), 0);
    assert_int_equal(store_scene_usage(scene).removed, 1);
    assert_int_equal(store_scene_usage(scene).bytes, 0);
    (void)store_scene_put(scene, 'a', 300000); /* and may come again */
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_NONE);
}

static void pin__what_changes_under_us_is_missing(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 300000);

    store_scene_damage(scene, &file);
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_STORE_MISSING);
    assert_int_equal(store_scene_names(scene), 0);
}

/* Touched, but with the same content: hashed again, and believed again. */
static void pin__a_new_stamp_is_no_verdict(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 300000);
    char path[STORE_SCENE_PATH_MAX];

    store_scene_file_path(scene, &file, path);
    assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_NONE);
    assert_int_equal(scene->readies, 1);
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_NONE);
    assert_int_equal(scene->readies, 1);
}

/* Also for whoever has it pinned already. */
static void pin__is_not_opened_when_the_file_changed(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 300000);
    struct bl_pin *pin = store_scene_pin(scene, &file), *other = store_scene_pin(scene, &file);
    bl_autoclose int fd = -1;
    struct bl_err err;

    store_scene_damage(scene, &file);
    assert_int_equal(bl_pin_open(pin, &fd, &err), -1);
    assert_int_equal(err.step, BL_STEP_STORE_MISSING);
    assert_int_equal(fd, -1);
    assert_int_equal(bl_pin_open(other, &fd, &err), -1);
    assert_false(bl_store_has(scene->store, &file));
    /* What comes now is another file to them, though of the same digest. */
    (void)store_scene_put(scene, 'a', 300000);
    assert_int_equal(bl_pin_open(other, &fd, &err), -1);
    bl_pin_free(&pin);
    bl_pin_free(&other);
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_NONE);
    assert_int_equal(store_scene_usage(scene).files, 1);
    assert_int_equal(store_scene_usage(scene).bytes_pinned, 0);
}

/* A check is under way for one while another, who believed it before, finds it changed. */
static void pin__found_changed_during_a_check(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 900000);
    struct bl_pin *old = store_scene_pin(scene, &file), *pin;
    char path[STORE_SCENE_PATH_MAX];
    bl_autoclose int fd = -1;
    struct bl_err err;

    store_scene_file_path(scene, &file, path);
    assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
    assert_int_equal(bl_pin_new(&pin, scene->store, &file, store_scene_on_ready, scene, &err), 0);
    assert_false(bl_pin_is_ready(pin));
    assert_int_equal(bl_pin_open(old, &fd, &err), -1);
    store_scene_await(scene, &scene->readies);
    assert_true(scene->has_failed);
    assert_int_equal(scene->err.step, BL_STEP_STORE_MISSING);
    bl_pin_free(&pin);
    bl_pin_free(&old);
    assert_int_equal(store_scene_usage(scene).files, 0);
    assert_int_equal(store_scene_usage(scene).bytes, 0);
    assert_int_equal(store_scene_names(scene), 0);
}

static void pin__what_was_taken_away_is_missing(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 10), other;
    char path[STORE_SCENE_PATH_MAX];

    store_scene_file_path(scene, &file, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_STORE_MISSING);
    other = store_scene_put(scene, 'b', 10);
    store_scene_reopen(scene);
    store_scene_file_path(scene, &other, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(store_scene_refusal(scene, &other), BL_STEP_STORE_MISSING);
    assert_int_equal(store_scene_usage(scene).files, 0);
}

/* A fifo with a digest's name must not hold the loop up; a link must not be followed. */
static void pin__what_is_no_file_is_missing(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 10);
    char path[STORE_SCENE_PATH_MAX];

    store_scene_file_path(scene, &file, path);
    store_scene_reopen(scene);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0555), 0);
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_STORE_MISSING);
    (void)store_scene_put(scene, 'a', 10);
    store_scene_reopen(scene);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/proc/version", path), 0);
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_STORE_MISSING);
    assert_int_equal(store_scene_names(scene), 0);
}

/* A file of an earlier process that nobody has hashed yet, and its upload, meet. */
static void pin__a_put_waits_for_the_check_of_what_is_there(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 300000);
    const struct bl_put_order order = {&file, 300000, store_scene_on_change, scene};
    struct bl_put *put;
    struct bl_err err;

    store_scene_reopen(scene);
    assert_int_equal(bl_put_new(&put, scene->store, &order, &err), 0);
    assert_int_equal(bl_put_state(put), BL_PUT_WAITING);
    store_scene_await(scene, &scene->changes);
    assert_int_equal(bl_put_state(put), BL_PUT_THERE);
    bl_put_free(&put);
    bl_store_free(&scene->store);
    store_scene_damage(scene, &file);
    store_scene_open(scene);
    assert_int_equal(bl_put_new(&put, scene->store, &order, &err), 0);
    assert_int_equal(bl_put_state(put), BL_PUT_WAITING);
    store_scene_await(scene, &scene->changes);
    assert_int_equal(bl_put_state(put), BL_PUT_OPEN);
    bl_put_free(&put);
}

/* An upload that did not say its digest replaces what is being checked, and who waits is content.
 */
static void pin__a_put_overtakes_the_check(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 300000);
    struct bl_pin *pin;
    struct bl_err err;

    bl_store_free(&scene->store);
    store_scene_damage(scene, &file);
    store_scene_open(scene);
    assert_int_equal(bl_pin_new(&pin, scene->store, &file, store_scene_on_ready, scene, &err), 0);
    assert_false(bl_pin_is_ready(pin));
    (void)store_scene_put(scene, 'a', 300000);
    store_scene_await(scene, &scene->readies);
    assert_false(scene->has_failed);
    store_scene_expect(pin, 'a', 300000);
    bl_pin_free(&pin);
    assert_int_equal(store_scene_usage(scene).bytes_pinned, 0);
}

/* With a check under way that nobody waits for. */
static void pin__store_can_be_closed_during_a_check(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 900000);
    struct bl_pin *pin;
    struct bl_err err;

    store_scene_reopen(scene);
    assert_int_equal(bl_pin_new(&pin, scene->store, &file, store_scene_on_ready, scene, &err), 0);
    bl_pin_free(&pin);
    store_scene_reopen(scene);
    assert_int_equal(scene->readies, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(pin__of_nothing_is_missing),
        store_test(pin__each_descriptor_is_its_own),
        store_test(pin__lends_what_nobody_can_write),
        store_test(pin__survives_a_restart),
        store_test(pin__many_wait_for_one_check),
        store_test(pin__what_rotted_between_two_starts_is_missing),
        store_test(pin__what_changes_under_us_is_missing),
        store_test(pin__a_new_stamp_is_no_verdict),
        store_test(pin__is_not_opened_when_the_file_changed),
        store_test(pin__found_changed_during_a_check),
        store_test(pin__what_was_taken_away_is_missing),
        store_test(pin__what_is_no_file_is_missing),
        store_test(pin__a_put_waits_for_the_check_of_what_is_there),
        store_test(pin__a_put_overtakes_the_check),
        store_test(pin__store_can_be_closed_during_a_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
