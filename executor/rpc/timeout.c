#include "executor/rpc/timeout.h"

#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

enum { DIGITS_MAX = 8, VALUE_MAX = 99999999 };

/* Finest first. */
static const struct {
    char letter;
    uint64_t ns;
} units[] = {
    {'n', 1},           {'u', BL_NS_PER_US},     {'m', BL_NS_PER_MS},
    {'S', BL_NS_PER_S}, {'M', 60 * BL_NS_PER_S}, {'H', 3600 * BL_NS_PER_S},
};

bool bl_rpc_timeout_parse(const char *text, uint64_t *ns)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t value = 0;

    if (digits == 0 || digits > DIGITS_MAX || text[digits] == '\0' || text[digits + 1] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    for (size_t i = 0; i < BL_ARRAY_LEN(units); i++) {
        if (units[i].letter != text[digits])
            continue;
        if (__builtin_mul_overflow(value, units[i].ns, ns))
            *ns = UINT64_MAX;
        return true;
    }
    return false;
}

const char *bl_rpc_timeout_format(uint64_t ns, char text[BL_RPC_TIMEOUT_TEXT_MAX])
{
    size_t unit = 0;

    while (unit < BL_ARRAY_LEN(units) - 1 && ns / units[unit].ns > VALUE_MAX - 1)
        unit++;
    (void)snprintf(text, BL_RPC_TIMEOUT_TEXT_MAX, "%u%c",
                   (unsigned)(ns / units[unit].ns + (ns % units[unit].ns != 0)),
                   units[unit].letter);
    return text;
}
