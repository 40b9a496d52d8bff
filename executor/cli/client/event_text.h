/* event_text.h - what happens to a job, as people read it: a line for each case, as `bailiff judge`
 * shows it. Whatever is in an event, a terminal can take what is printed here. */
#ifndef BL_CLIENT_EVENT_TEXT_H
#define BL_CLIENT_EVENT_TEXT_H

#include <bailiff/v1/result.pb-c.h>
#include <stdbool.h>
#include <stdio.h>

struct bl_event_printer {
    FILE *results;  /* cases and the end */
    FILE *progress; /* queued, started; NULL: not told */
    bool verbose;   /* what programs wrote is shown also where all went well */
    bool drawn;     /* a line that will be drawn anew stands on progress' terminal */
};

/* bl_event_print - one event. A newer one that this build does not know is passed over. */
void bl_event_print(struct bl_event_printer *printer, const Bailiff__V1__Event *event);

/* bl_outcome_name_of - "PASSED"; "7" where it is newer than this build. Static or in text. */
const char *bl_enum_name_of(const ProtobufCEnumDescriptor *type, int value, char text[16]);

#endif
