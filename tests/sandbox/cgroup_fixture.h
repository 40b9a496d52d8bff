/* cgroup_fixture.h - for the tests of limits/cgroup*: a place of the test's own in every mounted
 * hierarchy, and processes that join groups. The same tests prove v1 and v2.
 *
 * The place is removed by the teardown with rmdir alone: that it can be removed proves that nothing
 * was left below it. The place of a test program that was killed is removed by the next. */
#ifndef TESTS_CGROUP_FIXTURE_H
#define TESTS_CGROUP_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "limits/cgroup_parse.h"
#include "limits/cgroup_tree.h"
#include "tests/sandbox/cgroup_leftovers.h"

enum { FIXTURE_MOUNTS_MAX = 16, FIXTURE_DEADLINE_S = 60 };

struct fixture {
    char place[64]; /* below each mount */
    unsigned mount_count;
    struct bl_cgroup_mount mounts[FIXTURE_MOUNTS_MAX];
    int claims[FIXTURE_MOUNTS_MAX]; /* on the place in each */
    int fd_count;                   /* open in this process before the test */
};

/* ---- small things ---- */

static inline void must(int result, const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    if (result < 0)
        fail_msg("%s", bl_error_text(err, text));
}

static inline int count_fds(void)
{
    int count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static inline time_t deadline_from_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + FIXTURE_DEADLINE_S;
}

static inline void pause_before(time_t deadline)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    assert_true(now.tv_sec < deadline);
    (void)poll(NULL, 0, 2);
}

static inline void path_in(char path[BL_CGROUP_PATH_MAX], const char *directory, const char *name)
{
    assert_true(snprintf(path, BL_CGROUP_PATH_MAX, "%s/%s", directory, name) < BL_CGROUP_PATH_MAX);
}

static inline bool put_file(const char *directory, const char *name, const char *value)
{
    char path[BL_CGROUP_PATH_MAX];
    path_in(path, directory, name);
    bl_autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
}

static inline bool get_file(const char *directory, const char *name, char *text, size_t room)
{
    char path[BL_CGROUP_PATH_MAX];
    path_in(path, directory, name);
    bl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, room - 1);

    if (length < 0)
        return false;
    text[length] = '\0';
    return true;
}

/* ---- the place ---- */

static inline void copy_cpuset(const char *from, const char *to)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    char text[4096];

    for (size_t i = 0; i < BL_ARRAY_LEN(files); i++) {
        assert_true(get_file(from, files[i], text, sizeof(text)));
        assert_true(put_file(to, files[i], text));
    }
}

/* place_make - mkdir of `name` below `parent`, fit for groups (v1: cpuset; v2: controllers). */
static inline void place_make(const struct bl_cgroup_mount *mount, const char *parent,
                              const char *name)
{
    char path[BL_CGROUP_PATH_MAX];

    path_in(path, parent, name);
    if (mount->unified)
        (void)put_file(parent, "cgroup.subtree_control", "+memory +pids +cpu +cpuset +io");
    assert_return_code(mkdir(path, 0755), errno);
    if (mount->controllers & BL_CGROUP_HAS(CPUSET))
        copy_cpuset(parent, path);
}

static inline void find_mounts(struct fixture *fixture)
{
    FILE *stream = fopen("/proc/self/mountinfo", "re");
    char line[8192];

    assert_non_null(stream);
    while (fgets(line, sizeof(line), stream)) {
        struct bl_cgroup_mount *mount = &fixture->mounts[fixture->mount_count];

        if (fixture->mount_count < FIXTURE_MOUNTS_MAX &&
            bl_cgroup_parse_mount(line, strlen(line), mount) &&
            (mount->unified || mount->controllers))
            fixture->mount_count++;
    }
    (void)fclose(stream);
}

static inline void cannot_isolate(const char *why)
{
    if (getenv("BAILIFF_MUST_ISOLATE"))
        fail_msg("%s", why);
    print_message("skipped: %s\n", why);
    skip();
}

static inline void need_root(void)
{
    if (geteuid() != 0)
        cannot_isolate("making cgroups needs root");
}

