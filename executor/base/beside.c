#include "executor/base/beside.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/own_folder.h"

int bl_beside(char path[PATH_MAX], const char *name, const char *variable, enum bl_step step,
              struct bl_err *err)
{
    static const char *const folders[] = {".", "../libexec/bailiff"};
    const char *named = getenv(variable);
    char own[PATH_MAX];

    if (named) {
        (void)snprintf(path, PATH_MAX, "%s", named);
        return 0;
    }
    if (bl_own_folder(step, own, err) < 0)
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(folders); i++)
        if (snprintf(path, PATH_MAX, "%s/%s/%s", own, folders[i], name) < PATH_MAX &&
            access(path, X_OK) == 0)
            return 0;
    return bl_fail(err, step, ENOENT, "no %s in %s or its ../libexec/bailiff: install it again",
                   name, own);
}
