#include "proto/path.h"

/* Returns how much of text is used. */
static size_t write_out(const struct bl_path *path, char text[BL_PATH_TEXT_MAX])
{
    size_t used = path->up ? write_out(path->up, text) : 0;
    size_t room = BL_PATH_TEXT_MAX - used;
    int length;

    if (path->index == BL_PATH_ALONE)
        length = snprintf(text + used, room, "%s%s", path->up ? "." : "", path->name);
    else
        length =
            snprintf(text + used, room, "%s%s[%zu]", path->up ? "." : "", path->name, path->index);
    return length < 0 || (size_t)length >= room ? BL_PATH_TEXT_MAX - 1 : used + (size_t)length;
}

const char *bl_path_text(const struct bl_path *path, char text[BL_PATH_TEXT_MAX])
{
    if (!path)
        return "the message";
    (void)write_out(path, text);
    return text;
}

void bl_err_fill_at(struct bl_err *err, const struct bl_path *path, const char *format, ...)
{
    char text[BL_PATH_TEXT_MAX], detail[BL_ERR_DETAIL_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(detail, sizeof(detail), format, args); /* a cut detail will do */
    va_end(args);
    bl_err_fill(err, BL_STEP_FIELD, 0, "%s: %s", bl_path_text(path, text), detail);
}
