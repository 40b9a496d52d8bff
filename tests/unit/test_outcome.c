/* What a case becomes of what its commands did. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>
#include <signal.h>

#include <cmocka.h>

#include "executor/job/outcome.h"

enum { MOST = 3 };

struct ended {
    enum bl_verdict verdict;
    int exit_code;
    uint64_t ended_ns;
    int signal;
    int reader; /* the command that reads what it writes, from 1; 0: none */
};

struct row {
    const char *what;
    size_t count;
    struct ended ended[MOST];
    bool any_status; /* of the first */
    bool cancelled;
    enum bl_case_outcome outcome;
    int decided_by, first_ended;
};

#define OK(at)                     \
    {                              \
        BL_VERDICT_OK, 0, at, 0, 0 \
    }
#define EXIT(code, at)                           \
    {                                            \
        BL_VERDICT_RUNTIME_ERROR, code, at, 0, 0 \
    }
#define DID(verdict, at)                   \
    {                                      \
        BL_VERDICT_##verdict, -1, at, 0, 0 \
    }

#define BROKE_PIPE(to, at)                           \
    {                                                \
        BL_VERDICT_SIGNALED, -1, at, SIGPIPE, to + 1 \
    }

static const struct row plain[] = {
    {"one that is well", 1, {OK(5)}, false, false, BL_OUTCOME_PASSED, -1, -1},
    {"one that is not", 1, {EXIT(3, 5)}, false, false, BL_OUTCOME_FAILED, 0, -1},
    {"any status is well", 1, {EXIT(3, 5)}, true, false, BL_OUTCOME_PASSED, -1, -1},
    {"no signal is a status", 1, {DID(SIGNALED, 5)}, true, false, BL_OUTCOME_FAILED, 0, -1},
    {"never executed", 1, {DID(EXEC_FAILED, 0)}, false, false, BL_OUTCOME_FAILED, 0, -1},
    {"our failure", 1, {DID(SANDBOX_ERROR, 5)}, false, false, BL_OUTCOME_ERROR, -1, -1},
    {"our failure, though it was cancelled",
     1,
     {DID(SANDBOX_ERROR, 5)},
     false,
     true,
     BL_OUTCOME_ERROR,
     -1,
     -1},
    {"cancelled", 1, {DID(CANCELLED, 5)}, false, true, BL_OUTCOME_CANCELLED, -1, -1},
    {"cancelled, though one ended before",
     2,
     {OK(4), DID(CANCELLED, 5)},
     false,
     true,
     BL_OUTCOME_CANCELLED,
     -1,
     0},
    {"two well", 2, {OK(9), OK(5)}, false, false, BL_OUTCOME_PASSED, -1, 1},
    {"a reader that crashed is the cause of the writer's broken pipe",
     2,
     {DID(SIGNALED, 9), EXIT(1, 5)},
     false,
     false,
     BL_OUTCOME_FAILED,
     1,
     1},
    {"so it is though the writer was seen to end before it",
     2,
     {BROKE_PIPE(1, 5), EXIT(1, 9)},
     false,
     false,
     BL_OUTCOME_FAILED,
     1,
     1},
    {"and at the end of a chain, in whatever order",
     3,
     {EXIT(1, 9), BROKE_PIPE(2, 5), BROKE_PIPE(0, 6)},
     false,
     false,
     BL_OUTCOME_FAILED,
     0,
     0},
    {"a reader that is well is no cause",
     2,
     {BROKE_PIPE(1, 5), OK(9)},
     false,
     false,
     BL_OUTCOME_FAILED,
     0,
     1},
    {"each lost the other: the clock decides",
     2,
     {BROKE_PIPE(1, 6), BROKE_PIPE(0, 5)},
     false,
     false,
     BL_OUTCOME_FAILED,
     1,
     1},
    {"a reader that was never executed",
     2,
     {BROKE_PIPE(1, 5), DID(EXEC_FAILED, 0)},
     false,
     false,
     BL_OUTCOME_FAILED,
     1,
     0},
    {"of several, the first that ended badly",
     3,
     {EXIT(1, 9), OK(1), DID(TIME_LIMIT, 7)},
     false,
     false,
     BL_OUTCOME_FAILED,
     2,
     1},
    {"one that never was executed is before all",
     2,
     {EXIT(1, 9), DID(EXEC_FAILED, 0)},
     false,
     false,
     BL_OUTCOME_FAILED,
     1,
     0},
    {"our failure in any",
     2,
     {EXIT(1, 5), DID(SANDBOX_ERROR, 9)},
     false,
     false,
     BL_OUTCOME_ERROR,
     -1,
     0},
};

