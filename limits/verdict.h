/* verdict.h - the one place where a verdict is made.
 *
 * Pure: the same observations always give the same verdict; tests/unit/test_verdict.c is the table
 * of cases. The order, first match wins, and why:
 *   1. SANDBOX_ERROR   our failure says nothing about the program: an error of fault HOST or BUSY
 *                      wherever it arose; any error while the program ran (nobody could take what
 *                      it wrote, say); a wait status that is none; no exec and no reason for it
 *   2. EXEC_FAILED     it never ran. So did one whose input could not be placed: FILE_ERROR; that
 *                      was cancelled: CANCELLED; whose exec was killed for memory: MEMORY_LIMIT
 *   3. MEMORY_LIMIT    the kernel's own oom_kill counter, whoever was killed, however it ended, and
 *                      unless Bailiff had ended it for another limit before the kernel did
 *   4. FORBIDDEN_SYSCALL killed for it by init or, as foreign ABIs are, by the kernel (SIGSYS)
 *   5. the limit that Bailiff killed for (CPU, wall, output streams), or CANCELLED
 *   6. TIME_LIMIT      the counter is beyond the limit though the program ended by itself. SIGXCPU
 *                      says nothing: RLIMIT_CPU is far beyond the limit, so before the counter is
 *                      there it is a signal that the program sent, or a limit that it lowered
 *   7. OUTPUT_LIMIT    SIGXFSZ, which nobody counts, so that a program can send it to itself, to
 *                      its own harm; a stream's counter is beyond its limit
 *   8. WALL_TIME_LIMIT ended by itself, but later than allowed
 *   9. SIGNALED, RUNTIME_ERROR, OK by the wait status
 *  10. FILE_ERROR      only for a program that was OK: its outputs could not be collected */
#ifndef BL_LIMITS_VERDICT_H
#define BL_LIMITS_VERDICT_H

#include "bailiff/result.h"
#include "bailiff/spec.h"

struct bl_observation {
    bool executed;                   /* exec worked */
    int wait_status;                 /* of the first process, as waitpid(2); valid if executed */
    enum bl_kill_reason kill_reason; /* the first one */
    const struct bl_err *error;      /* NULL or step NONE: none */
    bool error_in_outputs;           /* the error arose while collecting outputs */
};

/* bl_verdict_judge - sets verdict, kill_reason, exit_code, signal, oom_killed, error, limit, bound,
 * observed and overshoot_ns of *result from the observation, the limits and result->usage and
 * refusals, which must be whole. The limits are not looked at where nothing was executed, memory
 * apart.
 *
 * limit and bound are set where a limit made the verdict; observed is what was counted, 0 where
 * nobody counts it (the size of a file that met SIGXFSZ; a memory peak that the kernel does not
 * tell). error is what made the verdict, else step NONE. exit_code and signal are told as they
 * were, also where Bailiff killed (then: SIGKILL). */
void bl_verdict_judge(struct bl_result *result, const struct bl_limits *limits,
                      const struct bl_observation *seen);

/* bl_verdict_own_shortage - was it the program's own memory limit that brought an OOM kill about?
 * If not, the host or a group above ran short, and the kill says nothing about the program. Where
 * the kernel does not count that, the peak tells: the OOM killer is only called for allocations of
 * up to 8 pages (PAGE_ALLOC_COSTLY_ORDER), so the group's own limit was reached within that. */
bool bl_verdict_own_shortage(const struct bl_usage *usage, const struct bl_limits *limits);

/* bl_verdict_own_refusals - was it the program's own limit that made its forks fail, where some
 * did? Only then has the group ever held as many as it may. A group above says nothing about the
 * program. Where the kernel tells no peak: yes. */
bool bl_verdict_own_refusals(const struct bl_usage *usage, const struct bl_limits *limits);

const char *bl_verdict_name(enum bl_verdict verdict); /* "TIME_LIMIT" */
const char *bl_verdict_text(enum bl_verdict verdict);

#endif
