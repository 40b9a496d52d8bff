/* policy_naive.h - what a profile says about one call, read the slow and obvious way.
 *
 * Shares nothing with limits/policy*.c but the table of names: it walks the JSON anew for each
 * call, compares names as text and arguments as numbers. The compiled filters are held against
 * it. Reads well-formed profiles only. */
#ifndef BL_TESTS_POLICY_NAIVE_H
#define BL_TESTS_POLICY_NAIVE_H

#include <jansson.h>
#include <stdint.h>

enum naive_verb { NAIVE_ALLOW, NAIVE_ERRNO, NAIVE_TRAP, NAIVE_KILL };

struct naive_decision {
    enum naive_verb verb;
    int sys_errno;
    int by_default; /* no rule matched */
};

/* The kernel's version counts for minKernel; the program has no capability. */
struct naive_decision naive_decide(const json_t *profile, unsigned kernel_major,
                                   unsigned kernel_minor, const char *name, const uint64_t args[6]);

enum { NAIVE_CALLS_MAX = 4096 };

/* naive_calls - argument sets worth trying for a name: for each rule that has it, sets that meet
 * every condition, and those with one argument off by one, with other bits above, or with a bit
 * of the mask turned; and random mixtures of all these. Returns how many. */
size_t naive_calls(const json_t *profile, const char *name, uint64_t calls[NAIVE_CALLS_MAX][6]);

#endif
