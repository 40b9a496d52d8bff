/* default_validator.c - the comparison; see default_validator.h. */
#include "limits/default_validator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct text {
    const char *bytes;
    size_t length, at;
    uint64_t line;
};

struct token {
    const char *bytes;
    size_t length;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool at_space(const struct text *text)
{
    return text->at < text->length && is_space(text->bytes[text->at]);
}

static void skip_one(struct text *text)
{
    text->line += text->bytes[text->at++] == '\n';
}

static struct token next_token(const struct text *text)
{
    struct token token = {text->bytes + text->at, 0};

    while (text->at + token.length < text->length && !is_space(token.bytes[token.length]))
        token.length++;
    return token;
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

static void mark(struct bl_comparison *out, const struct text *answer, const struct text *output)
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

/* White space before the next token. */
static bool compare_space(const struct bl_compare_flags *flags, struct text *answer,
                          struct text *output, struct bl_comparison *out)
{
    while (at_space(answer)) {
        if (flags->space_change_sensitive) {
            if (output->at == output->length ||
                output->bytes[output->at] != answer->bytes[answer->at]) {
                say(out, "white space differs", NULL, NULL);
                return false;
            }
            skip_one(output);
        }
        skip_one(answer);
    }
    while (at_space(output)) {
        if (flags->space_change_sensitive) {
            say(out, "more white space than expected", NULL, NULL);
            return false;
        }
        skip_one(output);
    }
    return true;
}

static bool same_text(const struct bl_compare_flags *flags, const struct token *a,
                      const struct token *b)
{
    if (a->length != b->length)
        return false;
    if (memcmp(a->bytes, b->bytes, a->length) == 0)
        return true;
    if (flags->case_sensitive)
        return false;
    for (size_t i = 0; i < a->length; i++) { /* not strncasecmp: it ends at a NUL */
        unsigned char x = (unsigned char)a->bytes[i], y = (unsigned char)b->bytes[i];

        x = x >= 'A' && x <= 'Z' ? (unsigned char)(x + 32) : x;
        y = y >= 'A' && y <= 'Z' ? (unsigned char)(y + 32) : y;
        if (x != y)
            return false;
    }
    return true;
}

static bool compare_token(const struct bl_compare_flags *flags, const struct token *expected,
                          const struct token *got, struct bl_comparison *out)
{
    bool tolerant = flags->absolute >= 0 || flags->relative >= 0;
    double judge, team, error;

    if (!tolerant || !bl_compare_number(expected->bytes, expected->length, &judge)) {
        if (same_text(flags, expected, got))
            return true;
        say(out, "different token", got, expected);
        return false;
    }
    if (!bl_compare_number(got->bytes, got->length, &team)) {
        say(out, "not a number", got, expected);
        return false;
    }
    error = fabs(judge - team);
    if (error <= flags->absolute || error <= flags->relative * fabs(judge))
        return true;
    say(out, "number beyond the tolerance", got, expected);
    return false;
}

/* false: out->reason says why. */
static bool compare_all(const struct bl_compare_flags *flags, struct text *answer,
                        struct text *output, struct bl_comparison *out)
{
    for (;;) {
        struct token expected, got;

        if (!compare_space(flags, answer, output, out))
            return false;
        expected = next_token(answer);
        got = next_token(output);
        if (!expected.length && !got.length)
            return true;
        if (!expected.length) {
            say(out, "output goes on after the answer's end", &got, NULL);
            return false;
        }
        if (!got.length) {
            say(out, output->at == 0 ? "no output" : "output ends too early", NULL, &expected);
            return false;
        }
        if (!compare_token(flags, &expected, &got, out))
            return false;
        answer->at += expected.length;
        output->at += got.length;
    }
}

void bl_compare(const struct bl_compare_flags *flags, const char *answer, size_t answer_length,
                const char *output, size_t output_length, struct bl_comparison *out)
{
    struct text judge = {answer, answer_length, 0, 1}, team = {output, output_length, 0, 1};

    *out = (struct bl_comparison){0};
    out->accepted = compare_all(flags, &judge, &team, out);
    mark(out, &judge, &team);
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
