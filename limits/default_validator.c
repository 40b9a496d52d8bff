/* default_validator.c - the comparison; see default_validator.h. */
#include "limits/default_validator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PIECE_BYTES = 64 * 1024, /* of a long token, before the work done is looked at */
    SKIP_BYTES = 4096,       /* looked at for being the same */
};

struct token {
    const char *bytes;
    size_t length;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool at_space(const struct bl_compared_text *text)
{
    return text->at < text->length && is_space(text->bytes[text->at]);
}

static void skip_one(struct bl_compared_text *text)
{
    text->line += text->bytes[text->at++] == '\n';
}

static bool goes_on(const struct bl_compared_text *text, size_t inside)
{
    return text->at + inside < text->length && !is_space(text->bytes[text->at + inside]);
}

/* The next token, or as much of it as tells that it is a long one. */
static struct token next_token(const struct bl_compared_text *text)
{
    struct token token = {text->bytes + text->at, 0};

    while (token.length <= BL_NUMBER_BYTES_MAX && goes_on(text, token.length))
        token.length++;
    return token;
}

static bool is_long(const struct token *token)
{
    return token->length > BL_NUMBER_BYTES_MAX;
}

/* Appends a token for people: cut after 30 bytes, what is not printable as \xNN. */
static void quote(char *text, size_t size, const struct token *token)
{
    size_t used = strlen(text);

    for (size_t i = 0; i < token->length && i < 30 && used + 8 < size; i++) {
        unsigned char c = (unsigned char)token->bytes[i];
        bool plain = c >= 0x20 && c < 0x7f && c != '\\';
        used += (size_t)snprintf(text + used, size - used, plain ? "%c" : "\\x%02x", c);
    }
    if (token->length > 30 && used + 4 < size)
        (void)snprintf(text + used, size - used, "..."); /* room was looked at */
}

static void say(struct bl_comparison *out, const char *what, const struct token *got,
                const struct token *expected)
{
    (void)snprintf(out->reason, sizeof(out->reason), "%s", what); /* our own short words */
    if (got) {
        strcat(out->reason, ": got '");
        quote(out->reason, 100, got);
        strcat(out->reason, "'");
    }
    if (expected) {
        strcat(out->reason, got ? ", expected '" : ": expected '");
        quote(out->reason, sizeof(out->reason) - 2, expected);
        strcat(out->reason, "'");
    }
}

static void mark(struct bl_comparison *out, const struct bl_compared_text *answer,
                 const struct bl_compared_text *output)
{
    out->answer_offset = answer->at;
    out->answer_line = answer->line;
    out->output_offset = output->at;
    out->output_line = output->line;
}

bool bl_compare_number(const char *token, size_t length, double *value)
{
    char copy[BL_NUMBER_BYTES_MAX + 1], *end;
    const char *marks;

    if (length == 0 || length > BL_NUMBER_BYTES_MAX || memchr(token, '\0', length))
        return false;
    memcpy(copy, token, length);
    copy[length] = '\0';
    *value = strtod(copy, &end);
    if (end == copy || !isfinite(*value))
        return false;
    /* sscanf() swallows an exponent's mark and sign before it knows that no digit follows, and then
     * takes the number without them; one with an exponent already is at its end. */
    marks = strpbrk(copy, "xX") ? "pP" : "eE";
    if (*end && strchr(marks, *end) && strpbrk(copy, marks) == end) {
        end++;
        if (*end == '+' || *end == '-')
            end++;
    }
    return *end == '\0';
}

/* How a piece of the work ended. */
enum progress { GOES_ON, SAME, DIFFERENT };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t less = a < b ? a : b;

    return less < c ? less : c;
}

/* What is the same byte for byte is the same by any flags, and most outputs are, all of them: up to
 * the last white space of a piece, so that no token is cut. */
