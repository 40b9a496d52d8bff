/* health.h - grpc.health.v1: is a service ready? Check says so once, Watch each time it changes. */
#ifndef BL_RPC_HEALTH_H
#define BL_RPC_HEALTH_H

#include "executor/rpc/service.h"

struct bl_health;

enum { BL_HEALTH_SERVICES_MAX = 16, BL_HEALTH_NAME_MAX = 128 };

/* bl_health_new - knows the server as a whole ("") as serving. Fails with MEMORY. */
int bl_health_new(struct bl_health **out, struct bl_err *err);

/* bl_health_free - after the server whose calls use it. */
void bl_health_free(struct bl_health **health);

/* bl_health_set - service: a full name, or "" for the server as a whole; shorter than
 * BL_HEALTH_NAME_MAX, at most BL_HEALTH_SERVICES_MAX of them. */
void bl_health_set(struct bl_health *health, const char *service, bool serving);

/* bl_health_shut_down - before a drain, which watchers would hold up: all are told that nothing
 * serves any more, and their calls end. */
void bl_health_shut_down(struct bl_health *health);

struct bl_service bl_health_service(struct bl_health *health);

#endif
