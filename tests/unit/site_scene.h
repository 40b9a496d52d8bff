/* site_scene.h - what the tests of a site share: one with a store and no sandbox, whose jobs do
 * what the test says, and clients with nothing but memory between them and it. */
#ifndef TEST_SITE_SCENE_H
#define TEST_SITE_SCENE_H

#include "executor/rpc/client_call.h"
#include "executor/rpc/service.h"
#include "executor/server/carrier.h"
#include "executor/server/site.h"
#include "tests/unit/store_scene.h"

enum { SCENE_WORKS_MAX = 16, SCENE_CALLS_MAX = 16 };

/* A job that was begun. */
struct scene_work {
    struct site_scene *scene;
    struct bl_carry_order order;
    char cpus[BL_CPUSET_MAX];
    bool is_live, is_done, is_stopped; /* started and not freed; DONE was told; asked to end */
    unsigned places, recalled;         /* extra ones: bits of `recalled` */
    bool is_held;
    unsigned alones, besides; /* answers to its wish */
};

/* A call as its client sees it. */
struct scene_call {
    struct bl_client_call *call; /* NULL: over */
    unsigned messages;
    size_t bytes;
    bool is_over;
    enum bl_rpc_status status;
    char text[BL_RPC_MESSAGE_MAX + 1];
    bool has_hint; /* grpc-retry-pushback-ms */
    uint8_t *last; /* the last message; owned */
    size_t last_length;
};

struct site_scene {
    struct store_scene *store;
    struct bl_languages *languages;
    struct bl_slots *slots;
    struct bl_plan *plan;
    struct bl_site_options options;
    struct bl_site *site;
    struct bl_carrier carrier;
    struct bl_services services;
    struct bl_service list[2];
    struct bl_peer peer;
    struct bl_quota all;
    struct bl_connection *server, *client;
    struct scene_work works[SCENE_WORKS_MAX];
    unsigned work_count;
    struct scene_call calls[SCENE_CALLS_MAX];
    unsigned call_count;
    bool start_fails;
    unsigned drains;
    void (*around)(bool begins); /* when the server's side is at work */
};

/* Four slots, 1 GiB, keeps for 10 s. */
int site_scene_set_up(void **state);
int site_scene_tear_down(void **state);

/* With the scene's options as they are now; once. */
void site_scene_open(struct site_scene *scene);
void site_scene_close(struct site_scene *scene); /* what is open hears UNAVAILABLE */

/* Moves bytes both ways and does what was put off until nothing more happens. */
void site_scene_settle(struct site_scene *scene);

/* A call of "Executor/Run" and so on with one message. */
struct scene_call *site_scene_call(struct site_scene *scene, const char *method,
                                   const uint8_t *bytes, size_t length);

/* The same with a job of one step of so many cases. id: "" for none. */
struct scene_call *site_scene_job(struct site_scene *scene, const char *method, const char *id,
                                  unsigned cases, bool detached);
struct scene_call *site_scene_ref(struct site_scene *scene, const char *method, const char *id);

void site_scene_cancel(struct site_scene *scene, struct scene_call *call);

/* The job tells that a case has ended, or that it is over. */
void site_scene_case(struct site_scene *scene, struct scene_work *work, unsigned testcase);
void site_scene_done(struct site_scene *scene, struct scene_work *work, enum bl_job_end end);

#define site_test(test) \
    cmocka_unit_test_setup_teardown(test, site_scene_set_up, site_scene_tear_down)

#endif
