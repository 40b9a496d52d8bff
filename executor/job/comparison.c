#include "executor/job/comparison.h"

#include <errno.h>
#include <stdlib.h>

#include "bailiff/units.h"
#include "executor/job/mapping.h"

#define ROUND_BYTES (512 * BL_KIB) /* of both together: 0.1 ms where they are the same, else 2 */

struct bl_comparison_run {
    struct bl_mapping answer, output;
    struct bl_comparing comparing;
    struct bl_timer *round;
    bl_on_compared *on_compared;
    void *ctx;
};

static void on_round(void *ctx)
{
    struct bl_comparison_run *comparison = ctx;
    struct bl_comparison seen;

    if (bl_compare_step(&comparison->comparing, ROUND_BYTES, &seen))
        comparison->on_compared(comparison->ctx, &seen); /* may free it */
    else
        bl_timer_arm(comparison->round, 0);
}

static int map_both(struct bl_comparison_run *comparison, int answer, int output,
                    struct bl_err *err)
{
    comparison->answer = comparison->output = (struct bl_mapping){.bytes = ""};
    if (answer >= 0 && bl_mapping_init(&comparison->answer, answer, "the answer", err) != 0)
        return -1;
    return bl_mapping_init(&comparison->output, output, "the output", err);
}

int bl_comparison_start(struct bl_comparison_run **out, struct bl_loop *loop,
                        const struct bl_compare_flags *flags, int answer, int output,
                        bl_on_compared *on_compared, void *ctx, struct bl_err *err)
{
    struct bl_comparison_run *comparison = calloc(1, sizeof(*comparison));

    if (!comparison)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a comparison");
    comparison->on_compared = on_compared;
    comparison->ctx = ctx;
    if (map_both(comparison, answer, output, err) != 0 ||
        bl_timer_new(&comparison->round, loop, on_round, comparison, err) != 0) {
        bl_comparison_free(&comparison);
        return -1;
    }
    bl_compare_begin(&comparison->comparing, flags, comparison->answer.bytes,
                     comparison->answer.length, comparison->output.bytes,
                     comparison->output.length);
    bl_timer_arm(comparison->round, 0);
    *out = comparison;
    return 0;
}

void bl_comparison_free(struct bl_comparison_run **comparison)
{
    if (!*comparison)
        return;
    bl_timer_free(&(*comparison)->round);
    bl_mapping_release(&(*comparison)->answer);
    bl_mapping_release(&(*comparison)->output);
    free(*comparison);
    *comparison = NULL;
}
