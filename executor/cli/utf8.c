#include "executor/cli/utf8.h"

#include <string.h>

#include "bailiff/own.h"
#include "bailiff/utf8.h"

json_t *bl_utf8_json(const char *text)
{
    size_t length = strlen(text);
    bl_autofree char *clean = malloc(BL_UTF8_GROWTH * length + 1);

    if (!clean)
        return NULL;
    return json_stringn(clean, bl_utf8_clean(clean, text, length));
}
