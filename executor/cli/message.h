/* message.h - how a run ended, in one line for a person. Pure. */
#ifndef BL_CLI_MESSAGE_H
#define BL_CLI_MESSAGE_H

#include <stddef.h>

#include "bailiff/result.h"

enum { BL_MESSAGE_MAX = 640 };

/* bl_result_message - "TIME_LIMIT: used 1.002 s of CPU time, limit 1 s". text: BL_MESSAGE_MAX
 * bytes; returned. Control characters that came from outside are shown as '?'. */
const char *bl_result_message(const struct bl_result *result, char text[BL_MESSAGE_MAX]);

#endif
