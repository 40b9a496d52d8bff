/* strike_private.h - between strike.c, which follows the processes, and strike_call.c, which makes
 * a call of theirs go wrong. */
#ifndef BL_TESTS_SUPPORT_STRIKE_PRIVATE_H
#define BL_TESTS_SUPPORT_STRIKE_PRIVATE_H

#include <sys/types.h>
#include <time.h>

#include "tests/support/strike.h"

enum {
    BL_STRIKE_MARK = 0x626c7374, /* of prctl(2): no kernel has it */
    BL_STRIKE_TASKS_MAX = 256,
};

struct bl_strike_task {
    pid_t pid; /* 0: free */
    char name[BL_STRIKE_NAME_MAX];
    unsigned depth, children;
    unsigned long calls;
    bool named, stopped; /* it is told of twice, in any order: only then does it go on */
    bool spared;
    unsigned chance;
    bool has_result;
    long result;
};

struct bl_strike_tracer {
    struct bl_strike *strike;
    struct bl_strike_task tasks[BL_STRIKE_TASKS_MAX];
    pid_t program;
    bool armed;
    time_t deadline;
};

/* bl_strike_on_call - a process stands before a call, or behind it. */
void bl_strike_on_call(struct bl_strike_tracer *tracer, struct bl_strike_task *task);

#endif
