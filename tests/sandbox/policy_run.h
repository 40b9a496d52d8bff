/* policy_run.h - runs a program under a policy's filter and nothing else, for the tests.
 *
 * Stands in for the sandbox's init: answers notifications by policy->answers and keeps a list of
 * what was refused. Needs no privilege. */
#ifndef BL_TESTS_POLICY_RUN_H
#define BL_TESTS_POLICY_RUN_H

#include "bailiff/result.h"
#include "limits/policy.h"

enum { POLICY_RUN_REFUSALS_MAX = 64, POLICY_RUN_OUTPUT_MAX = 65536 };

struct policy_run {
    int wait_status;
    unsigned refusal_count; /* distinct numbers */
    struct bl_refusal refusals[POLICY_RUN_REFUSALS_MAX];
    char output[POLICY_RUN_OUTPUT_MAX]; /* stdout and stderr, cut, ends with NUL */
};

/* policy_run - runs argv in directory with input on stdin, and waits for its end (at most a
 * minute: then it is killed). Returns 0, or -1 where the filter could not be loaded (output says
 * why). */
int policy_run(struct policy_run *out, const struct bl_policy *policy, const char *directory,
               const char *const argv[], const char *input);

/* policy_run_function - the same for a function, whose value is the exit status. */
int policy_run_function(struct policy_run *out, const struct bl_policy *policy,
                        int (*function)(void));

/* policy_run_refused - the list as "name*count name*count", for messages and comparisons. */
const char *policy_run_refused(const struct policy_run *run, char *text, size_t size);

#endif
