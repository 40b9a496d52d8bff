/* http_pages.c - health and figures as pages; see http_pages.h. */
#include "executor/server/http_pages.h"

#include <stdio.h>

#include "executor/server/metrics_sources.h"

_Static_assert((int)BL_METRICS_TEXT_MAX <= (int)BL_HTTP_BODY_MAX,
               "all figures fit into one answer");

enum { ESCAPED_MAX = 2 * sizeof(((struct bl_readiness *)NULL)->reason) };

bool bl_readiness_is_serving(const struct bl_readiness *readiness)
{
    return !readiness->draining && !readiness->warden_gone && readiness->reason[0] == '\0';
}

/* Everything that is not printable ASCII becomes "?": a reason is words, and may hold a path. */
static void escape_json(const char *text, char out[ESCAPED_MAX])
{
    size_t length = 0;

    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            out[length++] = '\\';
        out[length++] = *text >= ' ' && *text <= '~' ? *text : '?';
    }
    out[length] = '\0';
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

void bl_healthz_page(void *ctx, struct bl_http_reply *reply)
{
    const struct bl_readiness *readiness = ctx;
    bool serving = bl_readiness_is_serving(readiness);
    char reason[ESCAPED_MAX];

    escape_json(readiness->reason, reason);
    reply->status = serving ? 200 : 503;
    reply->content_type = "application/json";
    reply->length = (size_t)snprintf(
        reply->body, BL_HTTP_BODY_MAX,
        "{\"serving\": %s, \"draining\": %s, \"warden\": %s, \"reason\": \"%s\"}\n", truth(serving),
        truth(readiness->draining), truth(!readiness->warden_gone), reason);
}

void bl_metrics_page(void *ctx, struct bl_http_reply *reply)
{
    const struct bl_figures *figures = ctx;

    if (figures->refresh)
        figures->refresh(figures->ctx);
    bl_metrics_see_machine(figures->metrics, figures->machine);
    bl_metrics_see_process(figures->metrics, figures->process);
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply->length = bl_metrics_format(figures->metrics, reply->body);
}
