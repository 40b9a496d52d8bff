/* test_cgroup_settle.c - how a tree makes groups fit, and cgroup v2's finds a place, over folders
 * that are none of the kernel's: who is moved where, what is handed to children, and that all of it
 * is undone. On the kernel's own: tests/sandbox/test_cgroup_place.c in a guest.
 *
 * write is linked with --wrap, which notes and refuses as the kernel would; and mkdirat, for a
 * group has its files from its first moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

static char top[32]; /* the mount point */

static char written[8192]; /* "group/file=text" for each */
static struct {
    const char *what; /* such a line: refused, so many times */
    int sys_errno;
    unsigned times;
} refusals[4];

ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length)
{
    char link[64], path[256] = "", line[512];

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof(path) - 1) < 0 || strncmp(path, top, strlen(top)) != 0)
        return __real_write(fd, bytes, length);
    (void)snprintf(line, sizeof(line), "%s=%.*s\n", path + strlen(top) + 1, (int)length,
                   (const char *)bytes);
    for (size_t i = 0; i < BL_ARRAY_LEN(refusals); i++)
        if (refusals[i].times > 0 && strcmp(refusals[i].what, line) == 0) {
            refusals[i].times--;
            errno = refusals[i].sys_errno;
            return -1;
        }
    (void)strncat(written, line, sizeof(written) - strlen(written) - 1);
    return (ssize_t)length;
}

static void refuse(size_t number, const char *what, int sys_errno, unsigned times)
{
    refusals[number].what = what;
    refusals[number].sys_errno = sys_errno;
    refusals[number].times = times;
}

/* ---- folders
 * -----------------------------------------------------------------------------------------
 */

static void put(const char *group, const char *file, const char *text)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s%s/%s", top, group, file);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(__real_write(fd, text, strlen(text)), strlen(text));
    (void)close(fd); /* in memory, or what was written is seen to be wrong */
}

static int mkdir_errno;
static bool mkdir_is_bare; /* without files */

int __real_mkdirat(int parent, const char *name, mode_t mode);
int __wrap_mkdirat(int parent, const char *name, mode_t mode);
int __wrap_mkdirat(int parent, const char *name, mode_t mode)
{
    char group[64];

    errno = mkdir_errno;
    if (mkdir_errno || __real_mkdirat(parent, name, mode) < 0)
        return -1;
    (void)snprintf(group, sizeof(group), "/a/%s", name);
    if (!mkdir_is_bare)
        put(group, "cgroup.procs", "");
    return 0;
}

static void make_group(const char *group, const char *controllers)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s%s", top, group);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    put(group, "cgroup.controllers", controllers);
    put(group, "cgroup.subtree_control", "");
    put(group, "cgroup.procs", "");
}

static int on_entry(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    (void)is;
    (void)at;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(top, sizeof(top), "/tmp/bailiff-settle-XXXXXX");
    if (!mkdtemp(top))
        return -1;
    make_group("", "cpuset cpu io memory pids\n");
    make_group("/a", "cpuset cpu io memory pids\n");
    memset(refusals, 0, sizeof(refusals));
    written[0] = '\0';
    mkdir_errno = 0;
    mkdir_is_bare = false;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(top, on_entry, 8, FTW_PHYS | FTW_DEPTH);
}

/* ---- a tree
 * ---------------------------------------------------------------------------------------
 */

static struct bl_cgroup_tree tree;
static struct bl_err err;

static int settle(const char *group)
{
    tree = (struct bl_cgroup_tree){.backend = &bl_cgroup_tree_backend_v2,
                                   .version = 2,
                                   .path_floor = strlen(top),
                                   .hierarchy_count = 1};
    (void)snprintf(tree.hierarchies[0].path, sizeof(tree.hierarchies[0].path), "%s%s", top, group);
    tree.hierarchies[0].place = -1;
    return tree.backend->settle(&tree, &err);
}

static void assert_settled_in(const char *group)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s%s", top, group);
    assert_string_equal(tree.hierarchies[0].path, path);
    assert_true(tree.hierarchies[0].place >= 0);
    tree.backend->unsettle(&tree);
    assert_false(tree.supervised);
    bl_close_fd(&tree.hierarchies[0].place);
}

