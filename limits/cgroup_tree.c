/* cgroup_tree.c - the instance's own part of the tree, claimed and given back. Runs in the warden.
 *
 * The base directory's lock is held while instances are swept and made, so that nobody sweeps a
 * directory between its mkdir and its lock. Whoever takes that lock checks that the directory is
 * still there: the one who held it before may have been the last to leave, and removed it. */
#include "limits/cgroup_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

#define BASE "bailiff"

enum { BASE_TRIES = 64 };

static int lock_directory(int fd)
{
    while (flock(fd, LOCK_EX) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return 0;
}

static bool still_there(int place, int base)
{
    struct stat opened, named;

    return fstat(base, &opened) == 0 && fstatat(place, BASE, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* lock_base - makes it where it is missing. Waits for another start, whose sweep has a deadline. */
static int lock_base(struct bl_cgroup_hierarchy *hierarchy, struct bl_err *err)
{
    errno = EBUSY;
    for (int i = 0; i < BASE_TRIES; i++) {
        bl_autoclose int base = -1;

        if (mkdirat(hierarchy->place, BASE, 0755) < 0 && errno != EEXIST)
            break;
        base = bl_cgroup_open_dir(hierarchy->place, BASE);
        if (base < 0 && errno == ENOENT)
            continue; /* removed since */
        if (base < 0 || lock_directory(base) < 0)
            break;
        if (still_there(hierarchy->place, base)) {
            hierarchy->base = bl_take_fd(&base);
            return 0;
        }
        errno = EBUSY;
    }
    return bl_fail(err, BL_STEP_CGROUP_CREATE, errno, "%.200s/" BASE, hierarchy->path);
}

static void index_name(char name[24], unsigned index)
{
    (void)snprintf(name, 24, "i%u", index);
}

static void drop_instance(struct bl_cgroup_hierarchy *hierarchy, unsigned index)
{
    char name[24];

    index_name(name, index);
    if (hierarchy->instance >= 0)
        (void)unlinkat(hierarchy->base, name, AT_REMOVEDIR); /* what stays, the next start sweeps */
    bl_close_fd(&hierarchy->instance);
}

/* make_instance - EEXIST: taken. Made before it is locked, and nobody sweeps meanwhile. */
static int make_instance(const struct bl_cgroup_tree *tree, struct bl_cgroup_hierarchy *hierarchy,
                         unsigned index)
{
    char name[24];

    index_name(name, index);
    if (mkdirat(hierarchy->base, name, 0755) < 0)
        return -1;
    hierarchy->instance = bl_cgroup_open_dir(hierarchy->base, name);
    if (hierarchy->instance < 0) {
        int saved = errno;
        (void)unlinkat(hierarchy->base, name, AT_REMOVEDIR);
        errno = saved;
        return -1;
    }
    if (flock(hierarchy->instance, LOCK_EX | LOCK_NB) < 0)
        return -1;
    return tree->backend->prepare_inner(hierarchy, hierarchy->base, hierarchy->instance);
}

/* claim_index - the same one in every hierarchy, or none. Returns -1 with errno. */
static int claim_index(struct bl_cgroup_tree *tree, unsigned index)
{
    for (unsigned i = 0; i < tree->hierarchy_count; i++) {
        if (make_instance(tree, &tree->hierarchies[i], index) == 0)
            continue;
        int saved = errno;
        for (unsigned j = 0; j <= i; j++)
            drop_instance(&tree->hierarchies[j], index);
        errno = saved;
        return -1;
    }
    tree->index = index;
    return 0;
}

static int claim_any(struct bl_cgroup_tree *tree, struct bl_err *err)
{
    for (unsigned index = 0; index < BL_CGROUP_INSTANCES_MAX; index++) {
        if (claim_index(tree, index) == 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    return bl_fail(err, BL_STEP_CGROUP_CREATE, errno, "%.200s/" BASE "/i*",
                   tree->hierarchies[0].path);
}

static int lock_bases(struct bl_cgroup_tree *tree, struct bl_err *err)
{
    for (unsigned i = 0; i < tree->hierarchy_count; i++) {
        struct bl_cgroup_hierarchy *hierarchy = &tree->hierarchies[i];

        if (lock_base(hierarchy, err) < 0)
            return -1;
        if (tree->backend->prepare_inner(hierarchy, hierarchy->place, hierarchy->base) < 0)
            return bl_fail(err, BL_STEP_CGROUP_CREATE, errno, "%.200s/" BASE, hierarchy->path);
    }
    return 0;
}

static int claim(struct bl_cgroup_tree *tree, struct bl_err *err)
{
    if (lock_bases(tree, err) < 0)
        return -1;
    for (unsigned i = 0; i < tree->hierarchy_count; i++)
        bl_cgroup_sweep(&tree->hierarchies[i]);
    if (claim_any(tree, err) < 0)
        return -1;
    for (unsigned i = 0; i < tree->hierarchy_count; i++)
        (void)flock(tree->hierarchies[i].base, LOCK_UN); /* cannot fail on a locked file */
    return 0;
}

int bl_cgroup_tree_open(struct bl_cgroup_tree **out, const char *place, struct bl_err *err)
{
    struct bl_cgroup_tree *tree = calloc(1, sizeof(*tree));

    if (!tree)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the cgroup tree");
    for (unsigned i = 0; i < BL_CGROUP_HIERARCHIES_MAX; i++)
        tree->hierarchies[i].place = tree->hierarchies[i].base = tree->hierarchies[i].instance = -1;
    if (bl_cgroup_find(tree, place, err) < 0 || tree->backend->settle(tree, err) < 0 ||
        claim(tree, err) < 0) {
        bl_cgroup_tree_free(&tree);
        return -1;
    }
    tree->clone_into_works =
        tree->version == 2 && bl_cgroup_clone_into_probe(tree->hierarchies[0].instance);
    *out = tree;
    return 0;
}

/* leave_base - removes it if we were the last. Under its lock, since of two that leave at once one
 * must see that the other has gone; and only if the name still means it, since another may have
 * removed it and a third have made a new one, which is not ours to remove. */
static void leave_base(struct bl_cgroup_hierarchy *hierarchy)
{
    if (hierarchy->base >= 0 && lock_directory(hierarchy->base) == 0 &&
        still_there(hierarchy->place, hierarchy->base))
        (void)unlinkat(hierarchy->place, BASE, AT_REMOVEDIR); /* EBUSY: others live in it */
    bl_close_fd(&hierarchy->base);
}

void bl_cgroup_tree_free(struct bl_cgroup_tree **tree)
{
    if (!*tree)
        return;
    for (unsigned i = 0; i < (*tree)->hierarchy_count; i++) {
        drop_instance(&(*tree)->hierarchies[i], (*tree)->index);
        leave_base(&(*tree)->hierarchies[i]);
    }
    if ((*tree)->hierarchies[0].place >= 0)
        (*tree)->backend->unsettle(*tree);
    for (unsigned i = 0; i < (*tree)->hierarchy_count; i++)
        bl_close_fd(&(*tree)->hierarchies[i].place);
    free(*tree);
    *tree = NULL;
}

unsigned bl_cgroup_tree_version(const struct bl_cgroup_tree *tree)
{
    return tree->version;
}

unsigned bl_cgroup_tree_index(const struct bl_cgroup_tree *tree)
{
    return tree->index;
}

bool bl_cgroup_tree_clone_into_works(const struct bl_cgroup_tree *tree)
{
    return tree->clone_into_works;
}
