#include "limits/verdict.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the rules look at. */
struct judging {
    const struct bl_observation *seen;
    const struct bl_limits *limits;
    struct bl_result *result;
};

static bool has_error(const struct judging *on)
{
    return on->seen->error && on->seen->error->step != BL_STEP_NONE;
}

static bool died_by(const struct judging *on, int signo)
{
    return WIFSIGNALED(on->seen->wait_status) && WTERMSIG(on->seen->wait_status) == signo;
}

static void blame_limit(const struct judging *on, const char *option, uint64_t bound,
                        uint64_t observed)
{
    on->result->limit = option;
    on->result->bound = bound;
    on->result->observed = observed;
}

static void blame_time(const struct judging *on, const char *option, uint64_t bound_ns,
                       uint64_t observed_ns)
{
    blame_limit(on, option, bound_ns, observed_ns);
    on->result->overshoot_ns = observed_ns > bound_ns ? observed_ns - bound_ns : 0;
}

static enum bl_verdict cpu_time(const struct judging *on)
{
    blame_time(on, "cpu-time", on->limits->cpu_time_ns, on->result->usage.cpu_time_ns);
    return BL_VERDICT_TIME_LIMIT;
}

static enum bl_verdict wall_time(const struct judging *on)
{
    blame_time(on, "wall-time", on->limits->wall_time_ns, on->result->usage.wall_time_ns);
    return BL_VERDICT_WALL_TIME_LIMIT;
}

static enum bl_verdict memory(const struct judging *on)
{
    const struct bl_usage *usage = &on->result->usage;

    blame_limit(on, "memory", on->limits->memory_bytes,
                usage->has_memory_peak ? usage->memory_peak_bytes : 0);
    return BL_VERDICT_MEMORY_LIMIT;
}

static enum bl_verdict standard_output(const struct judging *on)
{
    blame_limit(on, "output", on->limits->stdout_bytes, on->result->usage.stdout_bytes);
    return BL_VERDICT_OUTPUT_LIMIT;
}

static enum bl_verdict error_output(const struct judging *on)
{
    blame_limit(on, "error-output", on->limits->stderr_bytes, on->result->usage.stderr_bytes);
    return BL_VERDICT_OUTPUT_LIMIT;
}

/* A machine that is slow enough spends the program's time on what comes before its exec. */
static const char *unknown_end(const struct bl_observation *seen)
{
    if (seen->executed)
        return "no known end of the program was reported";
    if (seen->kill_reason == BL_KILL_CPU_TIME)
        return "the program's CPU time was up before it was executed";
    if (seen->kill_reason == BL_KILL_WALL_TIME)
        return "the program's wall time was up before it was executed";
    return "neither an exec nor its failure was reported";
}

static enum bl_verdict own_failure(const struct judging *on)
{
    if (has_error(on))
        on->result->error = *on->seen->error;
    else
        (void)bl_fail(&on->result->error, BL_STEP_INIT_TALK, 0, "%s", unknown_end(on->seen));
    return BL_VERDICT_SANDBOX_ERROR;
}

/* Rule 1, but for the missing reason. A HOST error while collecting outputs counts too: the files
 * that a grader is to compare are missing, and not through the program's fault. */
static bool is_own_failure(const struct judging *on)
{
    const struct bl_observation *seen = on->seen;

    if (seen->kill_reason == BL_KILL_SANDBOX)
        return true;
    if (has_error(on) && (bl_step_fault(seen->error->step) != BL_FAULT_CLIENT ||
                          (seen->executed && !seen->error_in_outputs)))
        return true;
    return seen->executed && !WIFEXITED(seen->wait_status) && !WIFSIGNALED(seen->wait_status);
}

/* Rule 2. The kernel may kill for memory in the middle of execve(2), which then reports nothing. */
static enum bl_verdict judge_unexecuted(const struct judging *on)
{
    if (has_error(on)) {
        on->result->error = *on->seen->error;
        return on->seen->error->step == BL_STEP_INPUT ? BL_VERDICT_FILE_ERROR
                                                      : BL_VERDICT_EXEC_FAILED;
    }
    if (on->seen->kill_reason == BL_KILL_CANCEL)
        return BL_VERDICT_CANCELLED;
    if (on->result->usage.oom_kills > 0)
        return memory(on);
    return own_failure(on);
}

