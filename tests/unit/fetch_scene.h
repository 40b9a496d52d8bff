/* fetch_scene.h - what the tests of fetching share: a store, a real HTTP server on the loopback,
 * and a fetcher that may fetch from it. */
#ifndef TEST_FETCH_SCENE_H
#define TEST_FETCH_SCENE_H

#include <sys/types.h>

#include "executor/server/store_fetch.h"
#include "tests/unit/store_scene.h"

/* tests/support/fetch/file_server.py */
struct fetch_server {
    pid_t pid;
    int input;
    unsigned port;
};

struct fetch_scene {
    struct store_scene *store;
    struct fetch_server server;
    struct bl_fetcher *fetcher;
    struct bl_fetcher_config config;
    struct bl_url_prefix prefixes[3];
    char texts[3][64];
    char ca_file[STORE_SCENE_PATH_MAX];
};

/* A server; certificate NULL: HTTP. */
struct fetch_server fetch_scene_start_server(const char *certificate, const char *key);
void fetch_scene_stop_server(struct fetch_server *server);

/* A scene without server and fetcher yet. */
struct fetch_scene *fetch_scene_make(void **state);

/* With both, and everything at http://127.0.0.1:PORT/ allowed. */
int fetch_scene_set_up(void **state);
int fetch_scene_tear_down(void **state);

/* With the scene's config. */
void fetch_scene_start(struct fetch_scene *scene);
void fetch_scene_restart(struct fetch_scene *scene);

/* Prefix number `index`, on the server's port; those behind it are gone. */
void fetch_scene_allow(struct fetch_scene *scene, size_t index, const char *scheme,
                       const char *host, const char *path, bool is_internal);

/* Of so many bytes "f". */
struct bl_digest fetch_scene_digest(size_t length);

/* Must begin; its end is a store_scene's on_copied. */
struct bl_fetch *fetch_scene_begin(struct fetch_scene *scene, const struct bl_digest *digest,
                                   const char *url);

/* Fetches so many bytes "f" from a path of the server. The step that it fails with, and then
 * nothing is left; BL_STEP_NONE: the pin is the store's scene's. */
enum bl_step fetch_scene_fetch(struct fetch_scene *scene, const char *path, size_t length);

/* The step with which a URL is refused at once. */
enum bl_step fetch_scene_refusal(struct fetch_scene *scene, const char *url);

#define fetch_test(test) \
    cmocka_unit_test_setup_teardown(test, fetch_scene_set_up, fetch_scene_tear_down)

#endif
