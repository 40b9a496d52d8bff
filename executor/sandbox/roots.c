/* roots.c - the two kinds of root a plan can have (process: worker, at start). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/sandbox/plan.h"

struct fixed_entry {
    enum bl_entry_kind kind;
    const char *source, *target;
    bool optional;
};

/* What every sandbox has, whatever its root. The empty directories are mount points: /proc gets
 * init's own, /tmp, /box and /dev/shm private tmpfs, /app whatever the job brings. */
static const struct fixed_entry common[] = {
    {BL_ENTRY_DIR, "", "/proc", false},
    {BL_ENTRY_DIR, "", "/tmp", false},
    {BL_ENTRY_DIR, "", "/box", false},
    {BL_ENTRY_DIR, "", "/app", false},
    {BL_ENTRY_DIR, "", "/run", false},
    {BL_ENTRY_DIR, "", "/dev/shm", false},
    {BL_ENTRY_DEVICE, "/dev/null", "/dev/null", false},
    {BL_ENTRY_DEVICE, "/dev/zero", "/dev/zero", false},
    {BL_ENTRY_DEVICE, "/dev/full", "/dev/full", false},
    {BL_ENTRY_DEVICE, "/dev/random", "/dev/random", false},
    {BL_ENTRY_DEVICE, "/dev/urandom", "/dev/urandom", false},
    {BL_ENTRY_SYMLINK, "/proc/self/fd", "/dev/fd", false},
    {BL_ENTRY_SYMLINK, "/proc/self/fd/0", "/dev/stdin", false},
    {BL_ENTRY_SYMLINK, "/proc/self/fd/1", "/dev/stdout", false},
    {BL_ENTRY_SYMLINK, "/proc/self/fd/2", "/dev/stderr", false},
};

/* Of the host's /etc only what the dynamic linker and the language runtimes look up; users and
 * groups are the sandbox's own. */
static const struct fixed_entry host_etc[] = {
    {BL_ENTRY_BIND, "/etc/ld.so.cache", "/etc/ld.so.cache", true},
    {BL_ENTRY_BIND, "/etc/ld.so.conf", "/etc/ld.so.conf", true},
    {BL_ENTRY_BIND, "/etc/ld.so.conf.d", "/etc/ld.so.conf.d", true},
    {BL_ENTRY_BIND, "/etc/alternatives", "/etc/alternatives", true},
    {BL_ENTRY_BIND, "/etc/localtime", "/etc/localtime", true},
    {BL_ENTRY_FILE, "root:x:0:0:root:/:/usr/sbin/nologin\nprogram:x:1000:1000::/box:/bin/sh\n",
     "/etc/passwd", false},
    {BL_ENTRY_FILE, "root:x:0:\nprogram:x:1000:\n", "/etc/group", false},
    {BL_ENTRY_FILE, "127.0.0.1 localhost\n::1 localhost\n", "/etc/hosts", false},
    {BL_ENTRY_FILE, "passwd: files\ngroup: files\nhosts: files\n", "/etc/nsswitch.conf", false},
};

/* And what belongs to a runtime below /usr though Debian keeps it here: by the names' beginning. */
static const char *const runtime_etc[] = {"java-", "fpc"};

static const char *const host_top[] = {"usr",   "bin",   "sbin",   "lib",
                                       "lib32", "lib64", "libx32", "libo32"};
static const char *const own_top[] = {"dev", "proc", "sys", "tmp", "box", "run", "app"};

static int add_fixed(struct bl_plan *plan, unsigned root, const struct fixed_entry *entries,
                     size_t count, struct bl_err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct fixed_entry *e = &entries[i];
        if (bl_plan_add_entry(plan, root, e->kind, e->source, e->target, e->optional, false, err) <
            0)
            return -1;
    }
    return 0;
}

static int new_root(struct bl_plan *plan, unsigned *root, struct bl_err *err)
{
    if (plan->root_count == BL_PLAN_ROOTS_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "roots: at most %d in one plan", BL_PLAN_ROOTS_MAX);
    *root = plan->root_count++;
    return add_fixed(plan, *root, common, BL_ARRAY_LEN(common), err);
}