static bool skip_same(struct bl_comparing *c)
{
    struct bl_compared_text *answer = &c->answer, *output = &c->output;
    size_t length = least(answer->length - answer->at, output->length - output->at, SKIP_BYTES);
    const char *bytes = answer->bytes + answer->at;
    uint64_t lines = 0;

    if (memcmp(bytes, output->bytes + output->at, length) != 0)
        return false;
    while (length > 0 && !is_space(bytes[length - 1]))
        length--;
    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    answer->at += length;
    output->at += length;
    answer->line += lines;
    output->line += lines;
    return length > 0;
}

/* A bit of the white space before the next token; SAME: there is none left. */
static enum progress compare_space(struct bl_comparing *c, struct bl_comparison *out)
{
    struct bl_compared_text *answer = &c->answer, *output = &c->output;

    if (skip_same(c))
        return GOES_ON;
    if (at_space(answer)) {
        if (c->flags.space_change_sensitive) {
            if (output->at == output->length ||
                output->bytes[output->at] != answer->bytes[answer->at]) {
                say(out, "white space differs", NULL, NULL);
                return DIFFERENT;
            }
            skip_one(output);
        }
        skip_one(answer);
        return GOES_ON;
    }
    if (!at_space(output))
        return SAME;
    if (c->flags.space_change_sensitive) {
        say(out, "more white space than expected", NULL, NULL);
        return DIFFERENT;
    }
    skip_one(output);
    return GOES_ON;
}

static unsigned char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : (unsigned char)c;
}

/* Not strncasecmp: it ends at a NUL. */
static bool same_bytes(const struct bl_compare_flags *flags, const char *a, const char *b,
                       size_t length)
{
    if (memcmp(a, b, length) == 0)
        return true;
    if (flags->case_sensitive)
        return false;
    for (size_t i = 0; i < length; i++)
        if (folded(a[i]) != folded(b[i]))
            return false;
    return true;
}

/* A piece of two tokens that are too long to be numbers; SAME: both ended. */
static enum progress compare_long(struct bl_comparing *c, const struct token *expected,
                                  const struct token *got, struct bl_comparison *out)
{
    const char *of_answer = expected->bytes + c->inside, *of_output = got->bytes + c->inside;
    size_t run = 0;

    while (run < PIECE_BYTES && goes_on(&c->answer, c->inside + run) &&
           goes_on(&c->output, c->inside + run))
        run++;
    if (same_bytes(&c->flags, of_answer, of_output, run)) {
        c->inside += run;
        if (run == PIECE_BYTES)
            return GOES_ON;
        if (goes_on(&c->answer, c->inside) == goes_on(&c->output, c->inside))
            return SAME;
    }
    say(out, "different token", got, expected);
    return DIFFERENT;
}

/* Two tokens; a long one is compared piece by piece and is never a number. */
static enum progress compare_tokens(struct bl_comparing *c, const struct token *expected,
                                    const struct token *got, struct bl_comparison *out)
{
    const struct bl_compare_flags *flags = &c->flags;
    bool tolerant = flags->absolute >= 0 || flags->relative >= 0;
    double judge, team, error;

    if (!tolerant || !bl_compare_number(expected->bytes, expected->length, &judge)) {
        if (is_long(expected) && is_long(got))
            return compare_long(c, expected, got, out);
        c->inside = expected->length;
        if (expected->length == got->length &&
            same_bytes(flags, expected->bytes, got->bytes, expected->length))
            return SAME;
        say(out, "different token", got, expected);
        return DIFFERENT;
    }
    c->inside = expected->length;
    if (!bl_compare_number(got->bytes, got->length, &team)) {
        say(out, "not a number", got, expected);
        return DIFFERENT;
    }
    error = fabs(judge - team);
    if (error <= flags->absolute || error <= flags->relative * fabs(judge))
        return SAME;
    say(out, "number beyond the tolerance", got, expected);
    return DIFFERENT;
}