static void we_sit_in(const char *group, const char *others)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "%d\n%d\n%s", (int)getpid(), (int)getppid(), others);
    put(group, "cgroup.procs", text);
}

/* All that the group has, in one write: of it a job lacks nothing, or nothing is served. */
static const char enabling[] = "a/cgroup.subtree_control=+pids +memory +cpu +cpuset +io\n";

static void settle__takes_the_own_group(void **state)
{
    (void)state;
    assert_int_equal(settle("/a"), 0);
    assert_false(tree.supervised);
    assert_string_equal(written, enabling);
    assert_settled_in("/a");
    assert_int_equal(settle("/a/supervisor"), 0); /* where one before us had stepped aside */
    assert_settled_in("/a");
}

static void settle__climbs_where_controllers_are_missing(void **state)
{
    (void)state;
    make_group("/a", "cpu memory\n");
    assert_int_equal(settle("/a"), 0);
    assert_settled_in("");
    assert_int_equal(settle("/a/nowhere"), 0);
    assert_settled_in("");
}

/* A folder that is no group, or one whose file of controllers can't be read. */
static void settle__climbs_where_there_is_nothing_to_be_known(void **state)
{
    char path[256];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/a/cgroup.controllers", top);
    assert_return_code(unlink(path), errno);
    assert_int_equal(settle("/a"), 0);
    assert_settled_in("");
    assert_null(strstr(written, "a/cgroup.subtree_control"));
}

/* What is not needed is asked for where it is, and only there. */
static void settle__asks_for_what_there_is(void **state)
{
    (void)state;
    make_group("/a", "memory io pids cpu\n");
    assert_int_equal(settle("/a"), 0);
    assert_string_equal(written, "a/cgroup.subtree_control=+pids +memory +cpu +io\n");
    assert_settled_in("/a");
    make_group("/a", "memory pids cpu rdma\n");
    written[0] = '\0';
    assert_int_equal(settle("/a"), 0);
    assert_string_equal(written, "a/cgroup.subtree_control=+pids +memory +cpu\n");
    assert_settled_in("/a");
}

/* Ours alone may be moved: others keep the place. */
static void settle__moves_nobody_else(void **state)
{
    static const char *const others[] = {"1\n", "0\n", "999999999\n", "1\n1\n1\n1\n"};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(others); i++) {
        refuse(0, enabling, EBUSY, 1);
        we_sit_in("/a", others[i]);
        assert_int_equal(settle("/a"), 0);
        assert_false(tree.supervised);
        assert_settled_in("");
        assert_null(strstr(written, "cgroup.procs"));
    }
    refuse(0, enabling, EBUSY, 1);
    put("/a", "cgroup.procs", ""); /* who it is can't be seen */
    assert_int_equal(settle("/a"), 0);
    assert_settled_in("");
}

static void settle__steps_aside_and_back(void **state)
{
    char moved[128];

    (void)state;
    we_sit_in("/a", "");
    refuse(0, enabling, EBUSY, 1);
    assert_int_equal(settle("/a"), 0);
    assert_true(tree.supervised);
    (void)snprintf(moved, sizeof(moved), "a/supervisor/cgroup.procs=%d\n", (int)getpid());
    assert_non_null(strstr(written, moved));
    (void)snprintf(moved, sizeof(moved), "a/supervisor/cgroup.procs=%d\n", (int)getppid());
    assert_non_null(strstr(written, moved));
    we_sit_in("/a/supervisor", "1\n");
    written[0] = '\0';
    assert_settled_in("/a");
    assert_non_null(strstr(written, "a/cgroup.subtree_control=-pids -memory -cpu\n"));
    (void)snprintf(moved, sizeof(moved), "a/cgroup.procs=%d\n", (int)getpid());
    assert_non_null(strstr(written, moved));
    assert_null(strstr(written, "a/cgroup.procs=1\n"));
}

/* A step aside that fails is undone, and the next group up is tried: here it can't be had either.
 */
