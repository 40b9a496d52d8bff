/* test_cgroup_place.c - promises of limits/cgroup_tree.h about where the tree may be nested: a
 * place that is given, the own cgroup with the worker and the warden alone in it, and one that
 * others sit in too. The fixture's teardown is part of every test. */
#include "cgroup_fixture.h"
#include "limits/verdict.h"

static void place__place_that_is_not_there_is_named(void **state)
{
    static const char *const wrong[] = {"/no-such-cgroup", "relative", "", "/a/../../b"};
    struct bl_cgroup_tree *tree = NULL;
    struct bl_err err;

    (void)state;
    need_root();
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++) {
        assert_int_equal(bl_cgroup_tree_open(&tree, wrong[i], &err), -1);
        assert_int_equal(err.step, BL_STEP_CGROUP_FIND);
        assert_non_null(strstr(err.detail, wrong[i]));
        assert_null(tree);
    }
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Of a process that has ended and been reaped. */
static pid_t dead_pid(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return pid;
}

static void place__a_killed_test_leaves_nothing_for_long(void **state)
{
    struct fixture *fixture = *state;
    char path[BL_CGROUP_PATH_MAX], name[64], below[BL_CGROUP_PATH_MAX];

    need_root();
    (void)snprintf(name, sizeof(name), TESTS_GROUP_PREFIX "%d", (int)dead_pid());
    for (unsigned i = 0; i < fixture->mount_count; i++) {
        path_in(path, fixture->mounts[i].point, name);
        path_in(below, path, "i0");
        assert_return_code(mkdir(path, 0700), errno);
        bl_autoclose int claim = leftovers_claim(path);
        assert_true(claim >= 0);
        assert_return_code(mkdir(below, 0700), errno);
        leftovers_sweep(fixture->mounts[i].point);
        assert_true(is_there(below)); /* somebody claims it */
        bl_close_fd(&claim);
        leftovers_sweep(fixture->mounts[i].point);
        assert_false(is_there(path));
        path_in(path, fixture->mounts[i].point, fixture->place + 1);
        assert_true(is_there(path)); /* our own */
    }
}

/* own_* - a group below the place that a process sits in when it looks for its own. */
static void own_make(const struct fixture *fixture)
{
    char place[BL_CGROUP_PATH_MAX];

    for (unsigned i = 0; i < fixture->mount_count; i++) {
        path_in(place, fixture->mounts[i].point, fixture->place + 1);
        place_make(&fixture->mounts[i], place, "own");
    }
}

static bool own_enter(const struct fixture *fixture)
{
    char own[BL_CGROUP_PATH_MAX];
    bool entered = true;

    for (unsigned i = 0; i < fixture->mount_count; i++) {
        (void)snprintf(own, sizeof(own), "%.1000s%s/own", fixture->mounts[i].point, fixture->place);
        entered = put_file(own, "cgroup.procs", "0") && entered;
    }
    return entered;
}

/* Only rmdir: what is left below fails the test. v2 kernels may still hold a process that ended. */
static void own_remove(const struct fixture *fixture)
{
    char own[BL_CGROUP_PATH_MAX];
    time_t deadline = deadline_from_now();

    for (unsigned i = 0; i < fixture->mount_count; i++) {
        (void)snprintf(own, sizeof(own), "%.1000s%s/own", fixture->mounts[i].point, fixture->place);
        while (rmdir(own) < 0) {
            assert_int_equal(errno, EBUSY);
            pause_before(deadline);
        }
    }
}

/* run_one - a tree where the process itself is, one program in it, and all gone again. */
static int run_one(void)
{
    struct bl_cgroup_tree *tree = NULL;
    struct bl_cgroup_files files;
    struct bl_cgroup_join join;
    struct bl_err err;
    bool gone = false;
    int status;
    pid_t child;

    if (bl_cgroup_tree_open(&tree, NULL, &err) < 0 ||
        bl_cgroup_create(tree, 1, &files, &join, &err) < 0) {
        print_error("%s\n", err.detail);
        return 1;
    }
    if (bl_cgroup_tree_clone_into_works(tree) != (join.directory >= 0))
        return 4;
    child = fork();
    if (child == 0)
        _exit(bl_cgroup_join_self(&join) < 0 ? 1 : 0);
    if (waitpid(child, &status, 0) != child || status != 0)
        return 2;
    while (!gone) {
        if (bl_cgroup_remove(tree, 1, &gone, &err) < 0)
            return 3;
    }
    bl_cgroup_files_release(&files);
    bl_cgroup_join_release(&join);
    bl_cgroup_tree_free(&tree);
    return 0;
}

