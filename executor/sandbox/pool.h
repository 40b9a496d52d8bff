/* pool.h - sandboxes made ahead, so that a job finds one waiting (process: worker).
 *
 * A spare is a sandbox in READY: its namespaces, mounts and group stand, and the program's own
 * process waits, settled, for the exec order. bl_sandbox_open() takes one of the right kind where
 * there is one, else it has one made: the caller can't tell but by bl_sandbox_was_warm(). No
 * sandbox ever serves twice, spare or not.
 *
 * Whether and when (the mechanism is sandbox.h's): of a kind (profile and sizes of its tmpfs) that
 * was asked for as many are held as can be asked for while one is made (stock.h: the rate of
 * arrivals x the time to make one), at most spares_max of all kinds; what is too much goes when
 * fewer come, and a kind not asked for during idle_ns is given up. While programs and makings are
 * fewer than CPUs a spare is made; else none, so that no running program loses a CPU to it. Beside
 * them it keeps pipes for two programs' output, and has the loop awake for the end of short ones
 * (bl_loop_expect()). */
#ifndef BL_SANDBOX_POOL_H
#define BL_SANDBOX_POOL_H

#include "bailiff/err.h"
#include "executor/sandbox/warden.h"

struct bl_pool;

struct bl_pool_options {
    unsigned spares_max; /* 1 to BL_POOL_SPARES_MAX; each is two processes, some 400 KiB in all */
    uint64_t idle_ns;    /* > 0 */
    unsigned cpus;       /* > 0: those on which programs run and sandboxes are made, together */
};

enum { BL_POOL_SPARES_MAX = 64, BL_POOL_KINDS_MAX = 32 };

/* bl_pool_default_options - the CPUs that this process may use, two spares for each, ten
 * seconds. */
struct bl_pool_options bl_pool_default_options(void);

/* bl_pool_new - a pool for this warden, used by every bl_sandbox_open() on it from now on. One for
 * a warden. Fails with FIELD (options out of bounds), LOOP, MEMORY. */
int bl_pool_new(struct bl_pool **out, struct bl_warden *warden,
                const struct bl_pool_options *options, struct bl_err *err);

/* bl_pool_free - closes the spares; before bl_warden_free(). NULL inside is fine. */
void bl_pool_free(struct bl_pool **pool);

struct bl_pool_stats {
    unsigned ready, making; /* spares now */
    uint64_t hits, misses;  /* sandboxes taken ready; made, or finished, on demand */
    uint64_t failures;      /* spares that could not be made */
};
struct bl_pool_stats bl_pool_stats(const struct bl_pool *pool);

#endif
