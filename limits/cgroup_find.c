/* cgroup_find.c - where this process's cgroups are mounted: /proc/self/mountinfo, /proc/self/cgroup
 * and what the mounts offer. Runs in the warden, before it serves anybody; and in who asks for a
 * place. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

enum {
    LINE_MAX_BYTES = 8 * 1024, /* longer lines are those of overlay mounts: skipped */
    V1_USED = BL_CGROUP_HAS(PIDS) | BL_CGROUP_HAS(MEMORY) | BL_CGROUP_HAS(CPU) |
              BL_CGROUP_HAS(CPUACCT) | BL_CGROUP_HAS(CPUSET),
    V1_NEEDED = BL_CGROUP_HAS(PIDS) | BL_CGROUP_HAS(MEMORY) | BL_CGROUP_HAS(CPUACCT),
    V2_DECIDES = BL_CGROUP_HAS(PIDS) | BL_CGROUP_HAS(MEMORY),
};

#define bl_autofclose __attribute__((cleanup(close_stream)))

/* Whatever else goes wrong while we look is an error, not an absence: we would go on without a
 * controller that is there. */
static bool is_absent(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP;
}

static int cannot_look(const char *path, struct bl_err *err)
{
    return bl_fail(err, BL_STEP_CGROUP_FIND, errno, "%s", path);
}

static void close_stream(FILE **stream)
{
    if (*stream)
        (void)fclose(*stream); /* only read from */
}

/* next_line - the next whole line of at most LINE_MAX_BYTES - 1; false at the end. */
static bool next_line(FILE *stream, char line[LINE_MAX_BYTES], size_t *length)
{
    while (fgets(line, LINE_MAX_BYTES, stream)) {
        *length = strlen(line);
        if (*length && line[*length - 1] == '\n')
            return true;
        for (int c = getc(stream); c != '\n'; c = getc(stream)) {
            if (c == EOF)
                return false;
        }
    }
    return false;
}

/* own_path - of this process in the mount's hierarchy; 1: found, 0: it has none, or -1. */
static int own_path(const struct bl_cgroup_mount *mount, struct bl_cgroup_own *own,
                    struct bl_err *err)
{
    bl_autofclose FILE *stream = fopen("/proc/self/cgroup", "re");
    char line[LINE_MAX_BYTES];
    size_t length;

    if (!stream)
        return cannot_look("/proc/self/cgroup", err);
    while (next_line(stream, line, &length)) {
        if (bl_cgroup_parse_own(line, length, own) && own->unified == mount->unified &&
            (own->unified || (own->controllers & mount->controllers)))
            return 1;
    }
    return ferror(stream) ? cannot_look("/proc/self/cgroup", err) : 0;
}

/* is_mounted - is the mount what is to be seen at its mount point, not covered by another? 1, 0, or
 * -1. */
static int is_mounted(const struct bl_cgroup_mount *mount, struct bl_err *err)
{
    struct statfs fs;

    if (statfs(mount->point, &fs) < 0)
        return is_absent(errno) ? 0 : cannot_look(mount->point, err);
    return (unsigned long)fs.f_type == (mount->unified ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC);
}

/* offers - the controllers of a cgroup2 mount's topmost group. */
static int offers(const struct bl_cgroup_mount *mount, unsigned *controllers, struct bl_err *err)
{
    bl_autoclose int top = bl_cgroup_open_dir(AT_FDCWD, mount->point);
    char text[1024];
    ssize_t length =
        top < 0 ? -1 : bl_cgroup_read_at(top, "cgroup.controllers", text, sizeof(text));

    if (length < 0 && !is_absent(errno))
        return cannot_look(mount->point, err);
    *controllers = length < 0 ? 0 : bl_cgroup_parse_controllers(text, (size_t)length);
    return 0;
}

/* locate - the path at which the place, or without one the own cgroup, is to be seen. Where the
 * own one lies outside of what is mounted (a container that shares the host's cgroup namespace),
 * the mount's top stands for it. 1: there it is, 0: it has none, or -1. */
static int locate(struct bl_cgroup_hierarchy *hierarchy, const struct bl_cgroup_mount *mount,
                  const char *place, struct bl_err *err)
{
    struct bl_cgroup_own own;
    const char *below = place;
    int found = place ? 1 : own_path(mount, &own, err);

    if (found < 1)
        return found;
    if (!place)
        below = bl_cgroup_below(own.path, mount->root);
    if (!below || strcmp(below, "/") == 0)
        below = "";
    (void)snprintf(hierarchy->path, sizeof(hierarchy->path), "%s%s", mount->point, below);
    return 1;
}

/* take_mount - adds a mount to the tree's hierarchies if it holds something new that is of use. A
 * root that climbs was mounted outside of our cgroup namespace: where we are in it can't be told.
 */
