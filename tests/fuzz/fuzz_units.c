/* What people write: sizes, times, counts, CPU lists, names. Whatever is taken stays within its
 * bounds, and a value that was printed exactly is read back as the same value. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "limits/ceilings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum bl_units_result parser(const char *text, uint64_t *value);
typedef const char *printer(uint64_t value, char text[BL_UNITS_TEXT_MAX]);

/* The printed text has a blank before its unit, which the parser refuses. Where it was cut at three
 * decimals it need not be a whole number of bytes or nanoseconds. */
static void read_back(parser *parse, printer *print, uint64_t value)
{
    char text[BL_UNITS_TEXT_MAX], *blank;
    enum bl_units_result result;
    uint64_t again = 0;

    blank = strchr(print(value, text), ' ');
    memmove(blank, blank + 1, strlen(blank));
    result = parse(text, &again);
    assert(result == BL_UNITS_TOO_FINE || result == BL_UNITS_OK);
    assert(result == BL_UNITS_TOO_FINE || (again <= value && value - again <= value / 1000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bl_autofree char *text = calloc(1, size + 1);
    struct bl_limits limits = bl_limits_default();
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);
    struct bl_err err;
    uint64_t value;

    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    if (bl_parse_size(text, &value) == BL_UNITS_OK)
        read_back(bl_parse_size, bl_format_size, value);
    if (bl_parse_time(text, &value) == BL_UNITS_OK)
        read_back(bl_parse_time, bl_format_time, value);
    for (size_t i = 0; i < count; i++) {
        (void)bl_limit_parse(&limits, &rows[i], text, &err);
        value = bl_limit_get(&limits, &rows[i]);
        assert(value >= rows[i].least && value <= rows[i].most);
    }
    if (bl_name_check("name", text, &err) == 0)
        assert(*text && strlen(text) <= BL_NAME_MAX && !strstr(text, "/../"));
    if (bl_cpuset_check(text, &err) == 0)
        assert(strlen(text) < BL_CPUSET_MAX && strspn(text, "0123456789,-") == strlen(text));
    return 0;
}
