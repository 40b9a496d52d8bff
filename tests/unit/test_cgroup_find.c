/* test_cgroup_find.c - which hierarchies are taken, by what /proc says of machines that are not
 * this one; and what is told where it can't be read. fopen and statfs are linked with --wrap: the
 * files of /proc are texts, and each mount point is of the type that its line says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

struct proc_file {
    const char *text;
    bool is_broken;  /* it opens, and can't be read */
    int sys_errno;   /* it does not open */
    unsigned opened; /* how often it still does, where sys_errno is set */
};

static struct proc_file mountinfo, own;
static int statfs_errno;
static struct bl_cgroup_tree tree;
static struct bl_err err;

static ssize_t read_nothing(void *cookie, char *to, size_t room)
{
    (void)cookie;
    (void)to;
    (void)room;
    errno = EIO;
    return -1;
}

FILE *__wrap_fopen64(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode)
{
    struct proc_file *file = strcmp(path, "/proc/self/mountinfo") == 0 ? &mountinfo : &own;

    errno = file->sys_errno;
    if (file->sys_errno && file->opened-- == 0)
        return NULL;
    if (file->is_broken)
        return fopencookie(NULL, mode, (cookie_io_functions_t){.read = read_nothing});
    return fmemopen((void *)(uintptr_t)file->text, strlen(file->text), "r");
}

int __wrap_statfs64(const char *path, struct statfs *out);
int __wrap_statfs64(const char *path, struct statfs *out)
{
    memset(out, 0, sizeof(*out));
    out->f_type = strstr(path, "v1") ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC;
    errno = statfs_errno;
    return statfs_errno ? -1 : 0;
}

/* ---- a machine
 * ------------------------------------------------------------------------------------
 */

static char top[] = "/tmp/bailiff-find-XXXXXX"; /* completed; a cgroup2 mount's topmost group */
static char unified[128], covered[128];

static int make_top(void **state)
{
    char path[64];
    FILE *file;

    (void)state;
    if (!mkdtemp(top))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/cgroup.controllers", top);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    (void)snprintf(unified, sizeof(unified), "31 24 0:27 / %s rw - cgroup2 cgroup2 rw\n", top);
    (void)snprintf(covered, sizeof(covered), "31 24 0:27 /../x %s rw - cgroup2 cgroup2 rw\n", top);
    return file && fputs("cpuset cpu io memory pids\n", file) >= 0 && fclose(file) == 0 ? 0 : -1;
}

static int remove_top(void **state)
{
    char path[64];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/cgroup.controllers", top);
    return unlink(path) == 0 ? rmdir(top) : -1;
}

static int find(const char *mounts, const char *groups, const char *place)
{
    memset(&tree, 0, sizeof(tree));
    mountinfo.text = mounts;
    own.text = groups;
    return bl_cgroup_find(&tree, place, &err);
}

static int reset(void **state)
{
    (void)state;
    mountinfo = own = (struct proc_file){0};
    statfs_errno = 0;
    return 0;
}

static const char v1[] = "32 24 0:28 / /v1/memory rw - cgroup cgroup rw,memory\n"
                         "33 24 0:29 / /v1/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
                         "34 24 0:30 / /v1/pids rw - cgroup cgroup rw,pids\n";
static const char v1_own[] = "4:memory:/u\n3:cpu,cpuacct:/u\n2:pids:/u\n";

/* ---- what is taken
 * ---------------------------------------------------------------------------------
 */

static void find__takes_v2_where_it_offers_what_is_needed(void **state)
{
    char path[64];

    (void)state;
    assert_int_equal(find(unified, "0::/user.slice\n", NULL), 0);
    assert_int_equal(tree.version, 2);
    assert_ptr_equal(tree.backend, &bl_cgroup_tree_backend_v2);
    assert_int_equal(tree.hierarchy_count, 1);
    (void)snprintf(path, sizeof(path), "%s/user.slice", top);
    assert_string_equal(tree.hierarchies[0].path, path);
    assert_int_equal(tree.path_floor, strlen(top));
    assert_int_equal(find(unified, "0::/user.slice\n", "/a/b"), 0);
    (void)snprintf(path, sizeof(path), "%s/a/b", top);
    assert_string_equal(tree.hierarchies[0].path, path);
    assert_int_equal(tree.path_floor, strlen(path));
}

/* The mount's top stands for what lies outside of it. */
static void find__takes_the_top_where_the_own_group_is_not_seen(void **state)
{
    (void)state;
    assert_int_equal(find(unified, "0::/../elsewhere\n", NULL), 0);
    assert_string_equal(tree.hierarchies[0].path, top);
    assert_int_equal(find(unified, "0::/\n", NULL), 0);
    assert_string_equal(tree.hierarchies[0].path, top);
}

