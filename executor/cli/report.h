/* report.h - a result as JSON: the one schema of docs/report.md, for `run` and `judge` alike. Pure.
 *
 * Every key is always there; what the kernel did not tell, or what did not happen, is null. */
#ifndef BL_CLI_REPORT_H
#define BL_CLI_REPORT_H

#include <jansson.h>

#include "bailiff/result.h"
#include "bailiff/spec.h"

/* bl_report_json - a new reference. limits: those that the program ran under.
 * Fails with MEMORY. */
int bl_report_json(json_t **out, const struct bl_result *result, const struct bl_limits *limits,
                   struct bl_err *err);

/* bl_report_text - the same, indented, with a newline at its end; owned by the caller (free()).
 * Fails with MEMORY. */
int bl_report_text(char **out, const struct bl_result *result, const struct bl_limits *limits,
                   struct bl_err *err);

#endif