/* Behind the white space: the next two tokens. SAME: both texts are at their end. */
static enum progress compare_next(struct bl_comparing *c, struct bl_comparison *out)
{
    struct token expected = next_token(&c->answer), got = next_token(&c->output);
    enum progress progress;

    if (!expected.length && !got.length)
        return SAME;
    if (!expected.length) {
        say(out, "output goes on after the answer's end", &got, NULL);
        return DIFFERENT;
    }
    if (!got.length) {
        say(out, c->output.at == 0 ? "no output" : "output ends too early", NULL, &expected);
        return DIFFERENT;
    }
    progress = compare_tokens(c, &expected, &got, out);
    if (progress != SAME)
        return progress;
    c->answer.at += c->inside;
    c->output.at += is_long(&got) ? c->inside : got.length;
    c->inside = 0;
    c->spaced = false;
    return GOES_ON;
}

void bl_compare_begin(struct bl_comparing *comparing, const struct bl_compare_flags *flags,
                      const char *answer, size_t answer_length, const char *output,
                      size_t output_length)
{
    *comparing = (struct bl_comparing){
        .flags = *flags,
        .answer = {answer, answer_length, 0, 1},
        .output = {output, output_length, 0, 1},
    };
}

static size_t work_done(const struct bl_comparing *c)
{
    return c->answer.at + c->output.at + 2 * c->inside;
}

bool bl_compare_step(struct bl_comparing *c, size_t most, struct bl_comparison *out)
{
    size_t before = work_done(c);
    enum progress progress = GOES_ON;

    *out = (struct bl_comparison){0};
    while (progress == GOES_ON && work_done(c) - before < most) {
        progress = c->spaced ? compare_next(c, out) : compare_space(c, out);
        if (progress == SAME && !c->spaced) {
            c->spaced = true;
            progress = GOES_ON;
        }
    }
    if (progress == GOES_ON)
        return false;
    out->accepted = progress == SAME;
    mark(out, &c->answer, &c->output);
    return true;
}

void bl_compare(const struct bl_compare_flags *flags, const char *answer, size_t answer_length,
                const char *output, size_t output_length, struct bl_comparison *out)
{
    struct bl_comparing comparing;

    bl_compare_begin(&comparing, flags, answer, answer_length, output, output_length);
    while (!bl_compare_step(&comparing, SIZE_MAX, out))
        ;
}

static int parse_tolerance(double *tolerance, const char *const *arg, struct bl_err *err)
{
    if (!arg[1] || !bl_compare_number(arg[1], strlen(arg[1]), tolerance))
        return bl_fail(err, BL_STEP_PACKAGE, 0, "validator flag %s needs a number behind it",
                       arg[0]);
    return 0;
}

int bl_compare_flags_parse(struct bl_compare_flags *flags, const char *const *args,
                           struct bl_err *err)
{
    unsigned absolute = 0, relative = 0;

    *flags = (struct bl_compare_flags){.absolute = -1, .relative = -1};
    for (const char *const *arg = args; *arg; arg++) {
        if (strcmp(*arg, "case_sensitive") == 0) {
            flags->case_sensitive = true;
        } else if (strcmp(*arg, "space_change_sensitive") == 0) {
            flags->space_change_sensitive = true;
        } else if (strcmp(*arg, "float_absolute_tolerance") == 0) {
            absolute++;
            if (parse_tolerance(&flags->absolute, arg++, err))
                return -1;
        } else if (strcmp(*arg, "float_relative_tolerance") == 0) {
            relative++;
            if (parse_tolerance(&flags->relative, arg++, err))
                return -1;
        } else if (strcmp(*arg, "float_tolerance") == 0) {
            absolute++;
            relative++;
            if (parse_tolerance(&flags->relative, arg++, err))
                return -1;
            flags->absolute = flags->relative;
        } else {
            return bl_fail(err, BL_STEP_PACKAGE, 0, "the default validator has no flag '%.60s'",
                           *arg);
        }
    }
    flags->repeated = absolute > 1 || relative > 1;
    return 0;
}
