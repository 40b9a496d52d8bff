#include "executor/rpc/health.h"

#include <assert.h>
#include <errno.h>
#include <grpc/health/v1/health.pb-c.h>
#include <stdlib.h>
#include <string.h>

#include "executor/rpc/reply.h"

typedef Grpc__Health__V1__HealthCheckResponse__ServingStatus serving_status;

#define STATUS(what) GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__##what

enum { REQUEST_BYTES_MAX = 4096 }; /* protobuf-c spends up to 64 bytes for one of a request */

struct watcher {
    struct bl_health *health;
    struct bl_call *call;
    struct watcher *next, *previous; /* of those that have asked */
    bool watches;                    /* Watch, not Check */
    bool listed, told;
    serving_status last; /* what it was told, where it was */
    char service[BL_HEALTH_NAME_MAX];
};

struct bl_health {
    struct {
        char name[BL_HEALTH_NAME_MAX];
        bool serving;
    } services[BL_HEALTH_SERVICES_MAX];
    unsigned count;
    bool down;
    struct watcher *watchers;
};

int bl_health_new(struct bl_health **out, struct bl_err *err)
{
    struct bl_health *health = calloc(1, sizeof(*health));

    if (!health)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "health");
    bl_health_set(health, "", true);
    *out = health;
    return 0;
}

void bl_health_free(struct bl_health **health)
{
    if (!*health)
        return;
    assert(!(*health)->watchers);
    free(*health);
    *health = NULL;
}

static serving_status status_of(const struct bl_health *health, const char *service)
{
    for (unsigned i = 0; i < health->count; i++) {
        if (strcmp(health->services[i].name, service) == 0)
            return health->services[i].serving ? STATUS(SERVING) : STATUS(NOT_SERVING);
    }
    return STATUS(SERVICE_UNKNOWN);
}

static void watcher_free(struct watcher *watcher)
{
    if (watcher->listed) {
        *(watcher->previous ? &watcher->previous->next : &watcher->health->watchers) =
            watcher->next;
        if (watcher->next)
            watcher->next->previous = watcher->previous;
    }
    free(watcher);
}

/* Tells a watcher what it does not know yet; one that reads nothing hears the latest only. */
static void tell(struct watcher *watcher)
{
    Grpc__Health__V1__HealthCheckResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
    serving_status now = status_of(watcher->health, watcher->service);
    struct bl_err err;

    if ((watcher->told && watcher->last == now) || !bl_call_is_writable(watcher->call))
        return;
    watcher->told = true;
    watcher->last = now;
    response.status = now;
    if (bl_reply_send(watcher->call, &response.base, &err) == 0)
        return;
    bl_call_fail(watcher->call, &err);
    watcher_free(watcher);
}

static void tell_all(struct bl_health *health)
{
    struct watcher *next;

    for (struct watcher *watcher = health->watchers; watcher; watcher = next) {
        next = watcher->next;
        tell(watcher);
    }
}

void bl_health_set(struct bl_health *health, const char *service, bool serving)
{
    unsigned i = 0;

    while (i < health->count && strcmp(health->services[i].name, service) != 0)
        i++;
    assert(i < BL_HEALTH_SERVICES_MAX && strlen(service) < BL_HEALTH_NAME_MAX);
    if (i == health->count) {
        strcpy(health->services[i].name, service);
        health->count++;
    }
    health->services[i].serving = serving && !health->down;
    tell_all(health);
}

static void end_watch(struct watcher *watcher)
{
    bl_call_finish(watcher->call, BL_RPC_UNAVAILABLE, "the server is shutting down", NULL, 0);
    watcher_free(watcher);
}

void bl_health_shut_down(struct bl_health *health)
{
    health->down = true;
    for (unsigned i = 0; i < health->count; i++)
        health->services[i].serving = false;
    tell_all(health);
    while (health->watchers)
        end_watch(health->watchers);
}

static void answer_check(struct watcher *watcher)
{
    Grpc__Health__V1__HealthCheckResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

    response.status = status_of(watcher->health, watcher->service);
    if (response.status == STATUS(SERVICE_UNKNOWN))
        bl_call_finish(watcher->call, BL_RPC_NOT_FOUND, "no such service", NULL, 0);
    else
        bl_reply_finish(watcher->call, &response.base);
    watcher_free(watcher);
}

static void begin_watch(struct watcher *watcher)
{
    struct bl_health *health = watcher->health;

    watcher->listed = true;
    watcher->next = health->watchers;
    if (watcher->next)
        watcher->next->previous = watcher;
    health->watchers = watcher;
    if (health->down)
        end_watch(watcher);
    else
        tell(watcher);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct watcher *watcher = ctx;
    Grpc__Health__V1__HealthCheckRequest *request =
        length <= REQUEST_BYTES_MAX
            ? grpc__health__v1__health_check_request__unpack(NULL, length, bytes)
            : NULL;

    if (!request || strlen(request->service) >= sizeof(watcher->service)) {
        bl_call_finish(watcher->call, BL_RPC_INVALID_ARGUMENT, "the message can't be read", NULL,
                       0);
        watcher_free(watcher);
    } else {
        strcpy(watcher->service, request->service);
        (watcher->watches ? begin_watch : answer_check)(watcher);
    }
    if (request)
        grpc__health__v1__health_check_request__free_unpacked(request, NULL);
}

static void on_writable(void *ctx)
{
    struct watcher *watcher = ctx;

    if (watcher->listed)
        tell(watcher);
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    (void)why;
    watcher_free(ctx);
}

static const struct bl_call_handlers handlers = {
    .on_message = on_message, .on_writable = on_writable, .on_cancel = on_cancel};

static void begin(void *service, struct bl_call *call, bool watches)
{
    struct watcher *watcher = calloc(1, sizeof(*watcher));
    struct bl_err err;

    if (!watcher) {
        bl_err_fill(&err, BL_STEP_MEMORY, ENOMEM, "watcher");
        bl_call_fail(call, &err);
        return;
    }
    watcher->health = service;
    watcher->call = call;
    watcher->watches = watches;
    bl_call_accept(call, &handlers, watcher);
}

static void on_check(void *service, struct bl_call *call)
{
    begin(service, call, false);
}

static void on_watch(void *service, struct bl_call *call)
{
    begin(service, call, true);
}

static const struct bl_method methods[] = {
    {"/grpc.health.v1.Health/Check", BL_METHOD_ONE_REQUEST, on_check},
    {"/grpc.health.v1.Health/Watch", BL_METHOD_ONE_REQUEST, on_watch},
    {NULL, BL_METHOD_ONE_REQUEST, NULL},
};

struct bl_service bl_health_service(struct bl_health *health)
{
    return (struct bl_service){methods, health};
}
