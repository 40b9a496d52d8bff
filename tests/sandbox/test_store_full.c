/* A disk that is really full: a small tmpfs under a store whose bound is larger. Needs root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/server/store_hash.h"
#include "executor/server/store_put.h"

enum { DISK_BYTES = 32 * 1024 * 1024 };

struct scene {
    char path[64];
    struct bl_loop *loop;
    struct bl_store *store;
};

static int set_up(void **state)
{
    static struct scene scene;
    const struct bl_store_limits limits = {BL_GIB, 1000, 16};
    char options[64];
    struct bl_err err;

    if (geteuid() != 0) {
        print_message("only root can mount\n");
        assert_null(getenv("BAILIFF_MUST_ISOLATE"));
        *state = NULL;
        return 0;
    }
    scene = (struct scene){.path = "/tmp/store-full-XXXXXX"};
    bl_log_open(BL_LOG_ERROR);
    assert_non_null(mkdtemp(scene.path));
    (void)snprintf(options, sizeof(options), "size=%d,mode=0700", DISK_BYTES);
    assert_int_equal(mount("full", scene.path, "tmpfs", 0, options), 0);
    assert_int_equal(bl_loop_new(&scene.loop, &err), 0);
    assert_int_equal(bl_store_open(&scene.store, scene.loop, scene.path, &limits, &err), 0);
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    if (!scene)
        return 0;
    bl_store_free(&scene->store);
    bl_loop_free(&scene->loop);
    assert_int_equal(umount2(scene->path, MNT_DETACH), 0);
    assert_int_equal(rmdir(scene->path), 0);
    return 0;
}

/* BL_STEP_NONE: stored. */
static enum bl_step put(struct scene *scene, char letter, size_t length, struct bl_digest *digest)
{
    const struct bl_put_order order = {.size_bytes = BL_PUT_SIZE_UNKNOWN};
    static char bytes[1024 * 1024];
    struct bl_pin *pin = NULL;
    struct bl_put *put;
    struct bl_err err = {0};

    memset(bytes, letter, sizeof(bytes));
    assert_int_equal(bl_put_new(&put, scene->store, &order, &err), 0);
    for (size_t at = 0; at < length && err.step == BL_STEP_NONE; at += sizeof(bytes))
        (void)bl_put_write(put, bytes, sizeof(bytes), &err);
    if (err.step == BL_STEP_NONE && bl_put_finish(put, &pin, &err) == 0)
        *digest = *bl_pin_digest(pin);
    else
        assert_int_equal(err.sys_errno, ENOSPC);
    bl_pin_free(&pin);
    bl_put_free(&put);
    return err.step;
}

static void full__disk_fails_the_put_and_loses_nothing(void **state)
{
    struct scene *scene = *state;
    struct bl_digest first, second;

    if (!scene)
        skip();
    assert_int_equal(put(scene, 'a', DISK_BYTES / 2, &first), BL_STEP_NONE);
    assert_int_equal(put(scene, 'b', DISK_BYTES, &second), BL_STEP_STORE_SHORT);
    assert_int_equal(bl_step_fault(BL_STEP_STORE_SHORT), BL_FAULT_BUSY);
    assert_true(bl_store_has(scene->store, &first));
    /* It recovers, though what was half written is still on its way out. */
    assert_int_equal(put(scene, 'b', DISK_BYTES / 4, &second), BL_STEP_NONE);
    assert_true(bl_store_has(scene->store, &first));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(full__disk_fails_the_put_and_loses_nothing, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
