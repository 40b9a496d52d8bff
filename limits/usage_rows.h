/* usage_rows.h - the counters of a result as a table, for whoever tells all of them. Pure. */
#ifndef BL_LIMITS_USAGE_ROWS_H
#define BL_LIMITS_USAGE_ROWS_H

#include "bailiff/result.h"

struct bl_usage_row {
    const char *name; /* the field's own: "cpu_time_ns" */
    size_t offset;    /* of the counter in struct bl_usage */
    int has;          /* of the flag that says whether it is known; -1: it always is */
};

/* The rows in the order in which they are told (docs/report.md, bailiff.v1.Usage); *count is set.
 */
const struct bl_usage_row *bl_usage_rows(size_t *count);

bool bl_usage_is_known(const struct bl_usage *usage, const struct bl_usage_row *row);
uint64_t bl_usage_get(const struct bl_usage *usage, const struct bl_usage_row *row);

#endif
