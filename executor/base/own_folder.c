#include "executor/base/own_folder.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWN "/proc/self/exe"

static bool is_ourselves(const char *path)
{
    struct stat named, own;

    return stat(path, &named) == 0 && stat(OWN, &own) == 0 && named.st_dev == own.st_dev &&
           named.st_ino == own.st_ino;
}

/* The link says a path from the root of the mount namespace in which we were started. After
 * unshare(CLONE_NEWNS) in a chroot that is no longer a path of ours; the one that we were started
 * by still is. */
static bool find_started(char path[PATH_MAX])
{
    const char *started = (const char *)getauxval(AT_EXECFN); /* NULL: the kernel did not say */

    return started && realpath(started, path) && is_ourselves(path);
}

int bl_own_folder(enum bl_step step, char folder[PATH_MAX], struct bl_err *err)
{
    char started[PATH_MAX];
    ssize_t length = readlink(OWN, folder, PATH_MAX - 1);

    if (length < 0)
        return bl_fail(err, step, errno, OWN);
    folder[length] = '\0';
    /* Neither: it was replaced while it ran, and lies where the link says. */
    if (!is_ourselves(folder) && find_started(started))
        strcpy(folder, started);  /* both PATH_MAX */
    *strrchr(folder, '/') = '\0'; /* both are absolute */
    return 0;
}