static bool is_killed_for_syscall(const struct judging *on)
{
    for (unsigned i = 0; i < on->result->refusal_count; i++) {
        if (on->result->refusals[i].killed)
            return true;
    }
    return on->seen->kill_reason == BL_KILL_SYSCALL || died_by(on, SIGSYS);
}

/* Rules 6 to 10: nobody ended the program. */
static enum bl_verdict judge_own_end(const struct judging *on)
{
    const struct bl_usage *usage = &on->result->usage;
    const struct bl_limits *limits = on->limits;

    if (usage->cpu_time_ns > limits->cpu_time_ns)
        return cpu_time(on);
    if (died_by(on, SIGXFSZ)) {
        blame_limit(on, "file-size", limits->file_size_bytes, 0);
        return BL_VERDICT_OUTPUT_LIMIT;
    }
    if (usage->stdout_bytes > limits->stdout_bytes)
        return standard_output(on);
    if (usage->stderr_bytes > limits->stderr_bytes)
        return error_output(on);
    if (usage->wall_time_ns > limits->wall_time_ns)
        return wall_time(on);
    if (WIFSIGNALED(on->seen->wait_status))
        return BL_VERDICT_SIGNALED;
    if (WEXITSTATUS(on->seen->wait_status) != 0)
        return BL_VERDICT_RUNTIME_ERROR;
    if (!has_error(on))
        return BL_VERDICT_OK;
    on->result->error = *on->seen->error;
    return BL_VERDICT_FILE_ERROR;
}

/* Rules 3 to 5. */
static enum bl_verdict judge_executed(const struct judging *on)
{
    enum bl_kill_reason reason = on->seen->kill_reason;

    if (reason == BL_KILL_MEMORY || (reason == BL_KILL_NONE && on->result->usage.oom_kills > 0))
        return memory(on);
    if (is_killed_for_syscall(on))
        return BL_VERDICT_FORBIDDEN_SYSCALL;
    switch (reason) {
    case BL_KILL_CPU_TIME:
        return cpu_time(on);
    case BL_KILL_WALL_TIME:
        return wall_time(on);
    case BL_KILL_STDOUT:
        return standard_output(on);
    case BL_KILL_STDERR:
        return error_output(on);
    case BL_KILL_CANCEL:
        return BL_VERDICT_CANCELLED;
    case BL_KILL_NONE:
    case BL_KILL_MEMORY:
    case BL_KILL_SYSCALL:
    case BL_KILL_SANDBOX:
    case BL_KILL_REASON_COUNT:
        break;
    }
    return judge_own_end(on);
}

void bl_verdict_judge(struct bl_result *result, const struct bl_limits *limits,
                      const struct bl_observation *seen)
{
    const struct judging on = {.seen = seen, .limits = limits, .result = result};

    result->kill_reason = seen->kill_reason;
    result->exit_code =
        seen->executed && WIFEXITED(seen->wait_status) ? WEXITSTATUS(seen->wait_status) : -1;
    result->signal =
        seen->executed && WIFSIGNALED(seen->wait_status) ? WTERMSIG(seen->wait_status) : 0;
    result->oom_killed = result->usage.oom_kills > 0;
    result->limit = NULL;
    result->bound = result->observed = result->overshoot_ns = 0;
    memset(&result->error, 0, sizeof(result->error));
    if (is_own_failure(&on))
        result->verdict = own_failure(&on);
    else
        result->verdict = seen->executed ? judge_executed(&on) : judge_unexecuted(&on);
}

bool bl_verdict_own_shortage(const struct bl_usage *usage, const struct bl_limits *limits)
{
    uint64_t slack = 8 * (uint64_t)sysconf(_SC_PAGESIZE);

    if (usage->has_memory_limit_hits)
        return usage->memory_limit_hits > 0;
    return !usage->has_memory_peak || usage->memory_peak_bytes + slack >= limits->memory_bytes;
}

bool bl_verdict_own_refusals(const struct bl_usage *usage, const struct bl_limits *limits)
{
    return usage->pids_refused == 0 || !usage->has_pids_peak || usage->pids_peak >= limits->pids;
}

const char *bl_verdict_name(enum bl_verdict verdict)
{
    static const char *const names[] = {
#define X(name, text) #name,
        BL_VERDICTS(X)
#undef X
    };

    return names[verdict];
}

const char *bl_verdict_text(enum bl_verdict verdict)
{
    static const char *const texts[] = {
#define X(name, text) text,
        BL_VERDICTS(X)
#undef X
    };

    return texts[verdict];
}
