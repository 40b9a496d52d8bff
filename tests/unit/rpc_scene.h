/* rpc_scene.h - what the tests of connections and calls share: a server's and a client's end with
 * nothing but memory between them, a service that notes what it hears, a client that does, and raw
 * frames for what no client of ours would send. */
#ifndef TEST_RPC_SCENE_H
#define TEST_RPC_SCENE_H

#include "executor/rpc/client_call.h"
#include "executor/rpc/frame.h"
#include "executor/rpc/service.h"

/* One call on either side. */
struct rpc_heard {
    struct bl_call *call; /* the service's; NULL: finished or cancelled */
    struct bl_client_call *client;
    bool echo;
    unsigned messages, half_closes, writables, cancels, ends;
    size_t bytes;
    enum bl_rpc_status why;    /* on_cancel's */
    enum bl_rpc_status status; /* on_end's */
    char message[BL_RPC_MESSAGE_MAX + 1];
    char trailer[64]; /* of "x-trailer" */
};

struct rpc_scene {
    struct bl_connection_limits limits;
    struct bl_quota all; /* of the server */
    size_t max_message_bytes;
    struct bl_connection *server, *client;
    struct bl_services services;
    struct bl_service service;
    struct bl_peer peer;
    struct rpc_heard served[8], called[8];
    unsigned served_count;
    bool echo; /* the service answers each message with itself */
    bool hold; /* the service pauses each call at once */
    unsigned wakes;
    uint64_t now_ns;
    uint8_t to_client[1 << 16]; /* of a server without a client: what it says */
    size_t to_client_length;
};

int rpc_set_up(void **state);
int rpc_tear_down(void **state);

/* Both ends, with limits and max_message_bytes of the scene. */
void rpc_connect(struct rpc_scene *scene);

/* The server's end alone; raw bytes go to it, and what it says is gathered. */
void rpc_connect_raw(struct rpc_scene *scene);
void rpc_raw(struct rpc_scene *scene, const void *bytes, size_t length);
void rpc_raw_frame(struct rpc_scene *scene, uint8_t type, uint8_t flags, uint32_t stream,
                   const void *payload, size_t length);
void rpc_raw_request(struct rpc_scene *scene, uint32_t stream, uint8_t flags);

/* The last frame of a type that the server sent: its payload, and length; NULL: none. */
const uint8_t *rpc_raw_said(const struct rpc_scene *scene, uint8_t type, size_t *length);
/* The code of the last GOAWAY; UINT32_MAX: none. */
uint32_t rpc_raw_goaway(const struct rpc_scene *scene);

/* Moves bytes both ways until neither has any. */
void rpc_settle(struct rpc_scene *scene);
/* Moves bytes to the server only, or to the client only. */
void rpc_to_server(struct rpc_scene *scene);
void rpc_to_client(struct rpc_scene *scene);

/* A call of "/test.Echo/One", "Many" or "Load" (an upload) as number n of scene->called. */
void rpc_call(struct rpc_scene *scene, unsigned n, const char *path, uint64_t timeout_ns);
void rpc_send(struct rpc_scene *scene, unsigned n, size_t length);

/* Time passes on both ends, and what follows from it. */
void rpc_pass(struct rpc_scene *scene, uint64_t ns);

#define rpc_test(test) cmocka_unit_test_setup_teardown(test, rpc_set_up, rpc_tear_down)

#endif