/* One name at the top of `directory`: a link is copied as a link (it is then followed inside), a
 * file or folder is bound, anything else is left out. */
static int add_top(struct bl_plan *plan, unsigned root, const char *directory, int directory_fd,
                   const char *name, struct bl_err *err)
{
    char source[BL_PLAN_SOURCE_MAX], target[BL_PLAN_TARGET_MAX];
    struct stat is;

    if ((size_t)snprintf(target, sizeof(target), "/%s", name) >= sizeof(target) ||
        (size_t)snprintf(source, sizeof(source), "%s/%s", directory, name) >= sizeof(source))
        return bl_fail(err, BL_STEP_INPUT, ENAMETOOLONG, "%s/%s", directory, name);
    if (fstatat(directory_fd, name, &is, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : bl_fail(err, BL_STEP_INPUT, errno, "%s", source);
    if (S_ISLNK(is.st_mode)) {
        ssize_t length = readlinkat(directory_fd, name, source, sizeof(source) - 1);
        if (length < 0)
            return bl_fail(err, BL_STEP_INPUT, errno, "%s/%s", directory, name);
        source[length] = '\0';
        return bl_plan_add_entry(plan, root, BL_ENTRY_SYMLINK, source, target, false, false, err);
    }
    if (!S_ISDIR(is.st_mode) && !S_ISREG(is.st_mode))
        return 0;
    return bl_plan_add_entry(plan, root, BL_ENTRY_BIND, source, target, false, false, err);
}

static bool is_runtime(const char *name)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(runtime_etc); i++)
        if (strncmp(name, runtime_etc[i], strlen(runtime_etc[i])) == 0)
            return true;
    return false;
}

/* The next of a folder's names; NULL: the last was told, or *status is -1 and *err is set. */
static const char *next_name(DIR *folder, const char *path, int *status, struct bl_err *err)
{
    errno = 0;
    const struct dirent *entry = readdir(folder);

    if (!entry && errno != 0)
        *status = bl_fail(err, BL_STEP_INPUT, errno, "%s", path);
    return entry ? entry->d_name : NULL;
}

static int add_runtime_etc(struct bl_plan *plan, unsigned root, struct bl_err *err)
{
    DIR *etc = opendir("/etc");
    int status = 0;

    if (!etc)
        return bl_fail(err, BL_STEP_INPUT, errno, "/etc");
    for (const char *name; status == 0 && (name = next_name(etc, "/etc", &status, err));) {
        char path[BL_PLAN_TARGET_MAX];
        if (is_runtime(name) &&
            (size_t)snprintf(path, sizeof(path), "/etc/%s", name) < sizeof(path))
            status = bl_plan_add_entry(plan, root, BL_ENTRY_BIND, path, path, true, false, err);
    }
    (void)closedir(etc); /* read only */
    return status;
}

int bl_plan_add_host_root(struct bl_plan *plan, unsigned *root, struct bl_err *err)
{
    bl_autoclose int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (top < 0)
        return bl_fail(err, BL_STEP_INPUT, errno, "/");
    if (new_root(plan, root, err) < 0)
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(host_top); i++)
        if (add_top(plan, *root, "", top, host_top[i], err) < 0)
            return -1;
    if (add_runtime_etc(plan, *root, err) < 0)
        return -1;
    return add_fixed(plan, *root, host_etc, BL_ARRAY_LEN(host_etc), err);
}

static bool is_own(const char *name)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(own_top); i++)
        if (strcmp(name, own_top[i]) == 0)
            return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int bl_plan_add_dir_root(struct bl_plan *plan, const char *directory, unsigned *root,
                         struct bl_err *err)
{
    if (directory[0] != '/')
        return bl_fail(err, BL_STEP_INPUT, 0, "%s: a root must be an absolute path", directory);
    DIR *top = opendir(directory);
    int status = 0;

    if (!top)
        return bl_fail(err, BL_STEP_INPUT, errno, "%s", directory);
    status = new_root(plan, root, err);
    for (const char *name; status == 0 && (name = next_name(top, directory, &status, err));)
        if (!is_own(name))
            status = add_top(plan, *root, directory, dirfd(top), name, err);
    (void)closedir(top); /* read only */
    return status;
}
