/* launch_read.c - taking an exec order apart (process: the program's; plain arithmetic only). */
#include <errno.h>
#include <string.h>

#include "executor/sandbox/launch.h"

/* Splits `count` strings off at *at into pointers. */
static int split(char **at, const char *end, char **pointers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char *nul = memchr(*at, '\0', (size_t)(end - *at));
        if (!nul)
            return -1;
        pointers[i] = *at;
        *at = nul + 1;
    }
    pointers[count] = NULL;
    return 0;
}

int bl_launch_read(struct bl_launch_words *out, char *bytes, size_t length)
{
    struct bl_launch header;
    char *at = bytes + sizeof(header), *end = bytes + length;
    char *first[2];

    errno = EPROTO;
    if (length < sizeof(header))
        return -1;
    memcpy(&header, bytes, sizeof(header));
    if (header.argc < 1 || header.argc > BL_ARGS_MAX || header.envc > BL_ARGS_MAX - header.argc ||
        split(&at, end, first, 1) < 0 || split(&at, end, out->argv, header.argc) < 0 ||
        split(&at, end, out->envp, header.envc) < 0 || at != end)
        return -1;
    out->workdir = first[0];
    return 0;
}
