/* init_collect.c - finding what the program left in its box (process: init; system calls only).
 *
 * Every process of the program is dead, but the names, kinds and sizes are its choice. So: nothing
 * is opened by a path of more than one component, no link is followed, no other mount is entered, a
 * file is looked at (O_PATH) before it is opened, and depth, name length, number and bytes are
 * bounded. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "bailiff/own.h"
#include "executor/sandbox/init.h"
#include "executor/sandbox/syscalls.h"

enum { DEPTH_MAX = 16, FILES_MAX = 10000 };

struct entry { /* linux_dirent64, getdents64(2) */
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

struct walk {
    struct bl_init *init;
    struct bl_collection *collection;
    const struct bl_init_order *order;
    unsigned matches;
    bool everything;             /* the pattern is "**" */
    char path[BL_WIRE_NAME_MAX]; /* of the entry at work, relative to the box */
};

static void fail(struct walk *w, int error)
{
    if (w->collection->failure.step != 0)
        return;
    w->collection->failure =
        (struct bl_setup_failure){BL_STEP_OUTPUT, error, (int32_t)w->order->index};
    memcpy(w->collection->path, w->path, sizeof(w->path));
}

static void send_file(struct walk *w, int parent, const char *name)
{
    struct bl_init_report report = {.kind = BL_INIT_FILE};
    bl_autoclose int file = bl_openat2(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                                       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    struct stat is;

    if (file < 0 || fstat(file, &is) < 0) {
        if (errno != EXDEV) /* an input that was placed there: not the program's */
            fail(w, errno);
        return;
    }
    if ((uint64_t)is.st_size > w->collection->bytes_left || w->matches == FILES_MAX) {
        fail(w, EFBIG);
        return;
    }
    w->collection->bytes_left -= (uint64_t)is.st_size;
    w->matches++;
    report.file.size_bytes = (uint64_t)is.st_size;
    report.file.mode = is.st_mode & 0777;
    memcpy(report.file.name, w->path, sizeof(report.file.name));
    if (bl_wire_send(w->init->control, &report, sizeof(report), &file, 1) < 0)
        fail(w, errno);
}

/* The pattern's component for this depth, as text of its own; false: there is none. */
static bool component(const struct walk *w, int depth, char text[BL_PLAN_TARGET_MAX], bool *last)
{
    const char *at = w->order->name;

    for (; depth > 0; depth--) {
        at = strchr(at, '/');
        if (!at)
            return false;
        at++;
    }
    size_t length = strcspn(at, "/");
    memcpy(text, at, length);
    text[length] = '\0';
    *last = at[length] == '\0';
    return true;
}

static void walk_folder(struct walk *w, int folder, size_t path_length, int depth);

/* An entry whose name matches: a folder is walked on or, like whatever else is no regular file
 * where the pattern ends, an error. */
static void take(struct walk *w, int parent, const char *name, bool last, size_t path_length,
                 int depth)
{
    bl_autoclose int look = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat is;

    if (look < 0 || fstat(look, &is) < 0) {
        fail(w, errno);
    } else if (S_ISDIR(is.st_mode) && (w->everything || !last)) {
        bl_autoclose int inner =
            bl_openat2(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
        if (inner >= 0)
            walk_folder(w, inner, path_length, depth + 1);
        else if (errno != EXDEV) /* an input that was placed there: not the program's */
            fail(w, errno);
    } else if (S_ISREG(is.st_mode) && (w->everything || last)) {
        send_file(w, parent, name);
    } else if (last || w->everything) {
        fail(w, S_ISLNK(is.st_mode) ? ELOOP : S_ISDIR(is.st_mode) ? EISDIR : ENXIO);
    }
}

static void consider(struct walk *w, int folder, const struct entry *entry, size_t path_length,
                     int depth)
{
    char pattern[BL_PLAN_TARGET_MAX];
    size_t length = strlen(entry->name);
    bool last = false;

    if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
        return;
    if (!w->everything && (!component(w, depth, pattern, &last) ||
                           fnmatch(pattern, entry->name, FNM_PERIOD | FNM_NOESCAPE) != 0))
        return;
    if (path_length + length + 2 > sizeof(w->path)) {
        w->path[path_length] = '\0';
        fail(w, ENAMETOOLONG);
        return;
    }
    memcpy(w->path + path_length, entry->name, length + 1);
    size_t next = path_length + length;
    w->path[next] = '/';
    w->path[next + 1] = '\0';
    if (!last || w->everything) {
        struct stat is;
        if (fstatat(folder, entry->name, &is, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(is.st_mode)) {
            take(w, folder, entry->name, last, next + 1, depth);
            return;
        }
    }
    w->path[next] = '\0';
    take(w, folder, entry->name, last, next, depth);
}

static void walk_folder(struct walk *w, int folder, size_t path_length, int depth)
{
    char buffer[4096] __attribute__((aligned(8)));
    long length;

    if (depth == DEPTH_MAX) {
        fail(w, ELOOP);
        return;
    }
    while ((length = syscall(SYS_getdents64, folder, buffer, sizeof(buffer))) > 0) {
        for (long at = 0; at < length && w->collection->failure.step == 0;) {
            const struct entry *entry = (const struct entry *)(const void *)(buffer + at);
            consider(w, folder, entry, path_length, depth);
            at += entry->length;
        }
        if (w->collection->failure.step != 0)
            return;
    }
    if (length < 0) {
        w->path[path_length] = '\0';
        fail(w, errno);
    }
}

void bl_init_collect(struct bl_init *init, struct bl_collection *collection,
                     const struct bl_init_order *order)
{
    struct walk w = {.init = init,
                     .collection = collection,
                     .order = order,
                     .everything = strcmp(order->name, "**") == 0};
    bl_autoclose int box = open("/box", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (box < 0) {
        fail(&w, errno);
        return;
    }
    walk_folder(&w, box, 0, 0);
    w.path[0] = '\0'; /* the last match was a folder on the way */
    if (order->required && w.matches == 0)
        fail(&w, ENOENT);
}