static void find__takes_v1_where_v2_offers_too_little(void **state)
{
    char both[1024];

    (void)state;
    (void)snprintf(both, sizeof(both), "%s%s", covered, v1);
    assert_int_equal(find(both, v1_own, NULL), 0);
    assert_int_equal(tree.version, 1);
    assert_int_equal(tree.hierarchy_count, 3);
    assert_string_equal(tree.hierarchies[0].path, "/v1/pids/u"); /* in the order of locking */
    assert_int_equal(find(v1, "0::/x\n", "/place"), 0);
    assert_string_equal(tree.hierarchies[1].path, "/v1/memory/place");
}

/* Lines as of overlay mounts; also one that does not end. */
static void find__passes_over_long_lines(void **state)
{
    static char text[40000];

    (void)state;
    memset(text, 'x', 20000);
    text[9999] = '\n';
    (void)stpcpy(text + 10000, unified);
    memset(text + strlen(text), 'x', 20000);
    assert_int_equal(find(text, "0::/a\n", NULL), 0);
    assert_int_equal(tree.version, 2);
}

/* ---- what is told
 * ---------------------------------------------------------------------------------
 */

static void find__tells_which_controller_is_missing(void **state)
{
    (void)state;
    assert_int_equal(find("36 24 0:9 / /home rw - ext4 /dev/a rw\n", "0::/\n", NULL), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_FIND);
    assert_non_null(strstr(err.detail, "the pids controller is neither offered"));
    assert_int_equal(find(v1, "7:freezer:/u\n", NULL), -1); /* it has no group of its own there */
    statfs_errno = ENOENT;                                  /* what is mounted is covered */
    assert_int_equal(find(unified, "0::/\n", NULL), -1);
    assert_non_null(strstr(err.detail, "the pids controller"));
}

/* Nothing that can't be looked at is taken for absent. */
static void find__tells_what_can_not_be_looked_at(void **state)
{
    (void)state;
    statfs_errno = EIO;
    assert_int_equal(find(unified, "0::/\n", NULL), -1);
    assert_int_equal(err.sys_errno, EIO);
    assert_string_equal(err.detail, top);
    (void)reset(NULL);
    own.sys_errno = EMFILE;
    assert_int_equal(find(unified, "0::/\n", NULL), -1);
    assert_int_equal(err.sys_errno, EMFILE);
    assert_string_equal(err.detail, "/proc/self/cgroup");
    (void)reset(NULL);
    own.is_broken = true;
    assert_int_equal(find(unified, "0::/\n", NULL), -1);
    assert_int_equal(err.sys_errno, EIO);
    (void)reset(NULL);
    mountinfo.sys_errno = ENOMEM;
    assert_int_equal(find(unified, "0::/\n", NULL), -1);
    assert_string_equal(err.detail, "/proc/self/mountinfo");
    (void)reset(NULL);
    mountinfo = (struct proc_file){.sys_errno = ENOMEM, .opened = 1}; /* for v2, and not for v1 */
    assert_int_equal(find(v1, v1_own, NULL), -1);
    assert_int_equal(err.sys_errno, ENOMEM);
    (void)reset(NULL);
    mountinfo.is_broken = true;
    assert_int_equal(find(unified, "0::/\n", NULL), -1);
    assert_int_equal(err.sys_errno, EIO);
}

static void find__wants_an_absolute_place(void **state)
{
    (void)state;
    assert_int_equal(find(unified, "0::/\n", "a/b"), -1);
    assert_int_equal(find(unified, "0::/\n", "/a/../../b"), -1);
    assert_int_equal(err.sys_errno, EINVAL);
}

static int check(const char *mounts, const char *place)
{
    mountinfo.text = mounts;
    own.text = "0::/\n";
    return bl_cgroup_place_check(place, &err);
}

static void place__is_looked_for_where_it_would_be_used(void **state)
{
    char path[64];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/there", top);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(check(unified, "/there"), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(check(unified, "/there"), -1);
    assert_int_equal(err.step, BL_STEP_FIELD);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_non_null(strstr(err.detail, path));
    assert_int_equal(check(unified, "there"), -1);
    assert_int_equal(err.step, BL_STEP_FIELD);
    mountinfo.sys_errno = EMFILE; /* says nothing of the place */
    assert_int_equal(check(unified, "/there"), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_FIND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(find__takes_v2_where_it_offers_what_is_needed, reset),
        cmocka_unit_test_setup(find__takes_the_top_where_the_own_group_is_not_seen, reset),
        cmocka_unit_test_setup(find__takes_v1_where_v2_offers_too_little, reset),
        cmocka_unit_test_setup(find__passes_over_long_lines, reset),
        cmocka_unit_test_setup(find__tells_which_controller_is_missing, reset),
        cmocka_unit_test_setup(find__tells_what_can_not_be_looked_at, reset),
        cmocka_unit_test_setup(find__wants_an_absolute_place, reset),
        cmocka_unit_test_setup(place__is_looked_for_where_it_would_be_used, reset),
    };

    return cmocka_run_group_tests(tests, make_top, remove_top);
}
