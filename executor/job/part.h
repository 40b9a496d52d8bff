/* part.h - one command's part in one case: its spec, its streams, its run, and what came of it; a
 * checker's as well (process: worker).
 *
 * Prepared, started, over: each once. What it wrote and left is there from the end until release.
 */
#ifndef BL_JOB_PART_H
#define BL_JOB_PART_H

#include "executor/job/kit.h"
#include "executor/job/run.h"
#include "limits/confidence.h"

/* Inputs of a run that is copied, so that its link in /proc tells nothing (bl_spool_stdin()). */
#define BL_PART_COPIED_MAX BL_MIB

/* What makes a part of a kit; all borrowed until the part is over. */
struct bl_part_order {
    const struct bl_kit *kit;
    const struct bl_gather *own; /* the case's files */
    const struct bl_job_case *testcase;
    const char *cpus;        /* as in spec.h's cpuset; "": any */
    bool is_first;           /* gets the case's input, args and inputs */
    bool judges;             /* is called as checkers are (checker.h) */
    bool out_is_judged;      /* its standard output is kept for the check */
    const char *judged_file; /* "", or a file of its box that is kept for the check */
};

struct bl_part;

typedef void bl_on_part_over(void *ctx, struct bl_part *part);

/* Stays where it is from init to release. */
struct bl_part {
    struct bl_job_site *site;
    struct bl_part_order order;
    struct bl_arena arena;
    struct bl_spec spec;
    struct bl_stream streams[3];
    int files[3]; /* owned: what it reads as 0, and where 1 and 2 are captured; -1: none */
    uint64_t kept_bytes[3];    /* of 1 and 2: how much is captured where that is not all; 0: all */
    struct bl_leaving leaving; /* streams that later steps need are captured in its folder */
    struct bl_run *run;
    bool started, over;
    struct bl_result result; /* whole once it is over; its collected files are the part's */
    struct bl_confidence confidence;
    struct bl_deferred ending; /* of a part that needs no run */
    bl_on_part_over *on_over;
    void *ctx;
};

/* bl_part_init - nothing yet. */
void bl_part_init(struct bl_part *part, struct bl_job_site *site);

/* bl_part_prepare - in, out: ends of pipes to other parts, lent until it is started; in may also be
 * a file to be read from its start; -1: as the command says. Fails with SPOOL, MEMORY, and CLIENT
 * faults where the command can't be honoured. */
int bl_part_prepare(struct bl_part *part, const struct bl_part_order *order, int in, int out,
                    struct bl_err *err);

/* bl_part_start - on_over follows, once, never from inside this call. Fails as bl_run_start(). */
int bl_part_start(struct bl_part *part, bl_on_part_over *on_over, void *ctx, struct bl_err *err);

/* bl_part_refuse - instead of starting it: it is over at once, as what err says. */
void bl_part_refuse(struct bl_part *part, const struct bl_err *err);

/* bl_part_cancel - ends it; on_over follows as ever. */
void bl_part_cancel(struct bl_part *part);

/* bl_part_stream_bytes - of 1 or 2: how much of it there was, as far as its limit let it. More than
 * its file has, where less was to be kept. */
uint64_t bl_part_stream_bytes(const struct bl_part *part, int number);

/* bl_part_file - of what was collected: the one called name; -1. Lent. */
int bl_part_file(const struct bl_part *part, const char *name);

/* bl_part_release - kills it where it runs, no on_over follows; removes all that it left. */
void bl_part_release(struct bl_part *part);

#endif
