/* cost.h - the CPU time that processes used, theirs and what they waited for.
 *
 * Work that the kernel does later in threads of its own (the end of a network namespace) is charged
 * to nobody and is not seen here. */
#ifndef BL_BENCH_COST_H
#define BL_BENCH_COST_H

#include <stdint.h>
#include <sys/types.h>

/* bl_cost_own_us - this process and its reaped children, microseconds. */
uint64_t bl_cost_own_us(void);

/* bl_cost_of_us - another process, living, and its reaped descendants; in steps of a clock tick, of
 * some 10 ms: for sums over many runs. 0 where it can't be read. */
uint64_t bl_cost_of_us(pid_t pid);

#endif
