/* event_json.h - an event as one JSON object: what kind under `event`, then the event's own fields
 * and those of what happened, side by side. A command's result has the keys and forms of
 * docs/report.md. Pure. */
#ifndef BL_CLIENT_EVENT_JSON_H
#define BL_CLIENT_EVENT_JSON_H

#include <bailiff/v1/result.pb-c.h>
#include <jansson.h>

/* bl_event_json - a new reference; NULL only without memory. */
json_t *bl_event_json(const Bailiff__V1__Event *event);

#endif
