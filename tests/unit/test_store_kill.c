/* kill -9 in the middle of many puts, again and again: whatever is there afterwards is right, and
 * nothing that was promised is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/unit/store_scene.h"

enum { ROUNDS = 25, PUTS = 4, PROMISES_MAX = 4096 };

struct promises {
    struct bl_digest files[PROMISES_MAX];
    unsigned count;
};

/* Content number n, from a few bytes to a few slices. */
static size_t make_content(unsigned n, char *bytes)
{
    size_t length = n % 7 == 0 ? n % 5000 : (n * 2654435761U) % 120000;

    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(n + i / 100);
    return length;
}

/* Brings several files at once, in small pieces, and tells each digest once it is stored. Until it
 * is killed. */
static _Noreturn void bring_until_killed(struct store_scene *scene, int tell, unsigned first)
{
    static char contents[PUTS][120000];
    struct bl_put *puts[PUTS] = {NULL};
    size_t lengths[PUTS], at[PUTS];
    struct bl_err err;

    for (unsigned n = first;;) {
        for (unsigned i = 0; i < PUTS; i++) {
            const struct bl_put_order order = {.size_bytes = BL_PUT_SIZE_UNKNOWN};
            struct bl_pin *pin;
            size_t piece;

            if (!puts[i]) {
                lengths[i] = make_content(n++, contents[i]);
                at[i] = 0;
                if (bl_put_new(&puts[i], scene->store, &order, &err) != 0)
                    _exit(1);
            }
            piece = lengths[i] - at[i] < 7000 ? lengths[i] - at[i] : 7000;
            if (bl_put_write(puts[i], contents[i] + at[i], piece, &err) != 0)
                _exit(2);
            at[i] += piece;
            if (at[i] < lengths[i])
                continue;
            if (bl_put_finish(puts[i], &pin, &err) != 0)
                _exit(3);
            if (write(tell, bl_pin_digest(pin), sizeof(struct bl_digest)) < 0)
                _exit(4);
            bl_pin_free(&pin);
            bl_put_free(&puts[i]);
        }
    }
}

/* Some files are promised, then it dies wherever it happens to be. */
static void one_life(struct store_scene *scene, struct promises *promises, unsigned round)
{
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bl_close_fd(&ends[0]);
        store_scene_open(scene);
        bring_until_killed(scene, ends[1], round * 10000);
    }
    bl_close_fd(&ends[1]);
    for (int i = rand() % 20; i >= 0; i--) {
        assert_true(promises->count < PROMISES_MAX);
        assert_int_equal(read(ends[0], &promises->files[promises->count], sizeof(struct bl_digest)),
                         sizeof(struct bl_digest));
        promises->count++;
    }
    (void)poll(NULL, 0, rand() % 3); /* to die elsewhere than in a put's end */
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(ends[0], &promises->files[promises->count], sizeof(struct bl_digest)) ==
           (ssize_t)sizeof(struct bl_digest))
        assert_true(++promises->count < PROMISES_MAX);
    bl_close_fd(&ends[0]);
}

static void expect_all(struct store_scene *scene, const struct promises *promises)
{
    struct bl_digest *listed = calloc(2 * PROMISES_MAX, sizeof(*listed));
    unsigned count = 0;
    DIR *folder;

    assert_non_null(listed);
    for (unsigned i = 0; i < promises->count; i++)
        assert_int_equal(store_scene_refusal(scene, &promises->files[i]), BL_STEP_NONE);
    folder = opendir(scene->path);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        assert_true(count < 2 * PROMISES_MAX);
        assert_true(bl_digest_parse(entry->d_name, &listed[count++])); /* no temporary file */
    }
    (void)closedir(folder);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(store_scene_refusal(scene, &listed[i]), BL_STEP_NONE);
    assert_int_equal(store_scene_usage(scene).files, count);
    assert_int_equal(store_scene_usage(scene).removed, 0);
    free(listed);
}

static void kill__leaves_no_wrong_file_and_loses_no_promise(void **state)
{
    struct store_scene *scene = *state;
    static struct promises promises;

    scene->limits = (struct bl_store_limits){4 * BL_GIB, 100000, 16};
    srand(4);
    bl_store_free(&scene->store);
    for (unsigned round = 0; round < ROUNDS; round++) {
        one_life(scene, &promises, round);
        if (round % 8 > 0 && round < ROUNDS - 1)
            continue;
        store_scene_open(scene);
        expect_all(scene, &promises);
        bl_store_free(&scene->store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(kill__leaves_no_wrong_file_and_loses_no_promise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
