/* default_validator.h - is a program's output the expected answer? The format's default validator.
 *
 * Pure: two byte strings and the flags in, a comparison out; linear time, no allocation. The
 * semantics are those of problemtools' default_validator, which is what judges use, token by token:
 *   - tokens are runs of bytes that are no white space (space, \t \n \v \f \r);
 *   - space_change_sensitive: the white space before, between and behind tokens must be the same
 *     bytes; otherwise any is as good as any other, and none is needed at either end;
 *   - a tolerance given: where the *answer's* token is a number, the output's must be one within
 *     either tolerance: |j - t| <= absolute, or |j - t| <= relative * |j|. Otherwise, and for
 *     answer tokens that are no numbers, tokens are compared as text;
 *   - a number is what sscanf("%lf") takes wholly and is finite: "1", ".5", "1e3", "0x1p3", and, as
 *     there, "1e" and "1e+"; never "inf", "nan", "1,5". Tokens of more than 1023 bytes are text;
 *   - text is compared byte for byte, without case_sensitive regardless of ASCII case. */
#ifndef BL_LIMITS_DEFAULT_VALIDATOR_H
#define BL_LIMITS_DEFAULT_VALIDATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"

enum { BL_NUMBER_BYTES_MAX = 1023, BL_COMPARISON_TEXT_MAX = 200 };

struct bl_compare_flags {
    bool case_sensitive;
    bool space_change_sensitive;
    double absolute, relative; /* below 0: not given */
    bool repeated; /* the same tolerance was given twice: legacy takes the last, newer formats none
                    */
};

/* bl_compare_flags_parse - validator flags as in problem.yaml, testdata.yaml and the rest.
 * args: NULL-terminated. Fails with PACKAGE: an unknown flag, a tolerance that is no number. */
int bl_compare_flags_parse(struct bl_compare_flags *flags, const char *const *args,
                           struct bl_err *err);

struct bl_comparison {
    bool accepted;
    uint64_t answer_offset, output_offset; /* of the first difference */
    uint64_t answer_line, output_line;     /* from 1 */
    char reason[BL_COMPARISON_TEXT_MAX];   /* one line, printable ASCII; empty where accepted */
};

/* bl_compare - answer: the judges' .ans; output: the program's. */
void bl_compare(const struct bl_compare_flags *flags, const char *answer, size_t answer_length,
                const char *output, size_t output_length, struct bl_comparison *out);

/* bl_compare_number - is the token a number, and which? */
bool bl_compare_number(const char *token, size_t length, double *value);

#endif
