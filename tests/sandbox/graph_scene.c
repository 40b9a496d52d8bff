/* graph_scene.c - a scene's rig, and the run of its job; see graph_scene.h. */
#include "tests/sandbox/graph_scene_private.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/job/places.h"

/* ---- rig and spool ----------------------------------------------------------------------------
 */

struct change {
    struct bl_scene *scene;
};

static void add_places(struct bl_plan *plan, const void *ctx)
{
    const struct change *change = ctx;
    struct bl_err err;

    for (unsigned root = 0; root < plan->root_count; root++)
        if (bl_places_add(plan, root, &err) != 0)
            (void)snprintf(change->scene->why_not, sizeof(change->scene->why_not), "%.190s",
                           err.detail);
}

static void open_programs(struct bl_scene *scene)
{
    int fd = open(BAILIFF_BINARY_DIR "/tests/programs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fdopendir(fd); /* takes it */

    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        struct bl_scene_program *program = &scene->programs[scene->program_count];

        if (entry->d_name[0] == '.' || scene->program_count == BL_SCENE_PROGRAMS ||
            strlen(entry->d_name) >= sizeof(program->name))
            continue;
        (void)strcpy(program->name, entry->d_name); /* measured above */
        program->fd = openat(fd, entry->d_name, O_RDONLY | O_CLOEXEC);
        assert_true(program->fd >= 0);
        scene->program_count++;
    }
    (void)closedir(folder); /* read only */
}

static int open_spool(struct bl_scene *scene, struct bl_err *err)
{
    if (bl_spool_new(&scene->spool, 64 * BL_MIB, err) != 0)
        return -1;
    return getenv("BAILIFF_RIG_CONFINED")
               ? bl_spool_give(scene->spool, BL_RIG_CONFINED_ID, BL_RIG_CONFINED_ID, err)
               : 0;
}

/* The spool first: the warden must see it, and so must it see every file that it is to mount. */
int bl_scene_setup(void **state)
{
    struct bl_scene *scene = calloc(1, sizeof(*scene));
    struct change change = {scene};
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;
    void *rig = NULL;

    if (!scene)
        return -1;
    if (open_spool(scene, &err) != 0)
        (void)snprintf(scene->why_not, sizeof(scene->why_not), "%.190s", bl_error_text(&err, text));
    open_programs(scene);
    if (bl_rig_setup_with(&rig, add_places, &change) != 0)
        return -1;
    scene->rig = rig;
    *state = scene;
    return 0;
}

int bl_scene_teardown(void **state)
{
    struct bl_scene *scene = *state;
    void *rig = scene->rig;

    bl_scene_remove_files(scene);
    for (size_t i = 0; i < scene->program_count; i++)
        bl_close_fd(&scene->programs[i].fd);
    (void)bl_rig_teardown(&rig);
    bl_spool_free(&scene->spool);
    free(scene);
    return 0;
}

struct bl_scene *bl_scene_of(void **state)
{
    struct bl_scene *scene = *state;
    void *rig_state = scene->rig;
    struct bl_rig *rig = bl_rig_of(&rig_state);

    if (!scene->spool)
        fail_msg("no spool: %s", scene->why_not);
    bl_scene_remove_files(scene);
    memset(&scene->job, 0, sizeof(*scene) - offsetof(struct bl_scene, job));
    scene->rig = rig;
    scene->job = (struct bl_job){.id = "test",
                                 .tenant = "",
                                 .parallel = 1,
                                 .steps = scene->job_steps,
                                 .return_bytes_max = 64 * BL_MIB};
    scene->slots[0] = "";
    scene->slot_count = 1;
    bl_scene_open_depot(scene);
    return scene;
}

/* ---- running it -------------------------------------------------------------------------------
 */

static void on_timer(void *ctx)
{
    struct bl_scene *scene = ctx;

    scene->on_time(scene);
}

void bl_scene_start(struct bl_scene *scene)
{
    struct bl_graph_order order = {
        .job = &scene->job,
        .loop = scene->rig->loop,
        .warden = scene->rig->warden,
        .spool = scene->spool,
        .depot = &scene->depot,
        .outfitter = &scene->outfitter,
        .slots = scene->slots,
        .slot_count = scene->slot_count,
        .first_number = 5,
        .calls = bl_scene_calls(scene),
    };
    struct bl_err err;

    for (size_t i = 0; i < scene->job.step_count; i++) {
        if (scene->job_steps[i].case_count == 0)
            (void)bl_scene_case(&scene->steps[i], NULL, NULL);
        scene->job.case_count += scene->job_steps[i].case_count;
    }
    scene->started_ns = order.accepted_ns = bl_now_ns();
    if (scene->deadline_ns > 0)
        order.deadline_ns = order.accepted_ns + scene->deadline_ns;
    assert_int_equal(bl_timer_new(&scene->timer, scene->rig->loop, on_timer, scene, &err), 0);
    assert_int_equal(bl_graph_start(&scene->graph, &order, &err), 0);
}

void bl_scene_finish(struct bl_scene *scene)
{
    struct bl_err err;

    assert_int_equal(bl_loop_run(scene->rig->loop, &err), 0);
    bl_graph_free(&scene->graph);
    bl_timer_free(&scene->timer);
    assert_int_equal(scene->sent, scene->released);
    assert_int_equal(bl_scene_left(scene), 0);
}

void bl_scene_run(struct bl_scene *scene)
{
    bl_scene_start(scene);
    bl_scene_finish(scene);
    assert_int_equal(scene->dones, 1);
}

void bl_scene_soon(struct bl_scene *scene, void (*what)(struct bl_scene *scene), uint64_t ms)
{
    scene->on_time = what;
    bl_timer_arm(scene->timer, bl_now_ns() + ms * BL_NS_PER_MS);
}

unsigned bl_scene_left(const struct bl_scene *scene)
{
    DIR *folder = opendir("/run/bailiff"); /* in our own mount namespace */
    unsigned count = 0;

    (void)scene;
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    (void)closedir(folder);
    return count;
}
