/* cgroup_tree_v2.c - the tree's side of cgroup v2: finding a place where controllers can be handed
 * to children. Runs in the warden.
 *
 * No process may sit in a group that has controllers enabled for its children (the mount's root
 * aside), and a controller can be enabled only where the parent has. So the own cgroup will do if
 * we can leave it; if others sit in it too, an ancestor has to. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

#define SUPERVISOR "supervisor" /* the leaf into which we move */

enum { NEEDED = BL_CGROUP_HAS(PIDS) | BL_CGROUP_HAS(MEMORY) | BL_CGROUP_HAS(CPU) };

/* enable - hands controllers to the children of dir: the needed ones, and of the others those that
 * dir has. In one write, which the kernel does whole or not at all: what a group has is what may be
 * limited in it. ENOENT: dir lacks one that is needed. */
static int enable(int dir)
{
    char text[1024], orders[64];
    ssize_t length = bl_cgroup_read_at(dir, "cgroup.controllers", text, sizeof(text));
    unsigned has = length < 0 ? 0 : bl_cgroup_parse_controllers(text, (size_t)length);

    if (length < 0)
        return -1;
    if ((has & NEEDED) != NEEDED) {
        errno = ENOENT;
        return -1;
    }
    (void)snprintf(orders, sizeof(orders), "+pids +memory +cpu%s%s",
                   has & BL_CGROUP_HAS(CPUSET) ? " +cpuset" : "",
                   has & BL_CGROUP_HAS(IO) ? " +io" : "");
    return bl_cgroup_write_at(dir, "cgroup.subtree_control", orders);
}

static void disable_all(int dir)
{
    static const char *const orders[] = {"-io", "-cpuset", "-pids -memory -cpu"};

    for (size_t i = 0; i < BL_ARRAY_LEN(orders);
         i++) /* where still in use: refused, and right so */
        (void)bl_cgroup_write_at(dir, "cgroup.subtree_control", orders[i]);
}

/* parent_of - 0: gone, or not to be known. */
static int parent_of(int pid)
{
    char path[32], text[512], *name_end;
    int parent = 0;
    bl_autoclose int file = -1;
    ssize_t length;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = open(path, O_RDONLY | O_CLOEXEC);
    length = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    name_end = strrchr(text, ')'); /* the name before it may hold anything */
    return name_end && sscanf(name_end, ") %*c %d", &parent) == 1 ? parent : 0;
}

/* The worker, and what it has started: us, and the process that fetches files. */
static bool is_ours(int pid)
{
    return pid == getpid() || pid == getppid() || parent_of(pid) == getppid();
}

/* only_ours - does nobody else sit in dir? */
static bool only_ours(int dir)
{
    int pids[4];
    bool all_seen;
    ssize_t count = bl_cgroup_read_pids(dir, pids, BL_ARRAY_LEN(pids), &all_seen);

    for (ssize_t i = 0; i < count; i++) {
        if (!is_ours(pids[i]))
            return false;
    }
    return count > 0 && all_seen;
}

/* move_ours - those of us who sit in `from` into `to`. */
static int move_ours(int from, int to)
{
    char text[16];
    bool all_seen;
    int pids[16];
    ssize_t count = bl_cgroup_read_pids(from, pids, BL_ARRAY_LEN(pids), &all_seen);

    for (ssize_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof(text), "%d", pids[i]);
        if (is_ours(pids[i]) && bl_cgroup_write_at(to, "cgroup.procs", text) < 0)
            return -1;
    }
    return count < 0 ? -1 : 0;
}

/* step_back - undoes step_aside, where no other instance keeps the controllers in use. */
static void step_back(int dir)
{
    bl_autoclose int leaf = bl_cgroup_open_dir(dir, SUPERVISOR);

    disable_all(dir);
    if (leaf >= 0)
        (void)move_ours(leaf, dir); /* refused while controllers are in use: we stay */
    (void)unlinkat(dir, SUPERVISOR, AT_REMOVEDIR);
}

