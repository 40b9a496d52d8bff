/* plain.h - the programs of tests/programs without a sandbox: what this machine charges for what a
 * program can't see of itself, its exec before main and its exit after its last look at a clock.
 * An emulated machine takes ten and more times as long for them as for plain computing. None of
 * Bailiff's own code is in the figures, so a mistake there makes no test more lenient. */
#ifndef BL_TESTS_SUPPORT_PLAIN_H
#define BL_TESTS_SUPPORT_PLAIN_H

#include <stdint.h>

/* bl_plain_cost_ns - the CPU time of `hello`, all of it: the most of several runs. */
uint64_t bl_plain_cost_ns(void);

/* bl_plain_unseen_ns - of `burn`: its CPU time as the kernel tells it when all is over, less what
 * it saw itself; the most of several runs. */
uint64_t bl_plain_unseen_ns(void);

#endif
