/* The store as a job sees it: errands, answered once, given up at any time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/server/store_depot.h"
#include "tests/unit/fetch_scene.h"

/* One errand, and its answer. */
struct job {
    struct store_scene *store;
    struct bl_depot depot;
    struct bl_errand errand;
    unsigned answers;
    bool releases_at_once;
    enum bl_step step; /* NONE: done */
};

static void on_answer(void *ctx, struct bl_errand *errand, const struct bl_err *err)
{
    struct job *job = ctx;

    assert_ptr_equal(errand, &job->errand);
    job->answers++;
    job->step = err ? err->step : BL_STEP_NONE;
    if (job->releases_at_once)
        job->depot.release(job->depot.ctx, errand);
    bl_loop_stop(job->store->loop);
}

static void begin(struct job *job, enum bl_errand_kind kind, const struct bl_digest *digest,
                  const char *url, int fd)
{
    job->answers = 0;
    job->errand =
        (struct bl_errand){.kind = kind, .url = url, .fd = fd, .on_answer = on_answer, .ctx = job};
    if (digest)
        memcpy(job->errand.sha256, digest->bytes, BL_SHA256_BYTES);
    job->depot.send(job->depot.ctx, &job->errand);
}

static enum bl_step await(struct job *job)
{
    if (job->answers == 0)
        store_scene_await(job->store, &job->answers);
    assert_int_equal(job->answers, 1);
    return job->step;
}

static void end(struct job *job)
{
    if (job->errand.kind == BL_ERRAND_GET && job->step == BL_STEP_NONE && job->answers > 0)
        bl_close_fd(&job->errand.fd);
    job->depot.release(job->depot.ctx, &job->errand);
}

static void expect_file(struct job *job, char letter, size_t length)
{
    char bytes[100];
    struct stat is;

    assert_int_equal(fstat(job->errand.fd, &is), 0);
    assert_int_equal(is.st_mode & 0555, 0555);
    assert_int_equal(is.st_nlink, 1);
    assert_int_equal(fcntl(job->errand.fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_int_equal(read(job->errand.fd, bytes, sizeof(bytes)), length);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(bytes[i], letter);
}

static void depot__gets_what_is_there_and_keeps_it(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_store_depot depot = {scene->store->store, NULL};
    struct job job = {.store = scene->store, .depot = bl_store_depot(&depot)};
    struct bl_digest digest = store_scene_put(scene->store, 'a', 50);

    begin(&job, BL_ERRAND_GET, &digest, NULL, -1);
    assert_int_equal(await(&job), BL_STEP_NONE);
    expect_file(&job, 'a', 50);
    assert_int_equal(store_scene_usage(scene->store).files_pinned, 1);
    end(&job);
    assert_int_equal(store_scene_usage(scene->store).files_pinned, 0);
    store_scene_reopen(scene->store); /* now it has to be hashed first */
    depot.store = scene->store->store;
    begin(&job, BL_ERRAND_GET, &digest, NULL, -1);
    assert_int_equal(job.answers, 0);
    assert_int_equal(await(&job), BL_STEP_NONE);
    expect_file(&job, 'a', 50);
    end(&job);
}

static void depot__puts_and_tells_the_digest(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_store_depot depot = {scene->store->store, NULL};
    struct job job = {.store = scene->store, .depot = bl_store_depot(&depot)};
    struct bl_digest digest = store_scene_digest("output", 6);
    bl_autoclose int fd = memfd_create("output", MFD_CLOEXEC);

    assert_int_equal(write(fd, "output", 6), 6);
    begin(&job, BL_ERRAND_PUT, NULL, NULL, fd);
    assert_int_equal(await(&job), BL_STEP_NONE);
    assert_memory_equal(job.errand.sha256, digest.bytes, BL_SHA256_BYTES);
    assert_int_equal(store_scene_usage(scene->store).files_pinned, 1);
    end(&job);
    assert_true(bl_store_has(scene->store->store, &digest));
    begin(&job, BL_ERRAND_PUT, NULL, NULL, STDERR_FILENO + 900); /* no such descriptor */
    assert_int_equal(await(&job), BL_STEP_INPUT);
    end(&job);
}

static void depot__fetches_what_is_missing_or_rotten(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_store_depot depot = {scene->store->store, scene->fetcher};
    struct job job = {.store = scene->store, .depot = bl_store_depot(&depot)};
    struct bl_digest digest = fetch_scene_digest(60);
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/files/60", scene->server.port);
    begin(&job, BL_ERRAND_GET, &digest, NULL, -1);
    assert_int_equal(await(&job), BL_STEP_STORE_MISSING);
    end(&job);
    begin(&job, BL_ERRAND_GET, &digest, "http://elsewhere.example/files/60", -1);
    assert_int_equal(await(&job), BL_STEP_FETCH);
    end(&job);
    begin(&job, BL_ERRAND_GET, &digest, url, -1);
    assert_int_equal(await(&job), BL_STEP_NONE);
    expect_file(&job, 'f', 60);
    end(&job);
    store_scene_damage(scene->store, &digest);
    begin(&job, BL_ERRAND_GET, &digest, url, -1);
    assert_int_equal(await(&job), BL_STEP_NONE);
    expect_file(&job, 'f', 60);
    end(&job);
    assert_int_equal(store_scene_usage(scene->store).removed, 1);
}

static void depot__errands_can_be_given_up(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_store_depot depot = {scene->store->store, scene->fetcher};
    struct job job = {.store = scene->store, .depot = bl_store_depot(&depot)};
    struct bl_digest there = store_scene_put(scene->store, 'a', 500000);
    struct bl_digest missing = fetch_scene_digest(60);
    bl_autoclose int fd = memfd_create("output", MFD_CLOEXEC);
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/stall", scene->server.port);
    begin(&job, BL_ERRAND_GET, &missing, url, -1);
    end(&job);
    begin(&job, BL_ERRAND_PUT, NULL, NULL, fd);
    end(&job);
    store_scene_reopen(scene->store);
    depot.store = scene->store->store;
    begin(&job, BL_ERRAND_GET, &there, NULL, -1);
    end(&job);
    assert_int_equal(job.answers, 0);
    assert_int_equal(store_scene_usage(scene->store).puts, 0);
}

static void depot__errands_may_be_released_in_the_answer(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_store_depot depot = {scene->store->store, scene->fetcher};
    struct job job = {
        .store = scene->store, .depot = bl_store_depot(&depot), .releases_at_once = true};
    struct bl_digest there = store_scene_put(scene->store, 'a', 50);
    struct bl_digest missing = fetch_scene_digest(60);
    bl_autoclose int fd = memfd_create("output", MFD_CLOEXEC);
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/files/60", scene->server.port);
    begin(&job, BL_ERRAND_PUT, NULL, NULL, fd);
    assert_int_equal(await(&job), BL_STEP_NONE);
    for (int i = 0; i < 3; i++) {
        const struct bl_digest *digest = i == 2 ? &missing : &there;

        if (i == 1) {
            store_scene_reopen(scene->store);
            depot.store = scene->store->store;
        }
        begin(&job, BL_ERRAND_GET, digest, url, -1);
        assert_int_equal(await(&job), BL_STEP_NONE);
        bl_close_fd(&job.errand.fd);
    }
    assert_int_equal(store_scene_usage(scene->store).files_pinned, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fetch_test(depot__gets_what_is_there_and_keeps_it),
        fetch_test(depot__puts_and_tells_the_digest),
        fetch_test(depot__fetches_what_is_missing_or_rotten),
        fetch_test(depot__errands_can_be_given_up),
        fetch_test(depot__errands_may_be_released_in_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
