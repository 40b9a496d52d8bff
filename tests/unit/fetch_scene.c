#include "tests/unit/fetch_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"

extern char **environ;

struct fetch_server fetch_scene_start_server(const char *certificate, const char *key)
{
    const char *const argv[] = {
        "python3",   "-B", BAILIFF_SOURCE_DIR "/tests/support/fetch/file_server.py",
        certificate, key,  NULL};
    posix_spawn_file_actions_t actions;
    struct fetch_server server;
    char text[16] = "";
    int in[2], out[2];

    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO), 0);
    assert_int_equal(
        posix_spawnp(&server.pid, argv[0], &actions, NULL, (char *const *)argv, environ), 0);
    assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
    bl_close_fd(&in[0]);
    bl_close_fd(&out[1]);
    server.input = in[1];
    for (size_t at = 0; at < sizeof(text) - 1 && !strchr(text, '\n'); at++)
        assert_int_equal(read(out[0], text + at, 1), 1);
    bl_close_fd(&out[0]);
    server.port = (unsigned)strtoul(text, NULL, 10);
    assert_true(server.port > 0);
    return server;
}

void fetch_scene_stop_server(struct fetch_server *server)
{
    int status;

    bl_close_fd(&server->input);
    assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
}

void fetch_scene_start(struct fetch_scene *scene)
{
    struct bl_err err = {0};

    if (bl_fetcher_start(&scene->fetcher, scene->store->loop, &scene->config, &err) != 0)
        fail_msg("fetcher: %s", err.detail);
}

void fetch_scene_restart(struct fetch_scene *scene)
{
    bl_fetcher_free(&scene->fetcher);
    fetch_scene_start(scene);
}

void fetch_scene_allow(struct fetch_scene *scene, size_t index, const char *scheme,
                       const char *host, const char *path, bool is_internal)
{
    (void)snprintf(scene->texts[index], sizeof(scene->texts[index]), "%s://%s:%u%s", scheme, host,
                   scene->server.port, path);
    scene->prefixes[index] = (struct bl_url_prefix){scene->texts[index], is_internal};
    scene->config.prefix_count = index + 1;
}

struct fetch_scene *fetch_scene_make(void **state)
{
    struct fetch_scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    assert_int_equal(store_scene_set_up(state), 0);
    scene->store = *state;
    scene->config.prefixes = scene->prefixes;
    scene->config.bytes_max = 900000;
    scene->config.time_ns = 20 * BL_NS_PER_S;
    (void)signal(SIGPIPE, SIG_IGN);
    *state = scene;
    return scene;
}

int fetch_scene_set_up(void **state)
{
    struct fetch_scene *scene = fetch_scene_make(state);

    scene->server = fetch_scene_start_server(NULL, NULL);
    fetch_scene_allow(scene, 0, "http", "127.0.0.1", "/", false);
    fetch_scene_start(scene);
    return 0;
}

int fetch_scene_tear_down(void **state)
{
    struct fetch_scene *scene = *state;

    bl_fetcher_free(&scene->fetcher);
    fetch_scene_stop_server(&scene->server);
    *state = scene->store;
    if (scene->ca_file[0])
        (void)unlink(scene->ca_file);
    free(scene);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    return store_scene_tear_down(state);
}

struct bl_digest fetch_scene_digest(size_t length)
{
    bl_autofree char *bytes = malloc(length + 1);

    assert_non_null(bytes);
    memset(bytes, 'f', length);
    return store_scene_digest(bytes, length);
}

struct bl_fetch *fetch_scene_begin(struct fetch_scene *scene, const struct bl_digest *digest,
                                   const char *url)
{
    struct bl_err err = {0};
    struct bl_fetch *fetch;

    if (bl_fetch_new(&fetch, scene->fetcher, scene->store->store, digest, url,
                     store_scene_on_copied, scene->store, &err) != 0)
        fail_msg("%s: %s", url, err.detail);
    return fetch;
}

enum bl_step fetch_scene_fetch(struct fetch_scene *scene, const char *path, size_t length)
{
    struct bl_digest digest = fetch_scene_digest(length);
    unsigned names = store_scene_names(scene->store);
    struct bl_fetch *fetch;
    char url[512];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", scene->server.port, path);
    fetch = fetch_scene_begin(scene, &digest, url);
    store_scene_await(scene->store, &scene->store->readies);
    bl_fetch_free(&fetch);
    if (!scene->store->has_failed)
        return BL_STEP_NONE;
    assert_int_equal(store_scene_names(scene->store), names);
    assert_int_equal(store_scene_usage(scene->store).bytes_coming, 0);
    return scene->store->err.step;
}

enum bl_step fetch_scene_refusal(struct fetch_scene *scene, const char *url)
{
    struct bl_digest digest = fetch_scene_digest(1);
    struct bl_fetch *fetch = NULL;
    struct bl_err err = {0};

    assert_int_equal(bl_fetch_new(&fetch, scene->fetcher, scene->store->store, &digest, url,
                                  store_scene_on_copied, scene->store, &err),
                     -1);
    assert_null(fetch);
    return err.step;
}
