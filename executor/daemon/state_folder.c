#include "executor/daemon/state_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/server/store_folder.h"

enum { NO_LINK = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static int fail(struct bl_err *err, int sys_errno, const char *path, const char *what)
{
    return bl_fail(err, BL_STEP_CONFIG, sys_errno, "state.directory: %.120s%s%s", path,
                   *what ? ": " : "", what);
}

/* ---- what is in it ----------------------------------------------------------------------------
 */

/* Calls for each name until one is refused. 0, or -1 with errno. */
static int each_name(int folder, bool (*take)(void *ctx, int folder, const char *name), void *ctx)
{
    bl_autoclose int fd = openat(folder, ".", O_RDONLY | NO_LINK);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    int why;

    if (!stream)
        return -1;
    (void)bl_take_fd(&fd); /* the stream's now */
    do {
        errno = 0;
        entry = readdir(stream);
    } while (entry && take(ctx, folder, entry->d_name));
    why = errno;
    (void)closedir(stream); /* nothing was written */
    errno = why;
    return why == 0 ? 0 : -1;
}

static bool is_more_than_store(void *ctx, int folder, const char *name)
{
    static const char *const known[] = {".", "..", "lost+found", BL_STATE_STORE};
    bool *more = ctx;

    (void)folder;
    *more = true;
    for (size_t i = 0; i < BL_ARRAY_LEN(known); i++)
        if (strcmp(name, known[i]) == 0)
            *more = false;
    errno = 0;
    return !*more;
}

struct store {
    bool is_there;
    bool is_marked; /* as bailiffd's; only its owner can have done it */
    uid_t uid;
};

static bool is_no_folder(int sys_errno)
{
    return sys_errno == ENOENT || sys_errno == ENOTDIR || sys_errno == ELOOP;
}

/* Unmarked is only what certainly is: descriptors may have run out. 0, or -1 with errno. */
static int look_at_store(int folder, struct store *store)
{
    bl_autoclose int fd = -1;
    struct stat is, mark;

    *store = (struct store){.is_there = false};
    if (fstatat(folder, BL_STATE_STORE, &is, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -1;
    *store = (struct store){.is_there = true, .uid = is.st_uid};
    fd = openat(folder, BL_STATE_STORE, O_PATH | NO_LINK);
    if (fd < 0)
        return is_no_folder(errno) ? 0 : -1;
    if (fstatat(fd, BL_STORE_MARK, &mark, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -1;
    if (fstat(fd, &is) < 0)
        return -1;
    store->is_marked = is.st_uid == store->uid && (is.st_mode & 022) == 0 &&
                       S_ISREG(mark.st_mode) && mark.st_uid == is.st_uid;
    return 0;
}

static int check_is_free(int folder, const struct stat *is, const struct store *store,
                         const char *path, struct bl_err *err)
{
    bool more = false;

    if (each_name(folder, is_more_than_store, &more) < 0)
        return fail(err, errno, path, "");
    if (is->st_mode & 022) /* many use it, or nobody knows who made the mark */
        return fail(err, 0, path, "others may write to it: name a folder of bailiffd's own");
    if (!more && (!store->is_there || store->is_marked))
        return 0;
    return fail(err, 0, path,
                "is neither empty nor the worker's user's: name an empty folder, or chown this "
                "one to him");
}

static int check(int folder, const struct bl_identity *owner, const char *path, struct bl_err *err)
{
    struct store store;
    struct stat is;

    if (fstat(folder, &is) < 0)
        return fail(err, errno, path, "");
    if (look_at_store(folder, &store) < 0) /* his own folder only he need be able to enter */
        return is.st_uid == owner->uid && errno == EACCES ? 0 : fail(err, errno, path, "");
    if (is.st_uid != owner->uid && check_is_free(folder, &is, &store, path, err) < 0)
        return -1;
    if (store.is_there && store.uid != owner->uid && !store.is_marked)
        return fail(err, 0, path,
                    "what is called " BL_STATE_STORE " in it is neither a store nor the worker's "
                    "user's: remove it");
    return 0;
}

/* ---- a store that another user had ------------------------------------------------------------
 */

struct handing {
    const struct bl_identity *owner;
    uid_t from;
};

/* A file of the store has one owner and one name; what is anything else may be a way to somebody's
 * file, and the store will see to it. By descriptor: what was looked at is what is given away. */
static bool hand_over_file(void *ctx, int folder, const char *name)
{
    const struct handing *handing = ctx;
    bl_autoclose int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat is;

    if (fd < 0 || fstat(fd, &is) < 0)
        return errno == ENOENT;
    return !S_ISREG(is.st_mode) || is.st_nlink != 1 || is.st_uid != handing->from ||
           fchownat(fd, "", handing->owner->uid, handing->owner->gid, AT_EMPTY_PATH) == 0;
}

/* `user` was changed, or has another number now. The folder itself last: a start that was ended in
 * the middle is made up for by the next. */
static int hand_over_store(int folder, const struct bl_identity *owner)
{
    bl_autoclose int fd = -1;
    struct handing handing = {.owner = owner};
    struct store store;

    if (look_at_store(folder, &store) < 0)
        return -1;
    if (!store.is_marked || store.uid == owner->uid)
        return 0;
    handing.from = store.uid;
    bl_log(BL_LOG_INFO, "the store gets another owner", bl_log_number("from", store.uid),
           bl_log_number("to", owner->uid));
    fd = openat(folder, BL_STATE_STORE, O_RDONLY | NO_LINK);
    if (fd < 0 || each_name(fd, hand_over_file, &handing) < 0)
        return -1;
    return fchown(fd, owner->uid, owner->gid);
}

/* ---- taking it --------------------------------------------------------------------------------
 */

/* Which of the two a link is depends on the kernel. */
static int tell_open(const char *path, struct bl_err *err)
{
    bool other = errno != ENOENT && is_no_folder(errno);

    return fail(err, other ? 0 : errno, path, other ? "is no folder, or a link to one" : "");
}

static int tell_above(const char *path, struct bl_err *err)
{
    return fail(err, errno, path, "make it below a folder that is there");
}

int bl_state_folder_take(int *fd, const char *path, const struct bl_identity *owner,
                         struct bl_err *err)
{
    bl_autoclose int folder = -1;

    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return tell_above(path, err);
    folder = open(path, O_RDONLY | NO_LINK);
    if (folder < 0)
        return tell_open(path, err);
    if (check(folder, owner, path, err) < 0)
        return -1;
    if (fchown(folder, owner->uid, owner->gid) < 0 || fchmod(folder, 0700) < 0 ||
        hand_over_store(folder, owner) < 0)
        return fail(err, errno, path, "give it to the worker's user");
    *fd = bl_take_fd(&folder);
    return 0;
}

static int check_above(const char *path, struct bl_err *err)
{
    bl_autofree char *above = strdup(path);
    struct stat is;
    char *end;

    if (!above)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "state.directory");
    for (end = above + strlen(above); end > above + 1 && end[-1] == '/'; end--)
        ;
    while (end > above + 1 && end[-1] != '/')
        end--;
    *end = '\0';
    errno = ENOTDIR;
    return stat(above, &is) == 0 && S_ISDIR(is.st_mode) ? 0 : tell_above(path, err);
}

int bl_state_folder_check(const char *path, const struct bl_identity *owner, struct bl_err *err)
{
    bl_autoclose int folder = open(path, O_PATH | NO_LINK);

    if (folder >= 0)
        return check(folder, owner, path, err);
    return errno == ENOENT ? check_above(path, err) : tell_open(path, err);
}
