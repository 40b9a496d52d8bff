/* test_cgroup_faults.c - the n-th system call fails, for every n, while a tree is opened, a group
 * made and a handle taken: an error is whole, nothing is left, and the same call works afterwards.
 * And what is handed over incomplete is refused.
 *
 * The calls listed in FAULTY are linked with --wrap (tests/CMakeLists.txt). unlinkat and close are
 * not among them: they are what cleaning up is made of. */
#include <sys/epoll.h>

#include "cgroup_fixture.h"

static struct {
    bool armed;
    unsigned calls_left; /* until the one that fails */
    bool struck;
} fault;

static void arm(unsigned n)
{
    fault.armed = true;
    fault.struck = false;
    fault.calls_left = n;
}

/* disarm - did a call fail? */
static bool disarm(void)
{
    fault.armed = false;
    return fault.struck;
}

static bool strike(void)
{
    if (!fault.armed || fault.struck || --fault.calls_left > 0)
        return false;
    fault.struck = true;
    errno = EIO;
    return true;
}

#define FAULTY(type, failure, name, parameters, ...)            \
    type __real_##name parameters;                              \
    type __wrap_##name parameters;                              \
    type __wrap_##name parameters                               \
    {                                                           \
        return strike() ? failure : __real_##name(__VA_ARGS__); \
    }

FAULTY(int, -1, mkdirat, (int dir, const char *path, mode_t mode), dir, path, mode)
FAULTY(int, -1, openat64, (int dir, const char *path, int flags, ...), dir, path, flags)
FAULTY(int, -1, __openat64_2, (int dir, const char *path, int flags), dir, path, flags)
FAULTY(int, -1, flock, (int fd, int operation), fd, operation)
FAULTY(int, -1, fstat64, (int fd, struct stat *out), fd, out)
FAULTY(ssize_t, -1, read, (int fd, void *bytes, size_t room), fd, bytes, room)
FAULTY(ssize_t, -1, write, (int fd, const void *bytes, size_t length), fd, bytes, length)
FAULTY(ssize_t, -1, pread64, (int fd, void *bytes, size_t room, off_t at), fd, bytes, room, at)
FAULTY(ssize_t, -1, pwrite64, (int fd, const void *bytes, size_t size, off_t at), fd, bytes, size,
       at)
FAULTY(int, -1, eventfd, (unsigned value, int flags), value, flags)
FAULTY(int, -1, timerfd_create, (int clock, int flags), clock, flags)
FAULTY(int, -1, epoll_create1, (int flags), flags)
FAULTY(int, -1, epoll_ctl, (int fd, int order, int target, struct epoll_event *event), fd, order,
       target, event)
FAULTY(int, -1, pipe2, (int fds[2], int flags), fds, flags)
FAULTY(void *, NULL, calloc, (size_t count, size_t size), count, size)

static void assert_whole(const struct bl_err *err)
{
    assert_in_range(err->step, BL_STEP_NONE + 1, BL_STEP_COUNT - 1);
    assert_true(err->detail[0] != '\0');
}

static void assert_nothing_open(const struct bl_cgroup_files *files,
                                const struct bl_cgroup_join *join)
{
    for (int i = 0; i < BL_CGROUP_ROLE_COUNT; i++)
        assert_int_equal(files->fds[i], -1);
    for (int i = 0; i < BL_CGROUP_JOIN_MAX; i++)
        assert_int_equal(join->tasks[i], -1);
    assert_int_equal(join->directory, -1);
}

/* Every failing call must fail the creation; the serial stays free, or the next round says EEXIST.
 */
