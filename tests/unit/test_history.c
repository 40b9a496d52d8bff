/* What was tried with a job: read back as it was written, bounded, and never wrong about guilt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/queue/history.h"

static void history__is_read_as_it_was_written(void **state)
{
    struct bl_history history = {.innocent = 3}, back;
    bl_autofree char *text = NULL;
    struct bl_err err;

    (void)state;
    bl_history_add(&history, 2, 1790000000123, "w\"1\\", "given to the worker");
    bl_history_add(&history, 2, 1790000000456, "w2", "the worker is full");
    assert_int_equal(bl_history_format(&history, &text, &err), 0);
    assert_null(strchr(text, '\n'));
    assert_int_equal(bl_history_parse(&back, text, strlen(text), &err), 0);
    assert_memory_equal(&history, &back, sizeof(back));
}

static void history__of_nothing_is_empty(void **state)
{
    struct bl_history history;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_history_parse(&history, "", 0, &err), 0);
    assert_int_equal(history.count, 0);
    assert_int_equal(history.innocent, 0);
}

static void history__keeps_the_first_try_and_the_last_ones(void **state)
{
    struct bl_history history = {.innocent = 0};

    (void)state;
    for (uint64_t i = 1; i <= 1000; i++)
        bl_history_add(&history, i, 0, "w", "n");
    assert_int_equal(history.count, BL_HISTORY_TRIES_MAX);
    assert_int_equal(history.tries[0].delivery, 1);
    assert_int_equal(history.tries[1].delivery, 1000 - BL_HISTORY_TRIES_MAX + 2);
    assert_int_equal(history.tries[BL_HISTORY_TRIES_MAX - 1].delivery, 1000);
}

/* The longest notes, of the characters that take the most room in JSON. */
static void history__stays_below_its_bound(void **state)
{
    struct bl_history history = {.innocent = INT64_MAX}, back;
    bl_autofree char *text = NULL;
    char note[1000] = "", wild[1000] = "";
    struct bl_err err;

    (void)state;
    memset(note, '"', sizeof(note) - 1);
    memset(wild, '\x01', sizeof(wild) - 1);
    for (size_t i = 0; i < BL_HISTORY_TRIES_MAX; i++)
        bl_history_add(&history, INT64_MAX, INT64_MAX, i % 2 ? note : wild, note);
    assert_int_equal(bl_history_format(&history, &text, &err), 0);
    assert_in_range(strlen(text), 1, BL_HISTORY_TEXT_MAX);
    assert_int_equal(bl_history_parse(&back, text, strlen(text), &err), 0);
}

static void history__takes_any_text_for_a_note(void **state)
{
    struct bl_history history = {.innocent = 0};
    bl_autofree char *text = NULL;
    struct bl_err err;

    (void)state;
    bl_history_add(&history, 1, 0, "\xff\xfe", "half a character: \xc3");
    assert_string_equal(history.tries[0].worker, "??");
    assert_string_equal(history.tries[0].note, "half a character: ?");
    assert_int_equal(bl_history_format(&history, &text, &err), 0);
}

static void history__refuses_what_is_none(void **state)
{
    static const char *const wrong[] = {"x",
                                        "{}",
                                        "[]",
                                        "null",
                                        "{\"innocent\":-1,\"tries\":[]}",
                                        "{\"tries\":{}}",
                                        "{\"innocent\":0,\"tries\":[]",
                                        "{\"innocent\":0,\"innocent\":1,\"tries\":[]}"};
    struct bl_history history;
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++) {
        assert_int_equal(bl_history_parse(&history, wrong[i], strlen(wrong[i]), &err), -1);
        assert_int_equal(err.step, BL_STEP_FIELD);
    }
}

static void history__holds_only_unexplained_deliveries_against_a_job(void **state)
{
    struct bl_history history = {.innocent = 2};

    (void)state;
    assert_int_equal(bl_history_suspect(&history, 1), 0);
    assert_int_equal(bl_history_suspect(&history, 3), 0);
    assert_int_equal(bl_history_suspect(&history, 4), 1);
    assert_int_equal(bl_history_suspect(&history, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history__is_read_as_it_was_written),
        cmocka_unit_test(history__of_nothing_is_empty),
        cmocka_unit_test(history__keeps_the_first_try_and_the_last_ones),
        cmocka_unit_test(history__stays_below_its_bound),
        cmocka_unit_test(history__takes_any_text_for_a_note),
        cmocka_unit_test(history__refuses_what_is_none),
        cmocka_unit_test(history__holds_only_unexplained_deliveries_against_a_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
