/* test_cgroup_sweep.c - sweeping, probing and removing in folders that are none of the kernel's:
 * what can't be done is left, and told where somebody waits for it. On the kernel's own:
 * tests/sandbox/test_cgroup_tree.c. */
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
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

static char top[32];
static struct bl_cgroup_hierarchy hierarchy;

static void make(const char *name, bool is_folder)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", top, name);
    if (is_folder) {
        assert_return_code(mkdir(path, 0700), errno);
        return;
    }
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd); /* empty */
}

static bool is_there(const char *name)
{
    return faccessat(hierarchy.base, name, F_OK, 0) == 0;
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(top, sizeof(top), "/tmp/bailiff-sweep-XXXXXX");
    if (!mkdtemp(top))
        return -1;
    hierarchy.base = hierarchy.instance = bl_cgroup_open_dir(AT_FDCWD, top);
    (void)snprintf(hierarchy.path, sizeof(hierarchy.path), "%s", top);
    return hierarchy.base >= 0 ? 0 : -1;
}

static int on_entry(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    (void)is;
    (void)at;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static int tear_down(void **state)
{
    (void)state;
    bl_close_fd(&hierarchy.base);
    return nftw(top, on_entry, 8, FTW_PHYS | FTW_DEPTH);
}

/* cgroup.kill does at one stroke what else takes a look at each process; that it was written to is
 * all that a file which is none of the kernel's can say. */
static void sweep__kills_a_whole_group_where_the_kernel_can(void **state)
{
    char text[2] = "";

    (void)state;
    make("i7", true);
    make("i7/cgroup.kill", false);
    make("i8", true);
    make("i8/s1", true);
    make("other", true);
    bl_cgroup_sweep(&hierarchy);
    assert_true(is_there("i7")); /* it holds a file: no group would */
    assert_false(is_there("i8"));
    assert_true(is_there("other"));
    assert_int_equal(bl_cgroup_open_dir(hierarchy.base, "i7/cgroup.kill"), -1);
    const int killed = openat(hierarchy.base, "i7/cgroup.kill", O_RDONLY | O_CLOEXEC);
    assert_true(killed >= 0);
    assert_int_equal(read(killed, text, 1), 1);
    assert_string_equal(text, "1");
    (void)close(killed); /* read only */
}

/* With fewer and fewer descriptors, down to none: what is left is swept by the next one. */
static void sweep__leaves_what_it_can_not_open(void **state)
{
    const int lowest = dup(hierarchy.base);
    struct rlimit before, few;

    (void)state;
    assert_int_equal(close(lowest), 0);
    assert_return_code(getrlimit(RLIMIT_NOFILE, &before), errno);
    for (int more = 4; more >= 0; more--) {
        if (!is_there("i7")) {
            make("i7", true);
            make("i7/s1", true);
        }
        few = (struct rlimit){.rlim_cur = (rlim_t)(lowest + more), .rlim_max = before.rlim_max};
        assert_return_code(setrlimit(RLIMIT_NOFILE, &few), errno);
        bl_cgroup_sweep(&hierarchy);
        assert_return_code(setrlimit(RLIMIT_NOFILE, &before), errno);
        assert_int_equal(is_there("i7"), more < 4); /* itself, the lock, the group, its list */
    }
    const int after = dup(hierarchy.base);
    assert_int_equal(after, lowest);
    assert_int_equal(close(after), 0);
    bl_cgroup_sweep(&hierarchy);
    assert_false(is_there("i7"));
}

static void probe__fails_in_a_folder_that_is_no_group(void **state)
{
    const int lowest = dup(hierarchy.base);
    struct rlimit before, few;

    (void)state;
    assert_int_equal(close(lowest), 0);
    assert_false(bl_cgroup_clone_into_probe(hierarchy.base));
    assert_false(is_there("probe"));
    assert_return_code(getrlimit(RLIMIT_NOFILE, &before), errno);
    few = (struct rlimit){.rlim_cur = (rlim_t)(lowest + 2), .rlim_max = before.rlim_max};
    assert_return_code(setrlimit(RLIMIT_NOFILE, &few), errno);
    assert_false(bl_cgroup_clone_into_probe(hierarchy.base)); /* the group, and half a pipe */
    assert_return_code(setrlimit(RLIMIT_NOFILE, &before), errno);
    assert_false(is_there("probe"));
}

static void remove__tells_what_stays(void **state)
{
    struct bl_cgroup_tree tree = {.version = 2, .hierarchy_count = 1, .hierarchies = {hierarchy}};
    struct bl_cgroup_tree *none = NULL;
    struct bl_err err;
    bool gone;

    (void)state;
    make("s1", true);
    make("s1/file", false);
    assert_int_equal(bl_cgroup_remove(&tree, 1, &gone, &err), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_REMOVE);
    assert_int_equal(err.sys_errno, ENOTEMPTY);
    assert_int_equal(bl_cgroup_remove(&tree, 2, &gone, &err), 0); /* never was */
    assert_true(gone);
    bl_cgroup_tree_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sweep__kills_a_whole_group_where_the_kernel_can, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(sweep__leaves_what_it_can_not_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(probe__fails_in_a_folder_that_is_no_group, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(remove__tells_what_stays, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