static void settle__tells_why_the_first_place_will_not_do(void **state)
{
    char moving[128];

    (void)state;
    (void)snprintf(moving, sizeof(moving), "a/supervisor/cgroup.procs=%d\n", (int)getpid());
    for (unsigned i = 0; i < 4; i++) {
        static const int told[] = {EACCES, EPERM, EBUSY, ENOENT};
        memset(refusals, 0, sizeof(refusals));
        we_sit_in("/a", "");
        refuse(0, enabling, EBUSY, i == 2 ? 2 : 1);
        refuse(1, "cgroup.subtree_control=+pids +memory +cpu +cpuset +io\n", EROFS, 1);
        mkdir_errno = i == 0 ? EACCES : 0;
        mkdir_is_bare = i == 3;
        if (i == 1)
            refuse(2, moving, EPERM, 1);
        assert_int_equal(settle("/a"), -1);
        assert_int_equal(err.step, BL_STEP_CGROUP_FIND);
        assert_int_equal(err.sys_errno, told[i]);
        assert_non_null(strstr(err.detail, "Delegate=yes"));
        assert_int_equal(tree.hierarchies[0].place, -1);
        (void)tear_down(NULL);
        (void)set_up(NULL);
    }
}

static void group__is_made_fit(void **state)
{
    struct bl_cgroup_files files;

    (void)state;
    assert_int_equal(settle("/a"), 0);
    const struct bl_cgroup_hierarchy *hierarchy = &tree.hierarchies[0];
    assert_int_equal(tree.backend->prepare_inner(hierarchy, -1, hierarchy->place), 0);
    assert_int_equal(tree.backend->prepare_leaf(hierarchy, -1, hierarchy->place), 0);
    refuse(0, enabling, ENOENT, 1);
    assert_int_equal(tree.backend->prepare_inner(hierarchy, -1, hierarchy->place), -1);
    assert_settled_in("/a");
    bl_cgroup_files_init(&files);
    files.version = 2;
    files.present = 1U << BL_CGROUP_SWAP_MAX | 1U << BL_CGROUP_OOM_GROUP;
    assert_int_equal(tree.backend->defaults(&files, &err), -1);
    assert_string_equal(err.detail, "memory.swap.max = 0");
    files.fds[BL_CGROUP_SWAP_MAX] = memfd_create("swap", MFD_CLOEXEC);
    assert_int_equal(tree.backend->defaults(&files, &err), -1);
    assert_string_equal(err.detail, "memory.oom.group = 1");
    files.fds[BL_CGROUP_OOM_GROUP] = memfd_create("oom", MFD_CLOEXEC);
    assert_int_equal(tree.backend->defaults(&files, &err), 0);
    bl_cgroup_files_release(&files);
}

/* cgroup v1: controllers may share a hierarchy, and each wants its own. */
static void group__of_several_v1_controllers_is_made_fit_for_each(void **state)
{
    static const char bound[] = "a/memory.kmem.tcp.limit_in_bytes=-1\n";
    const struct bl_cgroup_tree_backend *v1 = &bl_cgroup_tree_backend_v1;
    const struct bl_cgroup_hierarchy both = {.controllers =
                                                 BL_CGROUP_HAS(MEMORY) | BL_CGROUP_HAS(CPUSET)};
    char path[256];

    (void)state;
    put("/a", "memory.kmem.tcp.limit_in_bytes", "");
    put("/a", "cpuset.cpus", "0-1\n");
    put("/a", "cpuset.mems", "0\n");
    put("/a", "cgroup.clone_children", "0\n");
    (void)snprintf(path, sizeof(path), "%s/a", top);
    bl_autoclose int dir = bl_cgroup_open_dir(AT_FDCWD, path);
    assert_int_equal(v1->prepare_inner(&both, -1, dir), 0);
    assert_non_null(strstr(written, bound));
    assert_non_null(strstr(written, "a/cgroup.clone_children=1\n"));
    assert_int_equal(v1->prepare_leaf(&both, -1, dir), 0);
    assert_non_null(strstr(written, "a/memory.kmem.tcp.limit_in_bytes=16777216\n"));
    refuse(0, bound, EACCES, 1);
    assert_int_equal(v1->prepare_inner(&both, -1, dir), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(settle__takes_the_own_group, set_up, tear_down),
        cmocka_unit_test_setup_teardown(settle__climbs_where_controllers_are_missing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(settle__climbs_where_there_is_nothing_to_be_known, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(settle__asks_for_what_there_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(settle__moves_nobody_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(settle__steps_aside_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(settle__tells_why_the_first_place_will_not_do, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(group__is_made_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(group__of_several_v1_controllers_is_made_fit_for_each,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
