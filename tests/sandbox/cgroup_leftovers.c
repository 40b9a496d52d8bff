#include "tests/sandbox/cgroup_leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bailiff/own.h"

int leftovers_claim(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
        bl_close_fd(&fd);
    return fd;
}

static bool is_dead(const char *name)
{
    char *end;
    long pid = strtol(name + strlen(TESTS_GROUP_PREFIX), &end, 10);

    return *end == '\0' && pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static void remove_group(int parent, const char *name);

static void remove_below(int group)
{
    DIR *directory = fdopendir(dup(group));

    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
            remove_group(group, entry->d_name);
    (void)closedir(directory);
}

static void remove_group(int parent, const char *name)
{
    bl_autoclose int group = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (group < 0 || flock(group, LOCK_EX | LOCK_NB) < 0)
        return;
    remove_below(group);
    (void)unlinkat(parent, name, AT_REMOVEDIR); /* EBUSY: somebody is in it */
}

void leftovers_sweep(const char *mount_point)
{
    DIR *directory = opendir(mount_point);

    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (strncmp(entry->d_name, TESTS_GROUP_PREFIX, strlen(TESTS_GROUP_PREFIX)) == 0 &&
            is_dead(entry->d_name))
            remove_group(dirfd(directory), entry->d_name);
    (void)closedir(directory);
}
