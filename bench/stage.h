/* stage.h - Bailiff as it is measured: a loop, a warden, perhaps a pool, and programs run on it.
 *
 * The same calls as `bailiff run`, with the host's root, the policy "default" and the default
 * limits; standard input is empty. The folder of the bench's own programs is part of the root, so
 * that no input has to be placed. */
#ifndef BL_BENCH_STAGE_H
#define BL_BENCH_STAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/measure.h"
#include "executor/job/run.h"
#include "executor/sandbox/pool.h"

/* Where the bench's own programs are found inside. */
#define BL_STAGE_PROGRAMS "/bench"

/* Initialise with {0}. */
struct bl_stage {
    struct bl_loop *loop;
    struct bl_plan *plan;
    struct bl_warden *warden;
    struct bl_pool *pool; /* NULL: each run has its sandbox built when it is ordered */
    pid_t warden_pid;     /* for reading what it costs */
    unsigned profile;
    struct bl_run_order order; /* of every run, but for streams and argv */
    struct bl_spec spec;
    unsigned spares_max, cpus;  /* set them before it is opened; 0: as the pool has it */
    struct bl_sample *programs; /* lent; NULL: else each run's program_ns is added */
};

/* bl_stage_open - programs: a host folder, shown at BL_STAGE_PROGRAMS.
 * Fails as bl_warden_start() and bl_pool_new() do. */
int bl_stage_open(struct bl_stage *stage, const char *programs, bool with_pool, struct bl_err *err);

/* bl_stage_close - what is open of it; fine after a failed open and for {0}. */
void bl_stage_close(struct bl_stage *stage);

/* bl_stage_restock - serves the loop until at least as many spares are ready as `spares`. Fails
 * with LOOP, after ten seconds with SLOTS. */
int bl_stage_restock(struct bl_stage *stage, unsigned spares, struct bl_err *err);

/* What one run was: told once the whole result is in hand, its sandbox gone. */
struct bl_turn {
    uint64_t took_ns;          /* from bl_run_start() to on_end; its parts: */
    uint64_t start_latency_ns; /* from the order to the exec */
    uint64_t program_ns;       /* from the exec to the program's end */
    uint64_t end_ns;           /* from there to the whole result: news, counters, removal */
    bool warm;
};

/* bl_stage_run - one run. out: where its standard output goes, -1: counted and thrown away.
 * Fails as bl_run_start() does, and with EXEC where the verdict is not OK. */
int bl_stage_run(struct bl_stage *stage, const char *const *argv, int out, struct bl_turn *turn,
                 struct bl_err *err);

/* What a stretch of runs came to. */
struct bl_stretch {
    uint64_t runs, warm;
    uint64_t took_ns; /* until the last one's result, and until the pool's stock is as before */
};

/* bl_stage_stretch - keeps `at_once` runs going until runs_max have been started or for_ns have
 * passed, whatever is first. Fails as bl_stage_run() does, then after all have ended. */
int bl_stage_stretch(struct bl_stage *stage, const char *const *argv, unsigned at_once,
                     uint64_t runs_max, uint64_t for_ns, struct bl_stretch *stretch,
                     struct bl_err *err);

#endif
