/* follow.h - a job's events as they come: told, and summed up as an exit status. */
#ifndef BL_CLIENT_FOLLOW_H
#define BL_CLIENT_FOLLOW_H

#include "bailiff/err.h"
#include "bailiff/job.h"
#include "executor/cli/client/event_text.h"

struct bl_follow {
    bool json;   /* each event as a line of JSON on standard output; else as text */
    bool silent; /* events are noted, not told */
    struct bl_event_printer printer;
    char id[BL_JOB_ID_MAX + 1]; /* the job's, once an event told it */
    uint64_t events;
    bool done;
    bool passed, broken; /* valid once done */
};

/* bl_follow_event - for struct bl_link_call's on_message; ctx: a struct bl_follow. Fails with
 * FIELD, FILE_WRITE, MEMORY. */
int bl_follow_event(void *ctx, const uint8_t *bytes, size_t length, struct bl_err *err);

/* bl_follow_status - of a stream that ended well. */
int bl_follow_status(const struct bl_follow *follow);

#endif
