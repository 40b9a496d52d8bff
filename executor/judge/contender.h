/* contender.h - what runs of one submission: its compilation and its testcases; private to
 * tournament.c. Each begun thing ends in one call of on_step, or is counted by bl_contender_trim().
 */
#ifndef BL_JUDGE_CONTENDER_H
#define BL_JUDGE_CONTENDER_H

#include "executor/judge/standing.h"

struct bl_contender;

/* err: NULL, or a failure that leaves the standing without what it needs. */
typedef void (*bl_on_contender)(void *ctx, struct bl_contender *contender,
                                const struct bl_err *err);

struct bl_contender {
    struct bl_standing *standing; /* borrowed */
    struct bl_engine *engine;     /* borrowed */
    struct bl_package *package;   /* borrowed */
    bl_on_contender on_step;
    void *ctx;
    bool finds_limit;
    bool compiling; /* begun, or done */
    bool given_up;  /* over, and its files are gone */
    struct bl_app app;
    struct bl_compile *compile;
    struct bl_case **running;          /* owned; one per testcase, NULL where none runs */
    struct bl_contender_case *tickets; /* owned; what a run's callback gets */
    size_t next;                       /* the first testcase that was not begun */
};

/* bl_contender_init - settles the language; without one the standing is over. Fails with MEMORY. */
int bl_contender_init(struct bl_contender *contender, struct bl_standing *standing,
                      struct bl_engine *engine, struct bl_package *package, bl_on_contender on_step,
                      void *ctx, struct bl_err *err);
void bl_contender_release(struct bl_contender *contender);

bool bl_contender_wants_compile(const struct bl_contender *contender);
int bl_contender_compile(struct bl_contender *contender, struct bl_err *err);

bool bl_contender_wants_case(const struct bl_contender *contender);
int bl_contender_start_case(struct bl_contender *contender, const struct bl_app *validator,
                            uint64_t time_limit_ns, struct bl_err *err);

/* bl_contender_trim - kills testcases that no longer matter, and gives up the app's files once
 * nothing runs any more. Returns how many were killed. Not from a run's callback. */
unsigned bl_contender_trim(struct bl_contender *contender);

/* bl_contender_stop - kills everything. */
void bl_contender_stop(struct bl_contender *contender);

#endif
