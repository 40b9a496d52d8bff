/* Memory runs out at allocation number n of the worker, for every n of one conversation with a site
 * (the linker's hooks: tests/CMakeLists.txt). Whatever is missing: each call ends once, what was
 * begun is freed, what was counted is given back, and the next job is served. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <bailiff/v1/executor.pb-c.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "executor/server/site_private.h"
#include "scarce.h"
#include "tests/unit/site_scene.h"

static void around(bool begins)
{
    scarce_memory.is_off = !begins;
}

static void put_file(struct site_scene *scene)
{
    Bailiff__V1__PutChunk chunk = BAILIFF__V1__PUT_CHUNK__INIT;
    uint8_t bytes[64];

    chunk.data = (ProtobufCBinaryData){3, (uint8_t *)(uintptr_t) "abc"};
    (void)site_scene_call(scene, "Files/Put", bytes, bailiff__v1__put_chunk__pack(&chunk, bytes));
}

/* Whatever has been begun goes on as if memory had never been short. */
static void end_works(struct site_scene *scene)
{
    for (unsigned i = 0; i < scene->work_count; i++)
        if (scene->works[i].is_live && !scene->works[i].is_done)
            site_scene_done(scene, &scene->works[i], BL_JOB_COMPLETED);
}

static void converse(struct site_scene *scene)
{
    struct bl_site_settings settings = scene->options.settings;

    (void)site_scene_job(scene, "Executor/Watch", "a", 2, false);
    (void)site_scene_job(scene, "Executor/Run", "a", 2, false);
    if (scene->work_count && !scene->works[0].is_stopped)
        site_scene_case(scene, &scene->works[0], 1);
    (void)site_scene_job(scene, "Executor/Watch", "", 1, true);
    (void)site_scene_call(scene, "Executor/WatchStatus", (const uint8_t *)"", 0);
    end_works(scene);
    (void)site_scene_ref(scene, "Executor/Result", "a");
    (void)site_scene_ref(scene, "Executor/Cancel", "a");
    (void)site_scene_call(scene, "Executor/Status", (const uint8_t *)"", 0);
    (void)site_scene_call(scene, "Files/Missing", (const uint8_t *)"", 0);
    put_file(scene);
    bl_site_reload(scene->site, &settings);
    site_scene_settle(scene);
}

static void on_drained(void *ctx)
{
    ((struct site_scene *)ctx)->drains++;
}

static void expect_all_over(struct site_scene *scene)
{
    end_works(scene);
    bl_site_drain(scene->site, BL_NS_PER_S, on_drained, scene);
    site_scene_settle(scene);
    assert_int_equal(scene->drains, 1);
    scene->drains = 0;
    for (unsigned i = 0; i < scene->call_count; i++)
        assert_true(scene->calls[i].is_over);
}

/* One after which nothing is short any more. */
static void expect_served(struct site_scene *scene)
{
    struct scene_call *call;

    if (bl_connection_is_over(scene->server))
        return; /* the connection itself went down with it: nghttp2 can't go on without memory */
    call = site_scene_job(scene, "Executor/Run", "", 1, false);
    end_works(scene);
    if (!bl_connection_is_over(scene->server))
        assert_int_equal(call->status, BL_RPC_OK);
}

static void site_memory__may_run_out_anywhere(void **state)
{
    struct site_scene *scene = *state;

    scarce_memory.is_off = true;
    for (scarce_memory.fails_at = 1;; scarce_memory.fails_at++) {
        scarce_memory.count = 0;
        site_scene_open(scene);
        scene->around = around;
        converse(scene);
        scene->around = NULL;
        if (scarce_memory.count >= scarce_memory.fails_at)
            expect_served(scene);
        expect_all_over(scene);
        site_scene_close(scene);
        if (scarce_memory.count < scarce_memory.fails_at)
            break;
    }
    assert_true(scarce_memory.fails_at > 100); /* it was tried, and often */
}

int main(void)
{
    const struct CMUnitTest tests[] = {site_test(site_memory__may_run_out_anywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
