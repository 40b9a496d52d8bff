/* http_pages.h - what is served: health and figures (process: worker).
 *
 *     struct bl_http_page pages[] = {{"/healthz", bl_healthz_page, &readiness},
 *                                    {"/metrics", bl_metrics_page, &figures}};
 */
#ifndef BL_SERVER_HTTP_PAGES_H
#define BL_SERVER_HTTP_PAGES_H

#include "executor/base/machine.h"
#include "executor/server/http.h"
#include "executor/server/metrics_process.h"

/* Kept up to date by the daemon. Jobs are taken where nothing of it is amiss. */
struct bl_readiness {
    bool draining;
    bool warden_gone;
    char reason[256]; /* what else keeps the worker from serving, for a person; "": nothing */
};

bool bl_readiness_is_serving(const struct bl_readiness *readiness);

/* bl_healthz_page - ctx: struct bl_readiness. 200 where it is serving, else 503. Body, both times:
 * {"serving": false, "draining": true, "warden": true, "reason": "..."} */
void bl_healthz_page(void *ctx, struct bl_http_reply *reply);

struct bl_figures {
    struct bl_metrics *metrics;
    const struct bl_machine *machine; /* both are looked at before each answer */
    const struct bl_process *process;
    void (*refresh)(void *ctx); /* brings the other gauges up to date; may be NULL */
    void *ctx;
};

/* bl_metrics_page - ctx: struct bl_figures. */
void bl_metrics_page(void *ctx, struct bl_http_reply *reply);

#endif
