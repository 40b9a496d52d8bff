/* cgroup_at.c - control files by directory descriptor and name. Runs in the warden. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

int bl_cgroup_open_dir(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int bl_cgroup_write_at(int directory, const char *file, const char *value)
{
    bl_autoclose int fd = openat(directory, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t put;

    if (fd < 0)
        return -1;
    do
        put = write(fd, value, strlen(value));
    while (put < 0 && errno == EINTR);
    return put < 0 ? -1 : 0;
}

ssize_t bl_cgroup_read_at(int directory, const char *file, char *text, size_t room)
{
    bl_autoclose int fd = openat(directory, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return -1;
    do
        got = read(fd, text, room);
    while (got < 0 && errno == EINTR);
    return got;
}

ssize_t bl_cgroup_read_pids(int directory, int *pids, size_t room, bool *all_seen)
{
    char text[4096];
    ssize_t length = bl_cgroup_read_at(directory, "cgroup.procs", text, sizeof(text));
    size_t count, lines = 0;

    if (length < 0)
        return -1;
    for (ssize_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    count = bl_cgroup_parse_pids(text, (size_t)length, pids, room);
    *all_seen = count == lines && (size_t)length < sizeof(text);
    return (ssize_t)count;
}
