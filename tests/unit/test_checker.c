/* What the end of a checker means. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "executor/job/checker.h"

static void checker__only_42_and_43_are_judgements(void **state)
{
    static const struct {
        enum bl_verdict verdict;
        int exit_code;
        enum bl_word word;
    } cases[] = {
        {BL_VERDICT_RUNTIME_ERROR, 42, BL_ACCEPTS},
        {BL_VERDICT_RUNTIME_ERROR, 43, BL_REJECTS},
        {BL_VERDICT_OK, 0, BL_NO_JUDGEMENT},
        {BL_VERDICT_RUNTIME_ERROR, 1, BL_NO_JUDGEMENT},
        {BL_VERDICT_RUNTIME_ERROR, 44, BL_NO_JUDGEMENT},
        {BL_VERDICT_SIGNALED, -1, BL_NO_JUDGEMENT},
        /* the exit status of one that broke a limit is no judgement either */
        {BL_VERDICT_TIME_LIMIT, 42, BL_NO_JUDGEMENT},
        {BL_VERDICT_OUTPUT_LIMIT, 43, BL_NO_JUDGEMENT},
        {BL_VERDICT_SANDBOX_ERROR, 42, BL_NO_JUDGEMENT},
        {BL_VERDICT_CANCELLED, -1, BL_NO_JUDGEMENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct bl_result result = {.verdict = cases[i].verdict,
                                         .exit_code = cases[i].exit_code};

        assert_int_equal(bl_checker_word(&result), cases[i].word);
    }
}

static void checker__overrules_what_came_after_it(void **state)
{
    const struct bl_result interactor = {.ended_ns = 100}, later = {.ended_ns = 101},
                           earlier = {.ended_ns = 99},
                           crashed = {.ended_ns = 99,
                                      .verdict = BL_VERDICT_SIGNALED,
                                      .signal = SIGSEGV},
                           broke_pipe = {
                               .ended_ns = 99, .verdict = BL_VERDICT_SIGNALED, .signal = SIGPIPE};

    (void)state;
    assert_true(bl_interactor_overrules(&interactor, &later));
    assert_false(bl_interactor_overrules(&interactor, &earlier));
    assert_false(bl_interactor_overrules(&interactor, &crashed));
    assert_true(bl_interactor_overrules(&interactor, &broke_pipe));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checker__only_42_and_43_are_judgements),
        cmocka_unit_test(checker__overrules_what_came_after_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
