/* cgroup_create.c - one sandbox's group: made whole or not at all, and removed. In the warden. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

/* A group while it is made: its directory in each hierarchy. */
struct draft {
    char name[24];
    int dirs[BL_CGROUP_HIERARCHIES_MAX];
};

static void serial_name(char name[24], uint64_t serial)
{
    (void)snprintf(name, 24, "s%" PRIu64, serial);
}

static void draft_close(struct draft *draft)
{
    for (unsigned i = 0; i < BL_CGROUP_HIERARCHIES_MAX; i++)
        bl_close_fd(&draft->dirs[i]);
}

/* draft_make - on failure the directories made so far are left to draft_drop(). */
static int draft_make(struct draft *draft, const struct bl_cgroup_tree *tree, struct bl_err *err)
{
    for (unsigned i = 0; i < tree->hierarchy_count; i++) {
        const struct bl_cgroup_hierarchy *hierarchy = &tree->hierarchies[i];

        if (mkdirat(hierarchy->instance, draft->name, 0755) < 0)
            return bl_fail(err, BL_STEP_CGROUP_CREATE, errno, "%s in %.200s", draft->name,
                           hierarchy->path);
        draft->dirs[i] = bl_cgroup_open_dir(hierarchy->instance, draft->name);
        if (draft->dirs[i] < 0 ||
            tree->backend->prepare_leaf(hierarchy, hierarchy->instance, draft->dirs[i]) < 0) {
            int saved = errno;
            (void)unlinkat(hierarchy->instance, draft->name, AT_REMOVEDIR);
            bl_close_fd(&draft->dirs[i]);
            return bl_fail(err, BL_STEP_CGROUP_CREATE, saved, "%s in %.200s", draft->name,
                           hierarchy->path);
        }
    }
    return 0;
}

/* draft_drop - of those that were made; nobody was in them yet, so none is busy. */
static void draft_drop(struct draft *draft, const struct bl_cgroup_tree *tree)
{
    for (unsigned i = 0; i < tree->hierarchy_count; i++) {
        if (draft->dirs[i] >= 0)
            (void)unlinkat(tree->hierarchies[i].instance, draft->name, AT_REMOVEDIR);
    }
    draft_close(draft);
}

/* dir_of - the group's directory in the controller's hierarchy; -1: it is not mounted. */
static int dir_of(const struct draft *draft, const struct bl_cgroup_tree *tree,
                  enum bl_cgroup_controller controller)
{
    for (unsigned i = 0; i < tree->hierarchy_count; i++) {
        if (tree->hierarchies[i].controllers & (1u << controller))
            return draft->dirs[i];
    }
    return -1;
}

static int open_file(const struct draft *draft, const struct bl_cgroup_tree *tree,
                     enum bl_cgroup_role role, struct bl_cgroup_files *files, struct bl_err *err)
{
    const struct bl_cgroup_row *row = &bl_cgroup_rows[role];
    const char *name = bl_cgroup_file_name(tree->version, role);
    int dir = dir_of(draft, tree, row->controller);

    if (!name)
        return 0;
    errno = ENOENT;
    if (dir >= 0)
        files->fds[role] = openat(dir, name, row->mode | O_CLOEXEC | O_NOFOLLOW);
    if (files->fds[role] >= 0) {
        files->present |= 1u << role;
        return 0;
    }
    /* EOPNOTSUPP: some kernels list pressure files that are switched off. */
    if ((errno == ENOENT || errno == EOPNOTSUPP) && !(row->needed & (1u << tree->version)))
        return 0;
    return bl_fail(err, BL_STEP_CGROUP_OPEN, errno, "%s/%s", draft->name, name);
}

static int open_files(const struct draft *draft, const struct bl_cgroup_tree *tree,
                      struct bl_cgroup_files *files, struct bl_err *err)
{
    files->version = tree->version;
    for (unsigned role = 0; role < BL_CGROUP_ROLE_COUNT; role++) {
        if (open_file(draft, tree, (enum bl_cgroup_role)role, files, err) < 0)
            return -1;
    }
    return 0;
}

/* open_join - takes the directory of the draft where it is of use. */
static int open_join(struct draft *draft, const struct bl_cgroup_tree *tree,
                     struct bl_cgroup_join *join, struct bl_err *err)
{
    for (unsigned i = 0; i < tree->hierarchy_count; i++) {
        join->tasks[i] =
            openat(draft->dirs[i], tree->backend->join_file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        if (join->tasks[i] < 0)
            return bl_fail(err, BL_STEP_CGROUP_OPEN, errno, "%s/%s", draft->name,
                           tree->backend->join_file);
        join->count = i + 1;
    }
    if (tree->clone_into_works)
        join->directory = bl_take_fd(&draft->dirs[0]);
    return 0;
}

int bl_cgroup_create(struct bl_cgroup_tree *tree, uint64_t serial, struct bl_cgroup_files *files,
                     struct bl_cgroup_join *join, struct bl_err *err)
{
    struct draft draft;

    for (unsigned i = 0; i < BL_CGROUP_HIERARCHIES_MAX; i++)
        draft.dirs[i] = -1;
    serial_name(draft.name, serial);
    bl_cgroup_files_init(files);
    bl_cgroup_join_init(join);
    if (draft_make(&draft, tree, err) < 0 || open_files(&draft, tree, files, err) < 0 ||
        tree->backend->defaults(files, err) < 0 || open_join(&draft, tree, join, err) < 0) {
        bl_cgroup_files_release(files);
        bl_cgroup_join_release(join);
        draft_drop(&draft, tree);
        return -1;
    }
    draft_close(&draft);
    return 0;
}

int bl_cgroup_remove(struct bl_cgroup_tree *tree, uint64_t serial, bool *gone, struct bl_err *err)
{
    char name[24];

    *gone = true;
    serial_name(name, serial);
    for (unsigned i = 0; i < tree->hierarchy_count; i++) {
        const struct bl_cgroup_hierarchy *hierarchy = &tree->hierarchies[i];

        if (unlinkat(hierarchy->instance, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
            continue;
        if (errno != EBUSY)
            return bl_fail(err, BL_STEP_CGROUP_REMOVE, errno, "%s in %.200s", name,
                           hierarchy->path);
        *gone = false;
    }
    return 0;
}
