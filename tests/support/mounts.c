#include "tests/support/mounts.h"

#include <string.h>

#include "bailiff/own.h"

/* Where tests mount something. As in tests/e2e/mounts.py. */
static bool is_others(const char *line)
{
    static const char *const folders[] = {"/tmp/bailiffd-", "/tmp/bailiff-site-",
                                          "/tmp/bailiff-chaos-", "/tmp/store-full-"};

    for (size_t i = 0; i < BL_ARRAY_LEN(folders); i++)
        if (strstr(line, folders[i]))
            return true;
    return false;
}

bool bl_mounts_next(FILE *mountinfo, char **line, size_t *room)
{
    while (getline(line, room, mountinfo) > 0)
        if (!is_others(*line))
            return true;
    return false;
}

unsigned bl_mounts_count(pid_t pid)
{
    bl_autofree char *line = NULL;
    char path[48];
    unsigned count = 0;
    size_t room = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    while (bl_mounts_next(file, &line, &room))
        count++;
    (void)fclose(file); /* read only */
    return count;
}
