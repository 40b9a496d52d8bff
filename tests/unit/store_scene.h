/* store_scene.h - what the tests of the store share: a folder, a loop, a store on both, and whole
 * files in and out by one call. */
#ifndef TEST_STORE_SCENE_H
#define TEST_STORE_SCENE_H

#include "executor/server/store_copy.h"
#include "executor/server/store_put.h"

enum { STORE_SCENE_PATH_MAX = 256 };

struct store_scene {
    char path[STORE_SCENE_PATH_MAX];
    struct bl_store_limits limits; /* of the next store_scene_open() */
    struct bl_loop *loop;
    struct bl_store *store;
    unsigned changes, readies; /* callbacks that came */
    bool has_failed;           /* the last on_ready or on_copied */
    struct bl_err err;
    struct bl_pin *pin; /* from on_copied */
};

/* An empty folder and an open store of 1 MiB, 100 files, 16 puts. */
int store_scene_set_up(void **state);
int store_scene_tear_down(void **state); /* everything but the scene must have been freed */

void store_scene_open(struct store_scene *scene);
void store_scene_reopen(struct store_scene *scene); /* as after a restart */

/* Runs the loop until *done is not what it was, at most 20 s. */
void store_scene_await(struct store_scene *scene, const unsigned *done);

/* Callbacks; ctx: the scene. */
void store_scene_on_change(void *ctx);
void store_scene_on_ready(void *ctx, const struct bl_err *err);
void store_scene_on_copied(void *ctx, struct bl_pin *pin, const struct bl_err *err);

struct bl_digest store_scene_digest(const void *bytes, size_t length);

/* A put that must be open. size: announced. */
struct bl_put *store_scene_begin(struct store_scene *scene, const struct bl_digest *digest,
                                 uint64_t size_bytes);

/* Stores `length` bytes of the letter, which must succeed; the digest. */
struct bl_digest store_scene_put(struct store_scene *scene, char letter, size_t length);

/* The pin of a file that must be there, ready. */
struct bl_pin *store_scene_pin(struct store_scene *scene, const struct bl_digest *digest);

/* The step with which it can't be had; BL_STEP_NONE: it can. */
enum bl_step store_scene_refusal(struct store_scene *scene, const struct bl_digest *digest);

/* All of it is `length` times the letter. */
void store_scene_expect(struct bl_pin *pin, char letter, size_t length);

/* How many names the folder has, without the mark. */
unsigned store_scene_names(const struct store_scene *scene);

void store_scene_file_path(const struct store_scene *scene, const struct bl_digest *digest,
                           char path[STORE_SCENE_PATH_MAX]);

/* Rewrites a stored file in place, and gives it back its mode and its mtime. */
void store_scene_damage(const struct store_scene *scene, const struct bl_digest *digest);

struct bl_store_usage store_scene_usage(const struct store_scene *scene);

#define store_test(test) \
    cmocka_unit_test_setup_teardown(test, store_scene_set_up, store_scene_tear_down)

#endif
