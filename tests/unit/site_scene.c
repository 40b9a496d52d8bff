#include "tests/unit/site_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <bailiff/v1/executor.pb-c.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/log.h"

/* ---- the carrier ---- */

static int start(void *ctx, void **work, const struct bl_carry_order *order, struct bl_err *err)
{
    struct site_scene *scene = ctx;
    struct scene_work *made = &scene->works[scene->work_count];

    if (scene->start_fails)
        return bl_fail(err, BL_STEP_WARDEN_GONE, 0, "as the test wants it");
    assert_true(scene->work_count < SCENE_WORKS_MAX);
    scene->work_count++;
    *made = (struct scene_work){.scene = scene, .order = *order, .is_live = true};
    (void)snprintf(made->cpus, sizeof(made->cpus), "%s", order->cpus);
    *work = made;
    return 0;
}

static void stop(void *ctx, void *work)
{
    (void)ctx;
    ((struct scene_work *)work)->is_stopped = true;
}

static int add(void *ctx, void *work, const char *cpus, unsigned *place, struct bl_err *err)
{
    (void)ctx, (void)cpus, (void)err;
    *place = ++((struct scene_work *)work)->places;
    return 0;
}

static void recall(void *ctx, void *work, unsigned place)
{
    (void)ctx;
    ((struct scene_work *)work)->recalled |= 1u << place;
}

static void hold(void *ctx, void *work)
{
    (void)ctx;
    ((struct scene_work *)work)->is_held = true;
}

static void resume(void *ctx, void *work)
{
    (void)ctx;
    ((struct scene_work *)work)->is_held = false;
}

static void alone(void *ctx, void *work, bool is_alone)
{
    struct scene_work *made = work;

    (void)ctx;
    made->alones += is_alone;
    made->besides += !is_alone;
}

static void end(void *ctx, void *work)
{
    (void)ctx;
    assert_true(((struct scene_work *)work)->is_live);
    ((struct scene_work *)work)->is_live = false;
}

void site_scene_case(struct site_scene *scene, struct scene_work *work, unsigned testcase)
{
    const struct bl_job_event event = {
        .kind = BL_JOB_EVENT_CASE,
        .testcase = {.testcase = testcase, .decided_by = -1, .first_ended = -1}};

    assert_true(work->is_live && !work->is_done);
    work->order.on_event(work->order.ctx, &event);
    site_scene_settle(scene);
}

void site_scene_done(struct site_scene *scene, struct scene_work *work, enum bl_job_end end_as)
{
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_DONE, .done = {.end = end_as}};

    assert_true(work->is_live && !work->is_done);
    work->is_done = true;
    work->order.on_event(work->order.ctx, &event);
    site_scene_settle(scene);
}

/* ---- both ends ---- */

static void on_stream(void *ctx, struct bl_stream *stream)
{
    struct site_scene *scene = ctx;

    bl_call_begin(stream, &scene->services, &scene->peer);
}

static void on_wake(void *ctx)
{
    (void)ctx;
}

static void around(const struct site_scene *scene, bool begins)
{
    if (scene->around)
        scene->around(begins);
}

static size_t to_server(struct site_scene *scene)
{
    uint8_t bytes[16384];
    size_t length, all = 0;

    while ((length = bl_connection_send(scene->client, bytes, sizeof(bytes))) > 0) {
        around(scene, true);
        bl_connection_receive(scene->server, bytes, length, bl_now_ns());
        around(scene, false);
        all += length;
    }
    return all;
}

static size_t to_client(struct site_scene *scene)
{
    uint8_t bytes[16384];
    size_t length, all = 0;

    do {
        around(scene, true);
        length = bl_connection_send(scene->server, bytes, sizeof(bytes));
        around(scene, false);
        bl_connection_receive(scene->client, bytes, length, bl_now_ns());
        all += length;
    } while (length > 0);
    return all;
}

static void work_off(struct site_scene *scene)
{
    struct bl_err err;

    around(scene, true);
    bl_loop_stop(scene->store->loop);
    assert_int_equal(bl_loop_run(scene->store->loop, &err), 0);
    around(scene, false);
}

void site_scene_settle(struct site_scene *scene)
{
    size_t moved;

    do {
        moved = to_server(scene);
        work_off(scene);
        moved += to_client(scene);
    } while (moved > 0);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct scene_call *call = ctx;

    call->messages++;
    call->bytes += length;
    free(call->last);
    call->last = malloc(length + 1);
    assert_non_null(call->last);
    memcpy(call->last, bytes, length);
    call->last_length = length;
}

static void on_end(void *ctx, enum bl_rpc_status status, const char *message,
                   const struct bl_headers *trailers)
{
    struct scene_call *call = ctx;

    assert_false(call->is_over);
    call->is_over = true;
    call->call = NULL;
    call->status = status;
    (void)snprintf(call->text, sizeof(call->text), "%s", message);
    call->has_hint = bl_headers_get(trailers, "grpc-retry-pushback-ms") != NULL;
}

static const struct bl_client_handlers handlers = {on_message, on_end};

struct scene_call *site_scene_call(struct site_scene *scene, const char *method,
                                   const uint8_t *bytes, size_t length)
{
    struct scene_call *call = &scene->calls[scene->call_count++];
    char path[80];
    const struct bl_client_request request = {
        .path = path, .authority = "localhost", .scheme = "http", .max_message_bytes = 32 << 20};
    struct bl_err err;

    assert_true(scene->call_count <= SCENE_CALLS_MAX);
    (void)snprintf(path, sizeof(path), "/bailiff.v1.%s", method);
    *call = (struct scene_call){.call = NULL};
    assert_int_equal(
        bl_client_call_start(&call->call, scene->client, &request, &handlers, call, &err), 0);
    assert_int_equal(bl_client_call_send(call->call, bytes, length, &err), 0);
    bl_client_call_half_close(call->call);
    site_scene_settle(scene);
    return call;
}

