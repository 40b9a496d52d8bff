/* The start: taking the folder, and going through what an earlier process left in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/file.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/server/store_folder.h"

static const char mark_name[] = BL_STORE_MARK;
static const char mark_text[] = "bailiff store 1\n"; /* a later form has another number */

static bool is_of_no_concern(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "lost+found") == 0 ||
           strcmp(name, mark_name) == 0;
}

/* A stream of its own on the folder, from its beginning. */
static DIR *list(int folder_fd)
{
    bl_autoclose int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;

    if (stream)
        (void)bl_take_fd(&fd); /* the stream's now */
    return stream;
}

static int check_is_empty(int folder_fd, const char *path, struct bl_err *err)
{
    DIR *stream = list(folder_fd);
    int result = 0;

    if (!stream)
        return bl_fail(err, BL_STEP_STORE, errno, "%s", path);
    for (const struct dirent *entry; result == 0 && (entry = readdir(stream));) {
        if (!is_of_no_concern(entry->d_name))
            result = bl_fail(err, BL_STEP_STORE, ENOTEMPTY, "%.150s: has %.40s but no %s", path,
                             entry->d_name, mark_name);
    }
    (void)closedir(stream);
    return result;
}

static int check_mark(int fd, const char *path, struct bl_err *err)
{
    char text[sizeof(mark_text)] = "";
    ssize_t length = pread(fd, text, sizeof(text), 0);

    if (length < 0)
        return bl_fail(err, BL_STEP_STORE, errno, "%.180s/%s", path, mark_name);
    if (length == 0) /* new; or who made it died before it wrote */
        return pwrite(fd, mark_text, strlen(mark_text), 0) == (ssize_t)strlen(mark_text)
                   ? 0
                   : bl_store_failed(err, errno, mark_name);
    if ((size_t)length != strlen(mark_text) || memcmp(text, mark_text, (size_t)length) != 0)
        return bl_fail(err, BL_STEP_STORE, 0, "%.180s/%s: not the mark of this version's store",
                       path, mark_name);
    return 0;
}

/* Two processes may make the mark at once; the lock decides. */
static int take_mark(struct bl_store_folder *folder, const char *path, struct bl_err *err)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;

    folder->lock = openat(folder->fd, mark_name, flags);
    if (folder->lock < 0 && errno == ENOENT) {
        if (check_is_empty(folder->fd, path, err) != 0)
            return -1;
        folder->lock = openat(folder->fd, mark_name, flags | O_CREAT, 0600);
    }
    if (folder->lock < 0)
        return bl_fail(err, BL_STEP_STORE, errno, "%.180s/%s", path, mark_name);
    if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0)
        return bl_fail(err, BL_STEP_STORE, errno, "%.180s: %s", path,
                       errno == EWOULDBLOCK ? "another process uses it" : "its lock");
    return check_mark(folder->lock, path, err);
}

/* Nobody else may put files there: their names would be believed to be ours. */
static int open_folder(struct bl_store_folder *folder, const char *path, struct bl_err *err)
{
    struct stat is;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return bl_store_failed(err, errno, path);
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0 || fstat(folder->fd, &is) != 0)
        return bl_store_failed(err, errno, path);
    if (is.st_uid != geteuid() || (is.st_mode & 022) != 0)
        return bl_fail(err, BL_STEP_STORE, EPERM, "%.180s: others can write to it", path);
    return 0;
}

int bl_store_folder_open(struct bl_store_folder *folder, const char *path, struct bl_err *err)
{
    *folder = (struct bl_store_folder){.fd = -1, .lock = -1};
    if (RAND_bytes((unsigned char *)&folder->temps, sizeof(folder->temps)) != 1)
        return bl_fail(err, BL_STEP_STORE, 0, "a random number");
    if (open_folder(folder, path, err) == 0 && take_mark(folder, path, err) == 0)
        return 0;
    bl_store_folder_close(folder);
    return -1;
}

void bl_store_folder_close(struct bl_store_folder *folder)
{
    bl_close_fd(&folder->lock);
    bl_close_fd(&folder->fd);
}

static void remove_suspicious(const struct bl_store_folder *folder, const char *name,
                              struct bl_folder_scan *scan)
{
    struct bl_err err;

    bl_log(BL_LOG_WARNING, "removing a file of the store", bl_log_text("digest", name),
           bl_log_text("why", "its kind, mode, owner or links"));
    if (bl_store_folder_remove(folder, name, &err) != 0)
        bl_log_error(BL_LOG_ERROR, "a file of the store stays", &err);
    scan->removed++;
}

/* False: the scan is to end. One that can't be looked at now is reported as empty and never used:
 * when it is asked for, its content decides. */
static bool take_file(const struct bl_store_folder *folder, const char *name,
                      const struct bl_digest *digest, struct bl_folder_scan *scan)
{
    struct bl_stamp stamp = {0};

    if (bl_store_folder_look(folder, digest, &stamp) == 0 || errno != EUCLEAN)
        return scan->on_file(scan->ctx, digest, &stamp);
    remove_suspicious(folder, name, scan);
    return true;
}

static void take_temp(const struct bl_store_folder *folder, const char *name,
                      struct bl_folder_scan *scan)
{
    struct stat is;

    if (fstatat(folder->fd, name, &is, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(is.st_mode))
        scan->on_temp(scan->ctx, name, (uint64_t)is.st_size);
    else
        bl_store_folder_discard(folder, name);
}

/* What is there, name by name. *foreign counts what is neither ours nor a digest. */
static bool scan_name(struct bl_store_folder *folder, const char *name, struct bl_folder_scan *scan,
                      uint64_t *foreign)
{
    struct bl_digest digest;

    if (is_of_no_concern(name))
        return true;
    if (bl_digest_parse(name, &digest))
        return take_file(folder, name, &digest, scan);
    if (strncmp(name, BL_TEMP_START, strlen(BL_TEMP_START)) == 0)
        take_temp(folder, name, scan);
    else
        ++*foreign;
    return true;
}

int bl_store_folder_scan(struct bl_store_folder *folder, struct bl_folder_scan *scan,
                         struct bl_err *err)
{
    DIR *stream = list(folder->fd);
    uint64_t foreign = 0;
    const struct dirent *entry;

    if (!stream)
        return bl_store_failed(err, errno, "the list of its files");
    do {
        errno = 0;
        entry = readdir(stream);
    } while (entry && scan_name(folder, entry->d_name, scan, &foreign));
    if (!entry && errno != 0) {
        (void)bl_store_failed(err, errno, "the list of its files");
        (void)closedir(stream);
        return -1;
    }
    (void)closedir(stream);
    if (foreign > 0)
        bl_log(BL_LOG_WARNING, "files in the store's folder that are not the store's",
               bl_log_number("count", (int64_t)foreign));
    return 0;
}
