#include "tests/support/census.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "limits/cgroup_backend.h"

static unsigned count_below(const char *place, unsigned index)
{
    char path[2 * BL_CGROUP_PATH_MAX + 64];
    unsigned count = 0;

    (void)snprintf(path, sizeof(path), "%s/bailiff/i%u", place, index);
    DIR *instance = opendir(path);
    if (!instance)
        return 0;
    for (const struct dirent *entry; (entry = readdir(instance));)
        count += entry->d_type == DT_DIR && entry->d_name[0] == 's';
    (void)closedir(instance); /* read only */
    return count;
}

unsigned bl_census_groups(const char *place, unsigned index)
{
    struct bl_cgroup_tree tree = {0};
    unsigned count = 0;
    struct bl_err ignored; /* told as UINT_MAX */

    if (bl_cgroup_find(&tree, place[0] ? place : NULL, &ignored) < 0)
        return UINT_MAX;
    for (unsigned i = 0; i < tree.hierarchy_count; i++) {
        char *path = tree.hierarchies[i].path, *end = path + strlen(path);
        const char *floor = tree.version == 1 ? end : path + tree.path_floor;

        for (; end && end >= floor; end = strrchr(path, '/')) {
            *end = '\0';
            count += count_below(path, index);
        }
    }
    return count;
}