/* step_aside - moves us out of dir into a leaf below it and enables controllers there. */
static int step_aside(int dir)
{
    bl_autoclose int leaf = -1;

    if (mkdirat(dir, SUPERVISOR, 0755) < 0 && errno != EEXIST)
        return -1;
    leaf = bl_cgroup_open_dir(dir, SUPERVISOR);
    if (leaf >= 0 && move_ours(dir, leaf) == 0 && enable(dir) == 0)
        return 0;
    int saved = errno;
    step_back(dir);
    errno = saved;
    return -1;
}

/* make_usable - can groups with the needed controllers be made below dir? Else errno. */
static bool make_usable(struct bl_cgroup_tree *tree, int dir)
{
    if (enable(dir) == 0)
        return true;
    if (errno != EBUSY || !only_ours(dir))
        return false;
    tree->supervised = step_aside(dir) == 0;
    return tree->supervised;
}

/* climb - cuts the last component off the path; false at the floor. */
static bool climb(struct bl_cgroup_tree *tree)
{
    char *path = tree->hierarchies[0].path, *slash = strrchr(path, '/');

    if (strlen(path) <= tree->path_floor || !slash)
        return false;
    *slash = '\0';
    return strlen(path) >= tree->path_floor;
}

static bool in_supervisor(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && strcmp(slash + 1, SUPERVISOR) == 0;
}

static int settle(struct bl_cgroup_tree *tree, struct bl_err *err)
{
    struct bl_cgroup_hierarchy *hierarchy = &tree->hierarchies[0];
    char first[sizeof(hierarchy->path)];
    int first_errno = 0;

    hierarchy->controllers = ~0u; /* every controller's files are in the one directory */
    if (in_supervisor(hierarchy->path))
        (void)climb(tree); /* a leaf of an instance before us: its place is one up */
    memcpy(first, hierarchy->path, sizeof(first));
    do {
        hierarchy->place = bl_cgroup_open_dir(AT_FDCWD, hierarchy->path);
        if (hierarchy->place >= 0 && make_usable(tree, hierarchy->place))
            return 0;
        first_errno = first_errno ? first_errno : errno;
        bl_close_fd(&hierarchy->place);
    } while (climb(tree));
    return bl_fail(err, BL_STEP_CGROUP_FIND, first_errno,
                   "%.100s: the controllers memory, pids and cpu cannot be enabled there or "
                   "further up; start Bailiff as a systemd service or scope with Delegate=yes",
                   first);
}

static void unsettle(struct bl_cgroup_tree *tree)
{
    if (tree->supervised)
        step_back(tree->hierarchies[0].place);
    tree->supervised = false;
}

static int prepare_inner(const struct bl_cgroup_hierarchy *hierarchy, int parent, int dir)
{
    (void)hierarchy;
    (void)parent;
    return enable(dir);
}

static int prepare_leaf(const struct bl_cgroup_hierarchy *hierarchy, int parent, int dir)
{
    (void)hierarchy;
    (void)parent;
    (void)dir;
    return 0;
}

static int put_default(const struct bl_cgroup_files *files, enum bl_cgroup_role role,
                       const char *value, struct bl_err *err)
{
    if (write(files->fds[role], value, strlen(value)) < 0)
        return bl_fail(err, BL_STEP_CGROUP_LIMIT, errno, "%s = %s", bl_cgroup_file_name(2, role),
                       value);
    return 0;
}

static int defaults(const struct bl_cgroup_files *files, struct bl_err *err)
{
    if (bl_cgroup_files_has(files, BL_CGROUP_SWAP_MAX) &&
        put_default(files, BL_CGROUP_SWAP_MAX, "0", err) < 0)
        return -1;
    return put_default(files, BL_CGROUP_OOM_GROUP, "1", err);
}

const struct bl_cgroup_tree_backend bl_cgroup_tree_backend_v2 = {
    .settle = settle,
    .unsettle = unsettle,
    .prepare_inner = prepare_inner,
    .prepare_leaf = prepare_leaf,
    .defaults = defaults,
    .join_file = "cgroup.procs",
};
