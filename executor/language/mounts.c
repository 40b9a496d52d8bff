#include "executor/language/mounts.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

static bool has_mount(const struct bl_root *root, const char *target)
{
    for (uint32_t i = 0; i < root->entry_count; i++)
        if (strcmp(root->entries[i].target, target) == 0)
            return true;
    return false;
}

static int add_mounts(struct bl_plan *plan, unsigned root, const char *pattern, struct bl_err *err)
{
    glob_t found = {0};
    int result = glob(pattern, GLOB_NOSORT, NULL, &found);

    if (result != 0 && result != GLOB_NOMATCH)
        return bl_fail(err, BL_STEP_LANGUAGE, errno, "mounts: %s", pattern);
    result = 0;
    for (size_t i = 0; result == 0 && i < found.gl_pathc; i++)
        if (!has_mount(&plan->roots[root], found.gl_pathv[i]))
            result = bl_plan_add_entry(plan, root, BL_ENTRY_BIND, found.gl_pathv[i],
                                       found.gl_pathv[i], true, false, err);
    globfree(&found);
    return result;
}

int bl_language_mount(const struct bl_language *language, struct bl_plan *plan, unsigned root,
                      struct bl_err *err)
{
    for (const char *const *mount = language->mounts; *mount; mount++)
        if (add_mounts(plan, root, *mount, err))
            return -1;
    return 0;
}
