/* service_request.c - a call from its beginning to its one request; service_private.h. */
#include <errno.h>
#include <stdlib.h>

#include "executor/server/answer.h"
#include "executor/server/service_private.h"

struct request {
    struct bl_site *site;
    struct bl_call *call;
    bl_serve_fn *serve;
};

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    const struct request request = *(struct request *)ctx;
    struct bl_caller caller;
    struct bl_err err;

    free(ctx);
    if (bl_site_identify(request.site, request.call, &caller, &err))
        bl_answer_error(request.call, request.site, NULL, &err);
    else if (request.serve(request.site, request.call, &caller, bytes, length, &err))
        bl_answer_error(request.call, request.site, caller.tenant, &err);
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    (void)why;
    free(ctx);
}

static const struct bl_call_handlers handlers = {.on_message = on_message, .on_cancel = on_cancel};

void bl_request_begin(struct bl_site *site, struct bl_call *call, bl_serve_fn *serve)
{
    struct request *request = malloc(sizeof(*request));
    struct bl_err err;

    if (!request) {
        bl_err_fill(&err, BL_STEP_MEMORY, ENOMEM, "a call");
        bl_answer_error(call, site, NULL, &err);
        return;
    }
    *request = (struct request){site, call, serve};
    bl_call_accept(call, &handlers, request);
}

int bl_site_identify(const struct bl_site *site, const struct bl_call *call,
                     struct bl_caller *caller, struct bl_err *err)
{
    const struct bl_site_settings *settings = &site->options.settings;
    const struct bl_peer *peer = bl_call_peer(call);

    if (!settings->identify)
        return bl_caller_of_peer(peer, caller, err);
    return settings->identify(settings->identify_ctx, peer, bl_call_metadata(call, "authorization"),
                              caller, err);
}
