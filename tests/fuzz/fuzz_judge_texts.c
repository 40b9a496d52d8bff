/* What submissions and packages may hold as text: patterns, tags, outputs, Java sources. The first
 * line of the data is one text, the rest the other. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/judge/expectation.h"
#include "executor/judge/glob.h"
#include "executor/judge/judgement.h"
#include "executor/language/language.h"
#include "limits/default_validator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const char *answer, size_t answer_length, const char *output,
                    size_t output_length)
{
    struct bl_compare_flags flags = {.absolute = -1, .relative = -1};
    struct bl_comparison same, seen, pieces;
    struct bl_comparing comparing;

    for (unsigned bits = 0; bits < 8; bits++) {
        flags.case_sensitive = bits & 1;
        flags.space_change_sensitive = bits & 2;
        flags.absolute = bits & 4 ? 1e-6 : -1;
        bl_compare(&flags, answer, answer_length, output, output_length, &seen);
        assert(seen.accepted == !seen.reason[0]);
        bl_compare_begin(&comparing, &flags, answer, answer_length, output, output_length);
        while (!bl_compare_step(&comparing, 3, &pieces))
            ;
        assert(memcmp(&seen, &pieces, sizeof(seen)) == 0);
        assert(seen.output_offset <= output_length && seen.answer_offset <= answer_length);
        bl_compare(&flags, answer, answer_length, answer, answer_length, &same);
        assert(same.accepted);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Allocations of exactly the size, so that reading on is seen. */
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    size_t first_length = newline ? (size_t)(newline - data) : size;
    size_t second_length = newline ? size - first_length - 1 : 0;
    bl_autofree char *first = calloc(1, first_length + 1);
    bl_autofree char *second = calloc(1, second_length + 1);
    struct bl_arena arena = {0};
    struct bl_err err;
    uint32_t final;
    char line[64];

    if (!first || !second)
        return 0;
    if (first_length)
        memcpy(first, data, first_length);
    if (second_length)
        memcpy(second, newline + 1, second_length);
    compare(first, first_length, second, second_length);
    (void)bl_glob_match(first, second);
    if (bl_expectation_tag(second, second_length, &final, &err))
        assert(err.step == BL_STEP_PACKAGE);
    assert(strlen(bl_judge_first_line(line, sizeof(line), second)) < sizeof(line));
    (void)bl_java_class(first, second, second_length, &arena, &err);
    bl_arena_release(&arena);
    return 0;
}
