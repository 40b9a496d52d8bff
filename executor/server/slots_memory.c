/* slots_memory.c - how much memory there is for programs; see slots_read.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/server/slots_read.h"

enum { LINE_MAX_BYTES = 8 * 1024 };

#define LEAST_RESERVE (256 * BL_MIB)

#define bl_autofclose __attribute__((cleanup(close_stream)))

static void close_stream(FILE **stream)
{
    if (*stream)
        (void)fclose(*stream); /* only read from */
}

static bool holds_memory(const struct bl_cgroup_mount *mount)
{
    return mount->unified || (mount->controllers & BL_CGROUP_HAS(MEMORY));
}

/* The own path in that mount's hierarchy. */
static bool find_own(const struct bl_cgroup_mount *mount, const char *own_cgroups,
                     struct bl_cgroup_own *own)
{
    bl_autofclose FILE *stream = fopen(own_cgroups, "re");
    char line[LINE_MAX_BYTES];

    while (stream && fgets(line, sizeof(line), stream)) {
        if (bl_cgroup_parse_own(line, strlen(line), own) && own->unified == mount->unified &&
            (own->unified || (own->controllers & BL_CGROUP_HAS(MEMORY))))
            return true;
    }
    return false;
}

static void lower_to_file(uint64_t *bytes, const char *path)
{
    bl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    char text[64];
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text));
    uint64_t limit;

    if (length > 0 && bl_cgroup_parse_number(text, (size_t)length, &limit) && limit < *bytes)
        *bytes = limit;
}

/* From the own group up to the mount's top: each may be narrower than those below it. */
static void lower_to_limits(uint64_t *bytes, const struct bl_cgroup_mount *mount, const char *below)
{
    char group[2 * BL_CGROUP_PATH_MAX], path[2 * BL_CGROUP_PATH_MAX + 32];
    size_t top = strlen(mount->point);

    (void)snprintf(group, sizeof(group), "%s%s", mount->point, strcmp(below, "/") ? below : "");
    for (;;) {
        char *slash = strrchr(group, '/');

        (void)snprintf(path, sizeof(path), "%s/%s", group,
                       mount->unified ? "memory.max" : "memory.limit_in_bytes");
        lower_to_file(bytes, path);
        if (!slash || strlen(group) <= top)
            return;
        *slash = '\0';
    }
}

void bl_memory_read_from(uint64_t *bytes, const char *mountinfo, const char *own_cgroups,
                         uint64_t physical_bytes)
{
    bl_autofclose FILE *stream = fopen(mountinfo, "re");
    struct bl_cgroup_mount mount;
    struct bl_cgroup_own own;
    char line[LINE_MAX_BYTES];

    *bytes = physical_bytes;
    while (stream && fgets(line, sizeof(line), stream)) {
        const char *below = NULL;

        if (bl_cgroup_parse_mount(line, strlen(line), &mount) && holds_memory(&mount) &&
            find_own(&mount, own_cgroups, &own))
            below = bl_cgroup_below(own.path, mount.root);
        if (below)
            lower_to_limits(bytes, &mount, below);
    }
}

int bl_memory_read(uint64_t *bytes, struct bl_err *err)
{
    struct sysinfo info;

    if (sysinfo(&info) != 0)
        return bl_fail(err, BL_STEP_MACHINE, errno, "sysinfo");
    bl_memory_read_from(bytes, "/proc/self/mountinfo", "/proc/self/cgroup",
                        (uint64_t)info.totalram * info.mem_unit);
    return 0;
}

uint64_t bl_memory_budget(uint64_t bytes)
{
    uint64_t reserve = bytes / 8 > LEAST_RESERVE ? bytes / 8 : LEAST_RESERVE;

    return bytes - (reserve < bytes / 2 ? reserve : bytes / 2);
}
