#include "executor/cli/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/sandbox/syscalls.h"

enum {
    FOLDER_FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC,
    COPY_BUFFER = 64 * 1024,
};

/* A file that is being written: fd under the name temp, to become name, both in folder. */
struct pending {
    int folder, fd; /* owned */
    const char *name;
    char temp[32];
};

#define PENDING_NONE ((struct pending){.folder = -1, .fd = -1})

static int fail(struct bl_err *err, const char *name)
{
    return bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s", name);
}

/* Takes folder. mode: less the umask. */
static int begin(struct pending *file, int folder, const char *name, unsigned mode,
                 struct bl_err *err)
{
    unsigned long long random = 0;

    *file = (struct pending){.folder = folder, .fd = -1, .name = name};
    do {
        if (getrandom(&random, sizeof(random), 0) != sizeof(random))
            return fail(err, name);
        (void)snprintf(file->temp, sizeof(file->temp), ".bailiff-%016llx", random);
        file->fd = openat(folder, file->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                          (mode_t)mode);
    } while (file->fd < 0 && errno == EEXIST);
    return file->fd < 0 ? fail(err, name) : 0;
}

/* Some file systems tell of a failed write at the close only. */
static int finish(struct pending *file, struct bl_err *err)
{
    if (close(bl_take_fd(&file->fd)) < 0 ||
        renameat(file->folder, file->temp, file->folder, file->name) < 0)
        return fail(err, file->name);
    file->temp[0] = '\0';
    return 0;
}

static void release(struct pending *file)
{
    if (file->temp[0])
        (void)unlinkat(file->folder, file->temp, 0); /* what is left of a failure */
    bl_close_fd(&file->fd);
    bl_close_fd(&file->folder);
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);

        if (written < 0 && errno != EINTR)
            return -1;
        bytes += written < 0 ? 0 : written;
        length -= written < 0 ? 0 : (size_t)written;
    }
    return 0;
}

/* The folder of a path, O_PATH, and where its last component begins. */
static int open_folder(const char *path, const char **name, struct bl_err *err)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 1;
    char folder[PATH_MAX];
    int fd;

    if (length >= sizeof(folder)) {
        errno = ENAMETOOLONG;
        return fail(err, path);
    }
    memcpy(folder, slash ? path : ".", length);
    folder[length] = '\0';
    *name = slash ? slash + 1 : path;
    fd = open(folder, FOLDER_FLAGS);
    return fd < 0 ? fail(err, path) : fd;
}

/* Opens what is written through. A named pipe that nobody reads is ENXIO, at once: who waits for
 * its reader here can't be asked to end any more. */
static int open_through(int folder, const char *name)
{
    bl_autoclose int fd =
        openat(folder, name, O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
        return -1;
    return bl_take_fd(&fd);
}

/* Is there something at the name that must be written through, not replaced? */
static bool is_special(int folder, const char *name)
{
    struct stat is;

    return fstatat(folder, name, &is, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(is.st_mode);
}

int bl_whole_file_check(const char *path, struct bl_err *err)
{
    const char *name = NULL;
    bl_autoclose int folder = open_folder(path, &name, err);
    struct stat is;

    if (folder < 0)
        return -1;
    if (!name[0] || (fstatat(folder, name, &is, 0) == 0 && S_ISDIR(is.st_mode)))
        return bl_fail(err, BL_STEP_FILE_WRITE, EISDIR, "%s", path);
    if (faccessat(folder, is_special(folder, name) ? name : ".", W_OK, AT_EACCESS) < 0)
        return fail(err, path);
    return 0;
}

int bl_whole_file_write(const char *path, const void *bytes, size_t length, struct bl_err *err)
{
    const char *name = NULL;
    bl_autoclose int folder = open_folder(path, &name, err);
    struct pending file = PENDING_NONE;
    int status;

    if (folder < 0)
        return -1;
    if (is_special(folder, name)) {
        bl_autoclose int through = open_through(folder, name);

        if (through < 0 || write_all(through, bytes, length) < 0)
            return fail(err, path);
        return 0;
    }
    status = begin(&file, bl_take_fd(&folder), name, 0666, err);
    if (status == 0 && write_all(file.fd, bytes, length) < 0)
        status = fail(err, path);
    if (status == 0)
        status = finish(&file, err);
    release(&file);
    return status;
}

/* The folder that name lies in, beneath folder_fd; made where it is missing, one by one, never
 * through a link. *last: where the last component begins. */
static int open_beneath(int folder_fd, const char *name, const char **last, struct bl_err *err)
{
    bl_autoclose int at = openat(folder_fd, ".", FOLDER_FLAGS);
    char component[NAME_MAX + 1];
    const char *slash;

    for (*last = name; at >= 0 && (slash = strchr(*last, '/')); *last = slash + 1) {
        size_t length = (size_t)(slash - *last);
        int next;

        if (length >= sizeof(component)) {
            errno = ENAMETOOLONG;
            return fail(err, name);
        }
        memcpy(component, *last, length);
        component[length] = '\0';
        if (mkdirat(at, component, 0777) < 0 && errno != EEXIST)
            return fail(err, name);
        next = bl_openat2(at, component, FOLDER_FLAGS, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        bl_close_fd(&at);
        at = next;
    }
    return at < 0 ? fail(err, name) : bl_take_fd(&at);
}

static int copy_all(int from, int to, const char *name, struct bl_err *err)
{
    char buffer[COPY_BUFFER];
    off_t offset = 0;
    ssize_t got;

    while ((got = pread(from, buffer, sizeof(buffer), offset)) != 0) {
        if (got < 0)
            return bl_fail(err, BL_STEP_FILE_READ, errno, "%s", name);
        if (write_all(to, buffer, (size_t)got) < 0)
            return fail(err, name);
        offset += got;
    }
    return 0;
}

/* Takes folder. */
static int copy_into(int folder, const char *name, int source_fd, unsigned mode, struct bl_err *err)
{
    struct pending file = PENDING_NONE;
    int status = begin(&file, folder, name, mode & 0777, err);

    if (status == 0)
        status = copy_all(source_fd, file.fd, name, err);
    if (status == 0)
        status = finish(&file, err);
    release(&file);
    return status;
}

int bl_whole_file_copy(const char *path, int source_fd, unsigned mode, struct bl_err *err)
{
    const char *name = NULL;
    bl_autoclose int folder = open_folder(path, &name, err);

    if (folder < 0)
        return -1;
    if (is_special(folder, name)) {
        bl_autoclose int through = open_through(folder, name);

        return through < 0 ? fail(err, path) : copy_all(source_fd, through, path, err);
    }
    return copy_into(bl_take_fd(&folder), name, source_fd, mode, err);
}

int bl_whole_file_copy_beneath(int folder_fd, const char *name, int source_fd, unsigned mode,
                               struct bl_err *err)
{
    const char *last = NULL;
    bl_autoclose int folder = open_beneath(folder_fd, name, &last, err);

    if (folder < 0)
        return -1;
    if (!last[0] || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return bl_fail(err, BL_STEP_FILE_WRITE, EINVAL, "%s", name);
    if (is_special(folder, last))
        return bl_fail(err, BL_STEP_FILE_WRITE, EEXIST, "%s is no regular file", name);
    return copy_into(bl_take_fd(&folder), last, source_fd, mode, err);
}
