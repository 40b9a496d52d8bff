/* err.h - the one error contract.
 *
 *     int f(..., struct bl_err *err);     0 with *err untouched, or -1 with *err whole
 *
 * Made where it happens: return bl_fail(err, BL_STEP_CGROUP_CREATE, errno, "%s", name);
 * passed up unchanged; worded and logged once, at the top (executor/base/error.h).
 * What a program does is a result (result.h), never an error: an error says that we could not run
 * it or that the request cannot be honoured. */
#ifndef BAILIFF_ERR_H
#define BAILIFF_ERR_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "bailiff/steps.h"

enum bl_fault {
    BL_FAULT_CLIENT, /* mend the request */
    BL_FAULT_BUSY,   /* the same request may succeed later */
    BL_FAULT_HOST,   /* Bailiff or the kernel; never the program's fault */
};

enum { BL_ERR_DETAIL_MAX = 240 };

struct bl_err {
    enum bl_step step;
    int sys_errno;                  /* 0 where no system call failed */
    int index;                      /* which row of a list (mount, argument...); -1: no list */
    char detail[BL_ERR_DETAIL_MAX]; /* the object: path, field and bound; may be empty */
};

/* A set-up failure as it travels out of a clone: no text, no pointers. step 0: nothing failed. */
struct bl_setup_failure {
    int32_t step; /* enum bl_step, checked on arrival */
    int32_t sys_errno;
    int32_t index;
};

static inline enum bl_fault bl_step_fault(enum bl_step step)
{
    static const unsigned char faults[BL_STEP_COUNT] = {
#define X(name, fault, text) [BL_STEP_##name] = BL_FAULT_##fault,
        BL_STEPS(X)
#undef X
    };
    return (enum bl_fault)faults[step];
}

/* bl_fail(err, step, sys_errno, detail...) - fills *err and is -1, so that it can be returned at
 * once. The detail is cut where it is too long. Not between clone and exec: it formats. A macro so
 * that compilers and analysers see the -1, which they don't through a variadic function. */
#define bl_fail(...) (bl_err_fill(__VA_ARGS__), -1)

__attribute__((cold, format(printf, 4, 5))) static inline void
bl_err_fill(struct bl_err *err, enum bl_step step, int sys_errno, const char *detail, ...)
{
    va_list args;
    err->step = step;
    err->sys_errno = sys_errno;
    err->index = -1;
    va_start(args, detail);
    (void)vsnprintf(err->detail, sizeof(err->detail), detail, args); /* a cut detail will do */
    va_end(args);
}

#endif