static void place__own_group_of_worker_and_warden_will_do(void **state)
{
    struct fixture *fixture = *state;
    int status;
    pid_t worker, warden;

    need_root();
    own_make(fixture);
    worker = fork();
    if (worker == 0) {
        warden = own_enter(fixture) ? fork() : -1;
        if (warden == 0)
            _exit(run_one());
        _exit(warden > 0 && waitpid(warden, &status, 0) == warden && WIFEXITED(status)
                  ? WEXITSTATUS(status)
                  : 99);
    }
    assert_exited(wait_for(worker), 0);
    own_remove(fixture);
}

/* run_beside_another - like run_one(), in "own", where another process sits too. */
static void run_beside_another(const struct fixture *fixture)
{
    time_t deadline = deadline_from_now();
    pid_t other, warden;

    other = fork();
    if (other == 0)
        _exit(own_enter(fixture) ? body_wait(NULL) : 1);
    while (count_inside(other, "/own") < fixture->mount_count)
        pause_before(deadline);
    warden = fork();
    if (warden == 0)
        _exit(own_enter(fixture) ? run_one() : 98);
    assert_exited(wait_for(warden), 0);
    assert_int_equal(count_inside(other, "/own"), fixture->mount_count);
    assert_return_code(kill(other, SIGKILL), errno);
    (void)wait_for(other);
}

/* In v2 the place above "own" is used then; in v1 others don't matter. */
static void place__own_group_with_others_in_it_is_left_alone(void **state)
{
    need_root();
    own_make(*state);
    run_beside_another(*state);
    own_remove(*state);
}

/* Some kernels then kill what is born by CLONE_INTO_CGROUP: programs must get in another way. */
static void place__own_group_that_was_killed_once_will_do(void **state)
{
    const struct fixture *fixture = *state;
    char own[BL_CGROUP_PATH_MAX];

    need_root();
    own_make(fixture);
    for (unsigned i = 0; i < fixture->mount_count; i++) {
        (void)snprintf(own, sizeof(own), "%.1000s%s/own", fixture->mounts[i].point, fixture->place);
        if (fixture->mounts[i].unified)
            assert_true(put_file(own, "cgroup.kill", "1"));
    }
    run_beside_another(fixture);
    own_remove(fixture);
}

static void limit_place(const struct fixture *fixture, const char *pids)
{
    bool done = false;

    for (unsigned i = 0; i < fixture->mount_count; i++) {
        char path[BL_CGROUP_PATH_MAX];

        path_in(path, fixture->mounts[i].point, fixture->place + 1);
        done |= put_file(path, "pids.max", pids);
    }
    assert_true(done);
}

static int body_fork_is_refused(void *unused)
{
    pid_t child = fork();

    (void)unused;
    if (child == 0)
        _exit(0);
    return child < 0 && errno == EAGAIN ? 7 : 0;
}

/* In whichever of the two groups the kernel counts it. */
static void place__its_pids_limit_is_not_the_programs(void **state)
{
    struct bl_limits limits = generous();
    struct subject subject = subject_make(state, &limits);
    struct bl_usage usage = {0};
    uint64_t before, after;
    struct bl_err err;

    must(bl_cgroup_refused_above(subject.group, &before, &err), &err);
    limit_place(*state, "1");
    int status = wait_for(run_inside(&subject.join, body_fork_is_refused, NULL));
    limit_place(*state, "max");
    assert_exited(status, 7);
    must(bl_cgroup_refused_above(subject.group, &after, &err), &err);
    must(bl_cgroup_usage(subject.group, &usage, &err), &err);
    assert_true(after > before || usage.pids_refused > 0);
    if (after == before && usage.has_pids_peak)
        assert_false(bl_verdict_own_refusals(&usage, &limits));
    subject_end(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(place__a_killed_test_leaves_nothing_for_long),
        PROMISE(place__place_that_is_not_there_is_named),
        PROMISE(place__own_group_of_worker_and_warden_will_do),
        PROMISE(place__own_group_with_others_in_it_is_left_alone),
        PROMISE(place__own_group_that_was_killed_once_will_do),
        PROMISE(place__its_pids_limit_is_not_the_programs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