/* The last command is the interactor. */
static const struct row interactive[] = {
    {"accepted", 2, {OK(5), EXIT(42, 6)}, false, false, BL_OUTCOME_PASSED, 1, 0},
    {"rejected after the program",
     2,
     {OK(5), EXIT(43, 6)},
     false,
     false,
     BL_OUTCOME_REJECTED,
     1,
     0},
    {"rejected first, what the program did then is not its fault",
     2,
     {DID(SIGNALED, 6), EXIT(43, 5)},
     false,
     false,
     BL_OUTCOME_REJECTED,
     1,
     1},
    {"rejected first, the program was cancelled for it",
     2,
     {DID(CANCELLED, 6), EXIT(43, 5)},
     false,
     false,
     BL_OUTCOME_REJECTED,
     1,
     1},
    {"rejected, while the program was seen to lose its reader first",
     2,
     {BROKE_PIPE(1, 5), EXIT(43, 6)},
     false,
     false,
     BL_OUTCOME_REJECTED,
     1,
     1},
    {"crashed first, and was rejected for it",
     2,
     {DID(SIGNALED, 5), EXIT(43, 6)},
     false,
     false,
     BL_OUTCOME_FAILED,
     0,
     0},
    {"crashed, though it was accepted before",
     2,
     {EXIT(1, 6), EXIT(42, 5)},
     false,
     false,
     BL_OUTCOME_FAILED,
     0,
     1},
    {"broke its limit while it was accepted",
     2,
     {DID(WALL_TIME_LIMIT, 6), EXIT(42, 7)},
     false,
     false,
     BL_OUTCOME_FAILED,
     0,
     0},
    {"the interactor crashed: never the program's fault",
     2,
     {EXIT(1, 5), DID(SIGNALED, 6)},
     false,
     false,
     BL_OUTCOME_CHECK_FAILED,
     1,
     0},
    {"0 is no judgement", 2, {OK(5), OK(6)}, false, false, BL_OUTCOME_CHECK_FAILED, 1, 0},
    {"a program that can't be executed",
     2,
     {DID(EXEC_FAILED, 0), DID(CANCELLED, 6)},
     false,
     false,
     BL_OUTCOME_FAILED,
     0,
     1},
    {"an interactor that can't be executed",
     2,
     {DID(CANCELLED, 6), DID(EXEC_FAILED, 0)},
     false,
     false,
     BL_OUTCOME_CHECK_FAILED,
     1,
     0},
    {"our failure", 2, {DID(SANDBOX_ERROR, 5), EXIT(43, 4)}, false, false, BL_OUTCOME_ERROR, -1, 1},
    {"two programs, the second is rejected before it does badly",
     3,
     {OK(3), EXIT(1, 8), EXIT(43, 7)},
     false,
     false,
     BL_OUTCOME_REJECTED,
     2,
     0},
    {"two programs, the second does badly",
     3,
     {OK(3), EXIT(1, 6), EXIT(43, 7)},
     false,
     false,
     BL_OUTCOME_FAILED,
     1,
     0},
};

static void try_row(const struct row *row, bool interaction)
{
    struct bl_job_command commands[MOST] = {{.any_status = row->any_status}};
    const struct bl_job_step step = {
        .commands = commands,
        .command_count = row->count,
        .check = {.kind = interaction ? BL_CHECK_INTERACTOR : BL_CHECK_NONE,
                  .interactor = (uint32_t)row->count - 1},
    };
    struct bl_result results[MOST] = {{0}};
    const struct bl_result *pointers[MOST];
    struct bl_case_end end;

    for (size_t i = 0; i < row->count; i++) {
        commands[i].piped_to = row->ended[i].reader - 1;
        results[i] = (struct bl_result){.verdict = row->ended[i].verdict,
                                        .exit_code = row->ended[i].exit_code,
                                        .signal = row->ended[i].signal,
                                        .ended_ns = row->ended[i].ended_ns};
        pointers[i] = &results[i];
    }
    end = bl_outcome_of(&step, pointers, row->cancelled);
    if (end.outcome != row->outcome || end.decided_by != row->decided_by ||
        end.first_ended != row->first_ended)
        fail_msg("%s: %d, by %d, first %d", row->what, (int)end.outcome, end.decided_by,
                 end.first_ended);
}

static void outcome__of_commands_is_as_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        try_row(&plain[i], false);
}

static void outcome__of_interactions_is_as_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(interactive) / sizeof(interactive[0]); i++)
        try_row(&interactive[i], true);
}

static void outcome__a_command_never_started_is_none(void **state)
{
    struct bl_job_command commands[2] = {{.piped_to = -1}, {.piped_to = -1}};
    const struct bl_job_step step = {.commands = commands, .command_count = 2};
    const struct bl_result *none[2] = {NULL, NULL};
    struct bl_case_end end = bl_outcome_of(&step, none, true);

    (void)state;
    assert_int_equal(end.outcome, BL_OUTCOME_CANCELLED);
    assert_int_equal(end.first_ended, -1);
}

static void outcome__a_file_of_ours_is_our_failure(void **state)
{
    struct bl_result result = {.verdict = BL_VERDICT_FILE_ERROR};

    (void)state;
    result.error.step = BL_STEP_OUTPUT; /* it left no such file */
    assert_false(bl_result_is_ours(&result));
    result.error.step = BL_STEP_INPUT; /* the request wants it where it can't be */
    assert_true(bl_result_is_ours(&result));
    result.error.step = BL_STEP_FILE_WRITE; /* our spool is full */
    assert_true(bl_result_is_ours(&result));
    result.error.step = BL_STEP_MEMORY;
    assert_true(bl_result_is_ours(&result));
    result.verdict = BL_VERDICT_RUNTIME_ERROR;
    assert_false(bl_result_is_ours(&result));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcome__of_commands_is_as_the_table),
        cmocka_unit_test(outcome__of_interactions_is_as_the_table),
        cmocka_unit_test(outcome__a_command_never_started_is_none),
        cmocka_unit_test(outcome__a_file_of_ours_is_our_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
