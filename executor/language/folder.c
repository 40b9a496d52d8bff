/* folder.c - opening and listing beneath the package; see folder.h. Trees are in folder_tree.c. */
#include "executor/language/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/utf8.h"

int bl_folder_open(const char *path, int *fd, struct bl_err *err)
{
    *fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *fd >= 0 ? 0 : bl_fail(err, BL_STEP_PACKAGE, errno, "%s", path);
}

static int open_beneath(int package, const char *path, uint64_t flags)
{
    struct open_how how = {.flags = flags | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd;

    /* EAGAIN: a rename raced with the walk (openat2(2)); a package that is being rewritten under
     * us forever is not worth more than a few tries. */
    for (int tries = 0; tries < 16; tries++) {
        fd = syscall(SYS_openat2, package, path, &how, sizeof(how));
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    return (int)fd;
}

static int fail_open(const char *path, struct bl_err *err)
{
    if (errno == EXDEV)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: a link that leads outside", path);
    return bl_fail(err, BL_STEP_PACKAGE, errno, "%s", path);
}

static int check_depth(const char *path, struct bl_err *err)
{
    unsigned depth = 1;

    for (const char *at = path; *at; at++)
        depth += *at == '/';
    if (depth > BL_FOLDER_DEPTH_MAX)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%.100s: nested deeper than %d", path,
                       BL_FOLDER_DEPTH_MAX);
    if (strlen(path) > BL_FOLDER_PATH_MAX)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%.100s...: a path of more than %d bytes", path,
                       BL_FOLDER_PATH_MAX);
    return 0;
}

/* Opens as O_PATH and fills *out. *fd stays -1 where there is nothing. */
static int look(int package, const char *path, struct bl_folder_entry *out, int *fd,
                struct bl_err *err)
{
    struct stat st;

    *out = (struct bl_folder_entry){.name = path, .path = path, .kind = BL_FOLDER_ABSENT};
    *fd = -1;
    if (check_depth(path, err))
        return -1;
    *fd = open_beneath(package, path, O_PATH);
    if (*fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : fail_open(path, err);
    if (fstat(*fd, &st))
        return fail_open(path, err);
    if (S_ISDIR(st.st_mode)) {
        out->kind = BL_FOLDER_DIRECTORY;
        return 0;
    }
    if (!S_ISREG(st.st_mode))
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: neither a regular file nor a directory", path);
    out->kind = BL_FOLDER_FILE;
    out->size_bytes = (uint64_t)st.st_size;
    out->executable = st.st_mode & S_IXUSR;
    return 0;
}

int bl_folder_stat(int package, const char *path, struct bl_folder_entry *out, struct bl_err *err)
{
    bl_autoclose int fd = -1;

    return look(package, path, out, &fd, err);
}

/* Turns an O_PATH descriptor into one for reading: the same object, so nothing can be swapped. */
static int reopen(int path_fd, int flags)
{
    char link[32];

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd); /* 32 hold any int */
    return open(link, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

int bl_folder_file(int package, const char *path, int *fd, uint64_t *size_bytes, struct bl_err *err)
{
    bl_autoclose int place = -1;
    struct bl_folder_entry entry;

    *fd = -1;
    if (look(package, path, &entry, &place, err))
        return -1;
    if (entry.kind == BL_FOLDER_ABSENT)
        return bl_fail(err, BL_STEP_PACKAGE, ENOENT, "%s", path);
    if (entry.kind != BL_FOLDER_FILE)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: is a directory", path);
    *fd = reopen(place, O_RDONLY);
    if (*fd < 0)
        return fail_open(path, err);
    if (size_bytes)
        *size_bytes = entry.size_bytes;
    return 0;
}

static int read_whole(int fd, const char *path, char *bytes, size_t size, struct bl_err *err)
{
    size_t done = 0;

    while (done < size) {
        ssize_t got = pread(fd, bytes + done, size - done, (off_t)done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return bl_fail(err, BL_STEP_PACKAGE, got ? errno : 0, "%s: %s", path,
                           got ? "reading" : "shrank while it was read");
        done += (size_t)got;
    }
    return 0;
}

int bl_folder_text(int package, const char *path, uint64_t most, struct bl_arena *arena,
                   const char **text, size_t *length, struct bl_err *err)
{
    bl_autoclose int place = -1, fd = -1;
    struct bl_folder_entry entry;
    char *bytes;

    *text = NULL;
    if (look(package, path, &entry, &place, err))
        return -1;
    if (entry.kind == BL_FOLDER_ABSENT)
        return 0;
    if (entry.kind == BL_FOLDER_DIRECTORY)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: is a directory", path);
    if (entry.size_bytes > most)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: %llu bytes, at most %llu are read", path,
                       (unsigned long long)entry.size_bytes, (unsigned long long)most);
    fd = reopen(place, O_RDONLY);
    if (fd < 0)
        return fail_open(path, err);
    bytes = bl_arena_alloc(arena, (size_t)entry.size_bytes + 1, 1, err);
    if (!bytes || read_whole(fd, path, bytes, (size_t)entry.size_bytes, err))
        return -1;
    if (!bl_utf8_valid(bytes, (size_t)entry.size_bytes))
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: not UTF-8 text", path);
    *text = bytes;
    if (length)
        *length = (size_t)entry.size_bytes;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct bl_folder_entry *)a)->name,
                  ((const struct bl_folder_entry *)b)->name);
}

