/* spool_put.c - files into a folder of the spool, under names that somebody else chose (process:
 * worker; see spool.h). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/spec.h"
#include "executor/job/spool.h"
#include "executor/sandbox/syscalls.h"
#include "limits/ceilings.h"

#define STAY_BELOW (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)

/* Two names that contradict each other ("a" and "a/b", or "a" twice) are the request's fault. */
static int fail_at(struct bl_err *err, const char *name)
{
    bool contradicts = errno == EEXIST || errno == ENOTDIR || errno == EISDIR || errno == ELOOP;

    return bl_fail(err, contradicts ? BL_STEP_INPUT : BL_STEP_SPOOL, errno, "%s", name);
}

static int open_folder(int parent_fd, const char *name)
{
    return bl_openat2(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, STAY_BELOW);
}

/* The folder that name's last component goes into, made where it is missing. */
static int open_parent(int folder_fd, const char *name, const char **last, struct bl_err *err)
{
    bl_autoclose int at = open_folder(folder_fd, ".");
    char component[BL_NAME_MAX + 1] = ".";

    for (const char *slash; at >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
        bl_autoclose int parent = bl_take_fd(&at);

        (void)snprintf(component, sizeof(component), "%.*s", (int)(slash - name), name);
        if (mkdirat(parent, component, 0755) != 0 && errno != EEXIST)
            return fail_at(err, component);
        at = open_folder(parent, component);
        if (at >= 0 && fchmod(at, 0755) != 0) /* as asked for, whatever the umask */
            return fail_at(err, component);
    }
    *last = name;
    return at >= 0 ? bl_take_fd(&at) : fail_at(err, component);
}

struct source {
    int fd; /* -1: bytes */
    const char *bytes;
    size_t length;
};

static int copy_file(int to, int from)
{
    off_t offset = 0;
    ssize_t moved;

    do
        moved = sendfile(to, from, &offset, INT_MAX & ~0xfff);
    while (moved > 0 || (moved < 0 && errno == EINTR));
    return moved == 0 ? 0 : -1;
}

static int copy_bytes(int to, const struct source *source)
{
    for (size_t done = 0; done < source->length;) {
        ssize_t written = write(to, source->bytes + done, source->length - done);

        if (written < 0 && errno != EINTR)
            return -1;
        done += written > 0 ? (size_t)written : 0;
    }
    return 0;
}

static int create(int folder_fd, const char *name, int *parent, const char **last, int *file,
                  struct bl_err *err)
{
    if (bl_name_check("a file's name", name, err) != 0)
        return -1;
    if (name[0] == '/')
        return bl_fail(err, BL_STEP_FIELD, 0, "a file's name: %s: must be relative", name);
    *parent = open_parent(folder_fd, name, last, err);
    if (*parent < 0)
        return -1;
    *file = bl_openat2(*parent, *last, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, STAY_BELOW);
    return *file >= 0 ? 0 : fail_at(err, name);
}

static int put(int folder_fd, const char *name, const struct source *source, unsigned mode,
               struct bl_err *err)
{
    bl_autoclose int parent = -1, file = -1;
    const char *last = name;

    if (create(folder_fd, name, &parent, &last, &file, err) != 0)
        return -1;
    if ((source->fd >= 0 ? copy_file(file, source->fd) : copy_bytes(file, source)) == 0 &&
        fchmod(file, (mode & 0777) | 0444) == 0)
        return 0;
    (void)bl_fail(err, BL_STEP_SPOOL, errno, "%s", name);
    (void)unlinkat(parent, last, 0); /* a part of a file is worse than none */
    return -1;
}

int bl_spool_create(int folder_fd, const char *name, unsigned mode, int *fd, struct bl_err *err)
{
    bl_autoclose int parent = -1;
    const char *last = name;

    *fd = -1;
    if (create(folder_fd, name, &parent, &last, fd, err) != 0)
        return -1;
    if (fchmod(*fd, (mode & 0777) | 0444) == 0)
        return 0;
    (void)bl_fail(err, BL_STEP_SPOOL, errno, "%s", name);
    bl_close_fd(fd);
    (void)unlinkat(parent, last, 0);
    return -1;
}

int bl_spool_put(int folder_fd, const char *name, int source_fd, unsigned mode, struct bl_err *err)
{
    return put(folder_fd, name, &(struct source){.fd = source_fd}, mode, err);
}

int bl_spool_put_bytes(int folder_fd, const char *name, const void *bytes, size_t length,
                       unsigned mode, struct bl_err *err)
{
    return put(folder_fd, name, &(struct source){.fd = -1, .bytes = bytes, .length = length}, mode,
               err);
}
