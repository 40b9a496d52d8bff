#include "bailiff/utf8.h"

#include <string.h>

#include "bailiff/own.h"

static const char REPLACEMENT[BL_UTF8_GROWTH + 1] = "\xEF\xBF\xBD"; /* U+FFFD */

/* RFC 3629, section 4: the first byte, how many follow, and the range of the second; the rest are
 * 0x80 to 0xBF. */
static const struct {
    unsigned char first, last, follow, second_least, second_most;
} forms[] = {
    {0x00, 0x7F, 0, 0, 0},       {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF},
    {0xE1, 0xEC, 2, 0x80, 0xBF}, {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF},
    {0xF0, 0xF0, 3, 0x90, 0xBF}, {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F},
};

size_t bl_utf8_length(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t form = 0;

    if (length == 0)
        return 0;
    while (form < BL_ARRAY_LEN(forms) &&
           (bytes[0] < forms[form].first || bytes[0] > forms[form].last))
        form++;
    if (form == BL_ARRAY_LEN(forms) || length <= forms[form].follow)
        return 0;
    if (forms[form].follow &&
        (bytes[1] < forms[form].second_least || bytes[1] > forms[form].second_most))
        return 0;
    for (size_t i = 2; i <= forms[form].follow; i++) {
        if (bytes[i] < 0x80 || bytes[i] > 0xBF)
            return 0;
    }
    return forms[form].follow + 1u;
}

bool bl_utf8_valid(const char *text, size_t length)
{
    while (length > 0) {
        bool is_ascii = (unsigned char)*text < 0x80; /* most are: several times as fast */
        size_t step = is_ascii ? 1 : bl_utf8_length(text, length);

        if (step == 0 || *text == '\0')
            return false;
        text += step;
        length -= step;
    }
    return true;
}

size_t bl_utf8_clean(char *clean, const char *text, size_t length)
{
    size_t used = 0;

    while (length > 0) {
        size_t whole = bl_utf8_length(text, length), step = whole ? whole : 1;
        const char *from = whole ? text : REPLACEMENT;
        size_t put = whole ? whole : sizeof(REPLACEMENT) - 1;

        memcpy(clean + used, from, put);
        used += put;
        text += step;
        length -= step;
    }
    clean[used] = '\0';
    return used;
}
