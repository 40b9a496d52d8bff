#include "executor/cli/printable.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bailiff/error_words.h"
#include "bailiff/own.h"
#include "bailiff/utf8.h"

enum { LINE_MAX_BYTES = 1024 };

/* Code points that show nothing of themselves and change what is around them. */
static const struct {
    uint32_t first, last;
} marks[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     {0x00AD, 0x00AD}, {0x061C, 0x061C},
    {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
    {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFB}, {0xE0000, 0xE0FFF},
};

static uint32_t code_point(const unsigned char *bytes, size_t length)
{
    static const unsigned char heads[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = bytes[0] & heads[length];

    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3Fu);
    return code;
}

static bool shows_itself(uint32_t code)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(marks); i++) {
        if (code >= marks[i].first && code <= marks[i].last)
            return false;
    }
    return true;
}

size_t bl_printable(char *out, size_t room, const void *bytes, size_t length)
{
    static const char cut[] = "...";
    const char *from = bytes;
    size_t at = 0, last_fit = 0; /* where "..." would still fit */

    while (length > 0) {
        size_t whole = bl_utf8_length(from, length), used = whole ? whole : 1;
        bool shows = whole && shows_itself(code_point((const unsigned char *)from, whole));
        size_t needs = shows ? used : 1;

        if (at + needs >= room) {
            memcpy(out + last_fit, cut, sizeof(cut));
            return last_fit + sizeof(cut) - 1;
        }
        if (shows)
            memcpy(out + at, from, needs);
        else
            out[at] = '?';
        at += needs;
        last_fit = at + sizeof(cut) <= room ? at : last_fit;
        from += used;
        length -= used;
    }
    out[at] = '\0';
    return at;
}

/* Tabs would be '?': the pieces between them are printed one by one. */
static void print_line(FILE *to, const char *prefix, const char *line, size_t length)
{
    char text[LINE_MAX_BYTES];

    (void)fputs(prefix, to);
    while (length > 0) {
        const char *tab = memchr(line, '\t', length);
        size_t piece = tab ? (size_t)(tab - line) : length;

        (void)bl_printable(text, sizeof(text), line, piece);
        fprintf(to, "%s%s", text, tab ? "\t" : "");
        piece += tab != NULL;
        line += piece;
        length -= piece;
    }
    (void)fputc('\n', to);
}

void bl_print_lines(FILE *to, const char *prefix, const void *bytes, size_t length, size_t most)
{
    const char *from = bytes;

    for (size_t i = 0; length > 0; i++) {
        const char *end = memchr(from, '\n', length);
        size_t line = end ? (size_t)(end - from) : length;

        if (i == most) {
            fprintf(to, "%s(%zu more bytes)\n", prefix, length);
            return;
        }
        print_line(to, prefix, from, line);
        line += end != NULL;
        from += line;
        length -= line;
    }
}

void bl_complain(const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX], shown[BL_ERROR_TEXT_MAX];

    (void)bl_error_text(err, text);
    (void)bl_printable(shown, sizeof(shown), text, strlen(text));
    fprintf(stderr, "bailiff: %s\n", shown);
}

int bl_output_finish(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "bailiff: cannot write to standard output: %s\n", strerror(errno));
    return -1;
}
