#include "executor/base/text.h"

#include <assert.h>
#include <string.h>

char *bl_text_number(char *at, uint64_t number)
{
    char digits[BL_TEXT_NUMBER_MAX];
    size_t first = sizeof(digits);

    do
        digits[--first] = (char)('0' + number % 10);
    while (number /= 10);
    memcpy(at, digits + first, sizeof(digits) - first);
    at += sizeof(digits) - first;
    *at = '\0';
    return at;
}

char *bl_text_hex(char *at, uint64_t number, unsigned digits)
{
    assert(digits >= 1 && digits <= 16);
    at[digits] = '\0';
    for (unsigned i = digits; i > 0; i--, number >>= 4)
        at[i - 1] = "0123456789abcdef"[number & 15];
    return at + digits;
}

bool bl_text_copy(char *to, size_t room, const char *from)
{
    size_t length = strnlen(from, room);
    bool fits = length < room;

    assert(room > 0);
    length -= !fits;
    memcpy(to, from, length);
    to[length] = '\0';
    return fits;
}