static void note_odd(struct bl_folder_odd *odd, const char *name)
{
    char text[sizeof(odd->first)];

    if (name[0] == '.')
        return;
    (void)snprintf(text, sizeof(text), "%s", name); /* cut: it is for people */
    for (char *at = text; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    if (odd->count++ == 0 || strcmp(text, odd->first) < 0)
        memcpy(odd->first, text, sizeof(text));
}

/* Names first, into a list that grows; what each is comes afterwards, so that a huge directory is
 * refused before it costs a system call per entry. */
static int read_names(DIR *dir, const char *path, struct bl_arena *arena, const char ***names,
                      size_t *count, struct bl_folder_odd *odd, struct bl_err *err)
{
    size_t room = 0;

    for (;;) {
        struct dirent *entry;

        errno = 0;
        entry = readdir(dir);
        if (!entry)
            return errno ? bl_fail(err, BL_STEP_PACKAGE, errno, "%s", path) : 0;
        if (!bl_folder_name_allowed(entry->d_name)) {
            note_odd(odd, entry->d_name);
            continue;
        }
        if (*count == BL_FOLDER_NAMES_MAX)
            return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: more than %d entries", path,
                           BL_FOLDER_NAMES_MAX);
        if (*count == room) {
            const char **larger = realloc(*names, (room = room * 2 + 64) * sizeof(*larger));
            if (!larger)
                return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", path);
            *names = larger;
        }
        (*names)[*count] = bl_arena_string(arena, entry->d_name, strlen(entry->d_name), err);
        if (!(*names)[(*count)++])
            return -1;
    }
}

static int describe(int package, const char *path, const char *const *names, size_t count,
                    struct bl_arena *arena, struct bl_folder_entry **entries, struct bl_err *err)
{
    *entries = bl_arena_alloc(arena, count ? count : 1, sizeof(**entries), err);
    if (!*entries)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct bl_folder_entry *entry = *entries + i;
        const char *full = bl_arena_format(arena, err, "%s/%s", path, names[i]);

        if (!full || bl_folder_stat(package, full, entry, err))
            return -1;
        if (entry->kind == BL_FOLDER_ABSENT)
            return bl_fail(err, BL_STEP_PACKAGE, ENOENT, "%s: a link to nothing", full);
        entry->name = names[i];
    }
    qsort(*entries, count, sizeof(**entries), by_name);
    return 0;
}

int bl_folder_list_odd(int package, const char *path, struct bl_arena *arena,
                       struct bl_folder_entry **entries, size_t *count, struct bl_folder_odd *odd,
                       struct bl_err *err)
{
    bl_autoclose int place = -1, fd = -1;
    bl_autofree const char **names = NULL;
    struct bl_folder_entry self;
    DIR *dir;
    int result;

    *entries = NULL;
    *count = 0;
    *odd = (struct bl_folder_odd){0};
    if (look(package, path, &self, &place, err))
        return -1;
    if (self.kind == BL_FOLDER_ABSENT)
        return 0;
    if (self.kind != BL_FOLDER_DIRECTORY)
        return bl_fail(err, BL_STEP_PACKAGE, ENOTDIR, "%s", path);
    fd = reopen(place, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fail_open(path, err);
    dir = fdopendir(fd);
    if (!dir)
        return fail_open(path, err);
    fd = -1; /* the stream's now */
    result = read_names(dir, path, arena, &names, count, odd, err);
    (void)closedir(dir); /* nothing was written */
    return result ? result : describe(package, path, names, *count, arena, entries, err);
}

int bl_folder_list(int package, const char *path, struct bl_arena *arena,
                   struct bl_folder_entry **entries, size_t *count, struct bl_err *err)
{
    struct bl_folder_odd ignored;

    return bl_folder_list_odd(package, path, arena, entries, count, &ignored, err);
}
