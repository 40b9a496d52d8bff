/* confidence.h - can the times of a run be trusted? Only asked where the answer matters: for a run
 * whose time is near its limit.
 *
 * Pure. Three questions, each with its threshold below:
 *
 *   near     CPU or wall time is at BL_NEAR_PERCENT of its limit, or beyond, and time is what could
 *            have decided: the verdict is OK, TIME_LIMIT or WALL_TIME_LIMIT.
 *   lost     the time that a source of noise can have cost: what the kernel counted for it, but no
 *            more than the program did without. A program with four busy threads on one CPU
 *            counts pressure all the time, and one that spends its whole bandwidth is throttled all
 *            the time, and both had all the CPU they were allowed: that is no noise. So for
 *            pressure on a CPU and for throttling
 *                lost = min(counted, wall time * CPUs allowed - CPU time used)
 *            Pressure on memory is the program's own doing where it was at its own limit.
 *   touched  a source has lost it BL_NOISE_PERCENT of its wall time, and BL_NOISE_LEAST_NS, below
 *            which the kernel's own clocks are not to be trusted (steal counts in ticks).
 *
 * Pressure is the group's own where the kernel has that (v2), else the machine's; steal is the
 * machine's (result.h): a machine that is busy elsewhere can so be taken for noise, never the other
 * way round. */
#ifndef BL_LIMITS_CONFIDENCE_H
#define BL_LIMITS_CONFIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/job_event.h"
#include "bailiff/result.h"
#include "bailiff/spec.h"

enum {
    BL_NEAR_PERCENT = 80, /* of the limit; a rerun of the same program differs by less than that
                             where nothing disturbs it */
    BL_NOISE_PERCENT = 1, /* of the wall time */
};
#define BL_NOISE_LEAST_NS BL_NS_PER_MS
#define BL_NOISE_SHORT_NS (5 * BL_NS_PER_MS) /* of the wall time; see bl_confidence_asks() */

struct bl_confidence {
    bool near;      /* a time limit */
    uint32_t noise; /* bits 1 << enum bl_noise: what touched it, near or not */
};

/* bl_confidence_of - result: judged. noise is 0 where the program never ran. */
struct bl_confidence bl_confidence_of(const struct bl_result *result,
                                      const struct bl_limits *limits);

/* bl_confidence_asks - are the machine's meters worth reading for a run that took these times? They
 * cost some 40 us in the way of its result. A short run's are asked only where the answer matters:
 * near a limit, and as long as noise that counts. */
bool bl_confidence_asks(const struct bl_usage *usage, const struct bl_limits *limits);

/* bl_confidence_lacks - near and touched: is the case worth another run? */
static inline bool bl_confidence_lacks(const struct bl_confidence *confidence)
{
    return confidence->near && confidence->noise != 0;
}

#endif