static int take_mount(struct bl_cgroup_tree *tree, const struct bl_cgroup_mount *mount,
                      const char *place, struct bl_err *err)
{
    struct bl_cgroup_hierarchy *next = &tree->hierarchies[tree->hierarchy_count];
    unsigned fresh = mount->controllers & V1_USED;
    int is_of_use;

    if (tree->hierarchy_count == BL_CGROUP_HIERARCHIES_MAX || !bl_cgroup_below(mount->root, "/"))
        return 0;
    if (mount->unified && offers(mount, &fresh, err) < 0)
        return -1;
    for (unsigned i = 0; i < tree->hierarchy_count; i++)
        fresh &= ~tree->hierarchies[i].controllers;
    is_of_use = fresh ? is_mounted(mount, err) : 0;
    if (is_of_use == 1)
        is_of_use = locate(next, mount, place, err);
    if (is_of_use < 1)
        return is_of_use;
    next->controllers = fresh;
    tree->path_floor = place ? strlen(next->path) : strlen(mount->point);
    tree->hierarchy_count++;
    return 0;
}

/* collect - the hierarchies of one version; and the controllers that they have together. */
static int collect(struct bl_cgroup_tree *tree, unsigned version, const char *place,
                   unsigned *controllers, struct bl_err *err)
{
    bl_autofclose FILE *stream = fopen("/proc/self/mountinfo", "re");
    struct bl_cgroup_mount mount;
    char line[LINE_MAX_BYTES];
    size_t length;

    tree->version = version;
    tree->hierarchy_count = 0;
    if (!stream)
        return cannot_look("/proc/self/mountinfo", err);
    while (next_line(stream, line, &length)) {
        if (bl_cgroup_parse_mount(line, length, &mount) && mount.unified == (version == 2) &&
            take_mount(tree, &mount, place, err) < 0)
            return -1;
    }
    if (ferror(stream))
        return cannot_look("/proc/self/mountinfo", err);
    *controllers = 0;
    for (unsigned i = 0; i < tree->hierarchy_count; i++)
        *controllers |= tree->hierarchies[i].controllers;
    return 0;
}

/* sort_for_locking - by the first controller, so that any two starts lock in the same order. */
static void sort_for_locking(struct bl_cgroup_tree *tree)
{
    for (unsigned i = 1; i < tree->hierarchy_count; i++) {
        for (unsigned j = i; j > 0; j--) {
            struct bl_cgroup_hierarchy *low = &tree->hierarchies[j - 1], high = low[1];

            if (__builtin_ctz(low->controllers) < __builtin_ctz(high.controllers))
                break;
            low[1] = *low;
            *low = high;
        }
    }
}

static int check_place(const char *place, struct bl_err *err)
{
    if (place &&
        (place[0] != '/' || strlen(place) > BL_CGROUP_PLACE_MAX || !bl_cgroup_below(place, "/")))
        return bl_fail(err, BL_STEP_CGROUP_FIND, EINVAL, "place \"%s\": not an absolute path",
                       place);
    return 0;
}

int bl_cgroup_find(struct bl_cgroup_tree *tree, const char *place, struct bl_err *err)
{
    unsigned controllers;

    if (check_place(place, err) < 0)
        return -1;
    tree->backend = &bl_cgroup_tree_backend_v2;
    if (collect(tree, 2, place, &controllers, err) < 0)
        return -1;
    if ((controllers & V2_DECIDES) == V2_DECIDES) {
        tree->hierarchy_count = 1; /* the first mount of it will do */
        return 0;
    }
    tree->backend = &bl_cgroup_tree_backend_v1;
    if (collect(tree, 1, place, &controllers, err) < 0)
        return -1;
    for (unsigned i = 0; i < BL_CGROUP_CONTROLLER_COUNT; i++) {
        if (V1_NEEDED & ~controllers & (1u << i))
            return bl_fail(err, BL_STEP_CGROUP_FIND, 0,
                           "the %s controller is neither offered by a cgroup2 mount nor mounted "
                           "as cgroup v1; mount cgroup2 on /sys/fs/cgroup",
                           bl_cgroup_controller_name((enum bl_cgroup_controller)i));
    }
    sort_for_locking(tree);
    return 0;
}

int bl_cgroup_place_check(const char *place, struct bl_err *err)
{
    struct bl_cgroup_tree tree = {.backend = NULL};

    if (check_place(place, err) < 0) {
        err->step = BL_STEP_FIELD;
        return -1;
    }
    if (bl_cgroup_find(&tree, place, err) < 0)
        return -1;
    for (unsigned i = 0; i < tree.hierarchy_count; i++) {
        bl_autoclose int fd = bl_cgroup_open_dir(AT_FDCWD, tree.hierarchies[i].path);

        if (fd < 0)
            return bl_fail(err, BL_STEP_FIELD, errno, "%.200s", tree.hierarchies[i].path);
    }
    return 0;
}
