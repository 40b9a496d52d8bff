/* default_validator.h - is a program's output the expected answer? The format's default validator.
 *
 * Pure: two byte strings and the flags in, a comparison out; linear time, no allocation; in pieces
 * where they are large, so that an event loop isn't held up. The
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

/* The same in pieces: what is compared, and how far that is. Plain data of its owner; the fields
 * are default_validator.c's. */
struct bl_comparing {
    struct bl_compare_flags flags;
    struct bl_compared_text {
        const char *bytes;
        size_t length, at;
        uint64_t line;
    } answer, output;
    bool spaced;   /* the white space before the next token is done */
    size_t inside; /* a long token: so many bytes of it are the same */
};

/* bl_compare_begin - the texts are borrowed until it is finished. */
void bl_compare_begin(struct bl_comparing *comparing, const struct bl_compare_flags *flags,
                      const char *answer, size_t answer_length, const char *output,
                      size_t output_length);

/* bl_compare_step - goes on for about `most` bytes of the two together (> 0). true: finished, *out
 * is set, as bl_compare() does. */
bool bl_compare_step(struct bl_comparing *comparing, size_t most, struct bl_comparison *out);

/* bl_compare_number - is the token a number, and which? */
bool bl_compare_number(const char *token, size_t length, double *value);

#endif