struct scene_call *site_scene_job(struct site_scene *scene, const char *method, const char *id,
                                  unsigned cases, bool detached)
{
    Bailiff__V1__Job job = BAILIFF__V1__JOB__INIT;
    Bailiff__V1__Step step = BAILIFF__V1__STEP__INIT, *steps[] = {&step};
    Bailiff__V1__Command command = BAILIFF__V1__COMMAND__INIT, *commands[] = {&command};
    Bailiff__V1__Case empty = BAILIFF__V1__CASE__INIT, *list[100];
    char *argv[] = {(char *)"/bin/true"};
    uint8_t bytes[4096];

    assert_true(cases <= BL_ARRAY_LEN(list));
    for (unsigned i = 0; i < cases; i++)
        list[i] = &empty;
    job.id = (char *)id;
    job.detached = detached;
    job.parallel = 4;
    job.steps = steps;
    job.n_steps = 1;
    step.name = (char *)"s";
    step.commands = commands;
    step.n_commands = 1;
    step.cases = list;
    step.n_cases = cases;
    command.argv = argv;
    command.n_argv = 1;
    return site_scene_call(scene, method, bytes, bailiff__v1__job__pack(&job, bytes));
}

struct scene_call *site_scene_ref(struct site_scene *scene, const char *method, const char *id)
{
    Bailiff__V1__JobRef ref = BAILIFF__V1__JOB_REF__INIT;
    uint8_t bytes[512];

    ref.id = (char *)id;
    return site_scene_call(scene, method, bytes, bailiff__v1__job_ref__pack(&ref, bytes));
}

void site_scene_cancel(struct site_scene *scene, struct scene_call *call)
{
    bl_client_call_cancel(call->call);
    call->call = NULL;
    site_scene_settle(scene);
}

/* ---- its life ---- */

static void make_plan(struct site_scene *scene)
{
    unsigned number, root;
    struct bl_policy *policy = calloc(1, sizeof(*policy));
    struct bl_err err;

    assert_non_null(policy);
    assert_int_equal(bl_plan_new(&scene->plan, &err), 0);
    assert_int_equal(bl_plan_add_host_root(scene->plan, &root, &err), 0);
    assert_int_equal(bl_plan_add_policy(scene->plan, policy, &number, &err), 0);
    assert_int_equal(
        bl_plan_add_profile(scene->plan, "default", root, number, BL_NETWORK_NONE, &number, &err),
        0);
    free(policy);
}

static void make_slots(struct site_scene *scene)
{
    scene->slots = calloc(1, sizeof(*scene->slots));
    assert_non_null(scene->slots);
    scene->slots->count = 4;
    for (uint16_t i = 0; i < 4; i++)
        scene->slots->cpus[i] = i;
}

int site_scene_set_up(void **state)
{
    struct site_scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    assert_int_equal(store_scene_set_up((void **)&scene->store), 0);
    scene->languages = calloc(1, sizeof(*scene->languages));
    assert_non_null(scene->languages);
    make_plan(scene);
    make_slots(scene);
    scene->carrier = (struct bl_carrier){start, stop, add, recall, hold, resume, alone, end, scene};
    scene->options = bl_site_default_options(4, BL_GIB);
    scene->options.loop = scene->store->loop;
    scene->options.store = scene->store->store;
    scene->options.languages = scene->languages;
    scene->options.slots = scene->slots;
    scene->options.plan = scene->plan;
    scene->options.carrier = &scene->carrier;
    scene->peer = (struct bl_peer){.has_ids = true, .uid = 1000};
    scene->all.max_bytes = 256 << 20;
    *state = scene;
    return 0;
}

void site_scene_open(struct site_scene *scene)
{
    const struct bl_connection_owner owner = {on_stream, on_wake, scene};
    struct bl_err err;

    assert_int_equal(bl_site_new(&scene->site, &scene->options, &err), 0);
    scene->list[0] = bl_site_executor(scene->site);
    scene->list[1] = bl_site_files(scene->site);
    scene->services =
        (struct bl_services){.list = scene->list, .count = 2, .max_message_bytes = 17 << 20};
    assert_int_equal(bl_connection_new(&scene->server, false, &bl_connection_limits_default, &owner,
                                       &scene->all, NULL, bl_now_ns(), &err),
                     0);
    assert_int_equal(bl_connection_new(&scene->client, true, &bl_connection_limits_default, &owner,
                                       &scene->all, NULL, bl_now_ns(), &err),
                     0);
    site_scene_settle(scene);
}

void site_scene_close(struct site_scene *scene)
{
    if (!scene->site)
        return;
    bl_connection_free(&scene->client);
    bl_connection_free(&scene->server);
    work_off(scene);
    bl_site_free(&scene->site);
    for (unsigned i = 0; i < scene->call_count; i++)
        free(scene->calls[i].last);
    for (unsigned i = 0; i < scene->work_count; i++)
        assert_false(scene->works[i].is_live);
    scene->call_count = scene->work_count = 0;
    assert_int_equal(scene->all.used_bytes, 0);
}

int site_scene_tear_down(void **state)
{
    struct site_scene *scene = *state;

    site_scene_close(scene);
    bl_plan_free(&scene->plan);
    free(scene->slots);
    free(scene->languages);
    assert_int_equal(store_scene_tear_down((void **)&scene->store), 0);
    free(scene);
    return 0;
}