static inline int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    *state = fixture;
    if (geteuid() != 0)
        return 0; /* each test skips */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)snprintf(fixture->place, sizeof(fixture->place), "/" TESTS_GROUP_PREFIX "%d",
                   (int)getpid());
    find_mounts(fixture);
    for (unsigned i = 0; i < fixture->mount_count; i++) {
        char path[BL_CGROUP_PATH_MAX];

        leftovers_sweep(fixture->mounts[i].point);
        place_make(&fixture->mounts[i], fixture->mounts[i].point, fixture->place + 1);
        path_in(path, fixture->mounts[i].point, fixture->place + 1);
        fixture->claims[i] = leftovers_claim(path);
        assert_true(fixture->claims[i] >= 0);
    }
    fixture->fd_count = count_fds();
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char path[BL_CGROUP_PATH_MAX];

    if (geteuid() == 0) {
        assert_int_equal(count_fds(), fixture->fd_count);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
    }
    for (unsigned i = 0; i < fixture->mount_count; i++) {
        path_in(path, fixture->mounts[i].point, fixture->place + 1);
        assert_return_code(rmdir(path), errno);
        bl_close_fd(&fixture->claims[i]);
    }
    free(fixture);
    return 0;
}

/* ---- a tree and one group in it ---- */

struct subject {
    struct bl_cgroup_tree *tree;
    struct bl_cgroup *group;
    struct bl_cgroup_join join;
};

static inline struct bl_limits generous(void)
{
    return (struct bl_limits){.memory_bytes = 128 * BL_MIB, .pids = 64, .cpus_milli = 2000};
}

static inline void create_group(struct bl_cgroup_tree *tree, uint64_t serial,
                                struct bl_cgroup **group, struct bl_cgroup_join *join)
{
    struct bl_cgroup_files files;
    struct bl_err err;

    must(bl_cgroup_create(tree, serial, &files, join, &err), &err);
    must(bl_cgroup_adopt(group, &files, &err), &err);
}

static inline struct bl_cgroup_tree *open_tree(const char *place)
{
    struct bl_cgroup_tree *tree = NULL;
    struct bl_err err;

    must(bl_cgroup_tree_open(&tree, place, &err), &err);
    return tree;
}

static inline void remove_group(struct bl_cgroup_tree *tree, uint64_t serial)
{
    time_t deadline = deadline_from_now();
    struct bl_err err;
    bool gone;

    for (;;) {
        must(bl_cgroup_remove(tree, serial, &gone, &err), &err);
        if (gone)
            return;
        pause_before(deadline);
    }
}

static inline struct subject subject_make(void **state, const struct bl_limits *limits)
{
    struct fixture *fixture = *state;
    struct subject subject = {0};
    struct bl_err err;

    need_root();
    subject.tree = open_tree(fixture->place);
    create_group(subject.tree, 1, &subject.group, &subject.join);
    must(bl_cgroup_limit(subject.group, limits, &err), &err);
    return subject;
}

static inline void subject_end(struct subject *subject)
{
    bl_cgroup_free(&subject->group);
    bl_cgroup_join_release(&subject->join);
    remove_group(subject->tree, 1);
    bl_cgroup_tree_free(&subject->tree);
    assert_null(subject->tree);
}

/* ---- processes ---- */

/* run_inside - forks a process that joins and then calls body(arg) for its exit status. */
static inline pid_t run_inside(const struct bl_cgroup_join *join, int (*body)(void *), void *arg)
{
    pid_t child = fork();

    assert_return_code(child, errno);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(bl_cgroup_join_self(join) < 0 ? 111 : body(arg));
    }
    return child;
}

static inline int wait_for(pid_t child)
{
    int status = 0;
    pid_t ended;

    do
        ended = waitpid(child, &status, 0);
    while (ended < 0 && errno == EINTR);
    assert_int_equal(ended, child);
    return status;
}

static inline void assert_exited(int status, int code)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
        fail_msg("wait status %#x, not exit %d", (unsigned)status, code);
}

static inline int body_wait(void *unused)
{
    (void)unused;
    (void)pause(); /* until a signal ends it */
    return 112;
}

/* body_touch - writes to every page of that many bytes. */
static inline int body_touch(void *bytes)
{
    size_t size = *(const size_t *)bytes;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return 1;
    (void)madvise(memory, size, MADV_NOHUGEPAGE); /* a huge page would count for 512 */
    for (size_t i = 0; i < size; i += 4096)
        *(volatile char *)(memory + i) = 1;
    return 0;
}

/* count_inside - how many lines of /proc/<pid>/cgroup end like this? */
static inline unsigned count_inside(pid_t pid, const char *ending)
{
    char path[64], line[8192];
    unsigned count = 0;
    FILE *stream;

    (void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
    stream = fopen(path, "re");
    assert_non_null(stream);
    while (fgets(line, sizeof(line), stream)) {
        size_t length = strcspn(line, "\n");

        if (length >= strlen(ending) &&
            strncmp(line + length - strlen(ending), ending, strlen(ending)) == 0)
            count++;
    }
    (void)fclose(stream);
    return count;
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
