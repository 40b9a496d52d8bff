/* tournament.h - every submission on every testcase, several at once (process: worker).
 *
 * The validator is compiled first, each submission once; then testcases run in order, at most
 * `jobs` programs or interactions at a time, the earlier submission's first. Where the problem has
 * no time limit, submissions that must not be too slow are judged alone before all others, under a
 * generous one, and the limit follows from the slowest (problem.h).
 *
 * A submission is given up at the first rejection that decides its verdict and its expectation;
 * what runs of it beyond that is killed. */
#ifndef BL_JUDGE_TOURNAMENT_H
#define BL_JUDGE_TOURNAMENT_H

#include "executor/judge/standing.h"

/* What is run under while the limit is being found. */
#define BL_FINDING_LIMIT_NS (60 * BL_NS_PER_S)

enum { BL_JOBS_MAX = 256, BL_TOURNAMENT_RUNS_MAX = 1000000 };

struct bl_tournament;

struct bl_tournament_order {
    struct bl_engine *engine; /* whole; all borrowed until bl_tournament_free() */
    struct bl_package *package;
    const struct bl_submission *submissions;
    size_t submission_count;
    unsigned jobs;          /* 1 ... BL_JOBS_MAX */
    bool all;               /* every testcase, whatever was rejected before it */
    uint64_t time_limit_ns; /* 0: the problem's */
    void (*on_progress)(void *ctx, const struct bl_standing *standing); /* it has moved on */
    /* err: NULL, or what made going on senseless (PACKAGE: the validator does not compile...) */
    void (*on_end)(void *ctx, const struct bl_err *err);
    void *ctx;
};

/* bl_tournament_start - on_end follows once, never from inside this call. Fails with MEMORY, and
 * with PACKAGE where submissions times testcases are more than BL_TOURNAMENT_RUNS_MAX. */
int bl_tournament_start(struct bl_tournament **out, const struct bl_tournament_order *order,
                        struct bl_err *err);

/* bl_tournament_free - at any time: kills what runs; no callback follows. */
void bl_tournament_free(struct bl_tournament **tournament);

/* In the order of the submissions; valid until the tournament is freed. */
const struct bl_standing *bl_tournament_standings(const struct bl_tournament *tournament);

/* bl_tournament_time_limit - 0 while it is not known. */
uint64_t bl_tournament_time_limit(const struct bl_tournament *tournament);

#endif
