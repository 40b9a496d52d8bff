/* service_private.h - what the methods of both services share: a call until its one request has
 * come, and by whom it is made. */
#ifndef BL_SERVER_SERVICE_PRIVATE_H
#define BL_SERVER_SERVICE_PRIVATE_H

#include "executor/rpc/call.h"
#include "executor/server/caller.h"
#include "executor/server/site_private.h"

/* bl_site_identify - who calls. Fails with ACCESS, MEMORY. */
int bl_site_identify(const struct bl_site *site, const struct bl_call *call,
                     struct bl_caller *caller, struct bl_err *err);

/* One request, in the hands of its method. 0: the call has been answered, or has got another owner
 * (bl_call_accept); -1: it is to be answered with *err. */
typedef int bl_serve_fn(struct bl_site *site, struct bl_call *call, const struct bl_caller *caller,
                        const uint8_t *bytes, size_t length, struct bl_err *err);

/* bl_request_begin - accepts the call; serve follows with its message. */
void bl_request_begin(struct bl_site *site, struct bl_call *call, bl_serve_fn *serve);

/* service_status.c */
bl_serve_fn bl_serve_status, bl_serve_watch_status;

/* file_put.c, file_get.c: how the calls of Files.Put and Files.Get begin. */
void bl_file_put(struct bl_site *site, struct bl_call *call);
bl_serve_fn bl_serve_get;

#endif
