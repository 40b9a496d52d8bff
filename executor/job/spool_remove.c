#include "executor/job/spool_remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "executor/sandbox/syscalls.h"

static void empty_folder(int folder_fd)
{
    DIR *folder = fdopendir(folder_fd); /* takes it */

    if (!folder) {
        (void)close(folder_fd); /* the tree stays until the spool goes */
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            bl_spool_remove_tree(dirfd(folder), entry->d_name);
    (void)closedir(folder); /* read only */
}

void bl_spool_remove_tree(int parent_fd, const char *name)
{
    int inner;

    if (unlinkat(parent_fd, name, 0) == 0 || errno != EISDIR)
        return;
    inner = bl_openat2(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    if (inner >= 0)
        empty_folder(inner);
    (void)unlinkat(parent_fd, name, AT_REMOVEDIR); /* not empty: stays until the spool goes */
}