static void faults__create_leaves_nothing(void **state)
{
    struct bl_cgroup_files files;
    struct bl_cgroup_join join;
    struct bl_cgroup_tree *tree;
    struct bl_err err;
    unsigned n = 0;
    int result, fds;

    need_root();
    tree = open_tree(((struct fixture *)*state)->place);
    fds = count_fds();
    for (;;) {
        arm(++n);
        result = bl_cgroup_create(tree, 1, &files, &join, &err);
        if (!disarm())
            break;
        assert_int_equal(result, -1);
        assert_whole(&err);
        assert_nothing_open(&files, &join);
        assert_int_equal(count_fds(), fds);
    }
    must(result, &err);
    assert_true(n > 20); /* it did more than that many calls */
    bl_cgroup_files_release(&files);
    bl_cgroup_join_release(&join);
    remove_group(tree, 1);
    bl_cgroup_tree_free(&tree);
}

/* Except for the one read that only clears the watch (v2), every failing call fails the adoption.
 */
static void faults__adopt_closes_what_it_takes(void **state)
{
    struct bl_cgroup_files files;
    struct bl_cgroup_join join;
    struct bl_cgroup_tree *tree;
    struct bl_cgroup *group = NULL;
    struct bl_err err;
    unsigned n = 0;
    int result, fds;
    bool struck;

    need_root();
    tree = open_tree(((struct fixture *)*state)->place);
    fds = count_fds();
    do {
        must(bl_cgroup_create(tree, ++n, &files, &join, &err), &err);
        bl_cgroup_join_release(&join);
        arm(n);
        result = bl_cgroup_adopt(&group, &files, &err);
        struck = disarm();
        if (result < 0)
            assert_whole(&err);
        assert_int_equal(result == 0, group != NULL);
        bl_cgroup_free(&group);
        assert_int_equal(count_fds(), fds);
        remove_group(tree, n);
    } while (struck);
    must(result, &err);
    assert_true(n > 3);
    bl_cgroup_tree_free(&tree);
}

/* The sweep and the probe may fail in part, and the tree is open all the same. */
static void faults__tree_open_leaves_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct bl_cgroup_tree *tree = NULL;
    unsigned n = 0, failed = 0;
    struct bl_err err;
    int result, fds = count_fds();
    bool struck;

    need_root();
    do {
        arm(++n);
        result = bl_cgroup_tree_open(&tree, fixture->place, &err);
        struck = disarm();
        if (result < 0) {
            assert_whole(&err);
            assert_null(tree);
            failed++;
        } else {
            assert_int_equal(bl_cgroup_tree_index(tree), 0);
            bl_cgroup_tree_free(&tree);
        }
        assert_int_equal(count_fds(), fds);
    } while (struck);
    must(result, &err);
    assert_true(failed > 5);
}

static void assert_refused(struct bl_cgroup_files *files)
{
    struct bl_cgroup *group = NULL;
    struct bl_err err;

    assert_int_equal(bl_cgroup_adopt(&group, files, &err), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_OPEN);
    assert_null(group);
    for (int i = 0; i < BL_CGROUP_ROLE_COUNT; i++)
        assert_int_equal(files->fds[i], -1);
}

/* The teardown counts descriptors: what was handed over is closed. */
static void faults__bundle_that_is_not_whole_is_refused(void **state)
{
    struct bl_cgroup_files files;

    (void)state;
    bl_cgroup_files_init(&files);
    assert_refused(&files); /* version 0 */
    for (uint32_t version = 1; version <= 3; version++) {
        bl_cgroup_files_init(&files);
        files.version = version;
        files.fds[BL_CGROUP_PIDS_MAX] = open("/dev/null", O_WRONLY | O_CLOEXEC);
        files.present = 1u << BL_CGROUP_PIDS_MAX;
        assert_refused(&files); /* the others are missing */
        bl_cgroup_files_init(&files);
        files.version = version;
        files.present = 1u << BL_CGROUP_PIDS_MAX;
        assert_refused(&files); /* said to be there, and is not */
        bl_cgroup_files_init(&files);
        files.version = version;
        files.present = 1u << BL_CGROUP_ROLE_COUNT;
        assert_refused(&files);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(faults__create_leaves_nothing),
        PROMISE(faults__adopt_closes_what_it_takes),
        PROMISE(faults__bundle_that_is_not_whole_is_refused),
        PROMISE(faults__tree_open_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
