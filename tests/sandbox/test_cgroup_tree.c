/* test_cgroup_tree.c - promises of limits/cgroup_tree.h: instances are told apart, the dead ones'
 * remnants are swept, and nothing is left. The fixture's teardown is part of every test: its rmdir
 * of the place fails where a directory stayed. */
#include <dirent.h>
#include <linux/sched.h>
#include <sys/syscall.h>

#include "cgroup_fixture.h"

static void need_root(void)
{
    if (geteuid() != 0)
        cannot_isolate("making cgroups needs root");
}

/* is_inside - do all hierarchies' lines of /proc/<pid>/cgroup that matter end like this? */
static unsigned count_inside(pid_t pid, const char *ending)
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

static void tree__process_joins_every_hierarchy(void **state)
{
    struct bl_limits limits = generous();
    struct subject subject = subject_make(state, &limits);
    unsigned hierarchies = subject.join.count;
    time_t deadline = deadline_from_now();
    pid_t child = run_inside(&subject.join, body_wait, NULL);

    while (count_inside(child, "/bailiff/i0/s1") < hierarchies)
        pause_before(deadline);
    assert_return_code(kill(child, SIGKILL), errno);
    (void)wait_for(child);
    subject_end(&subject);
}

static void tree__clone_into_directory(void **state)
{
    struct bl_limits limits = generous();
    struct subject subject = subject_make(state, &limits);
    struct clone_args how = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
    bool works = bl_cgroup_tree_clone_into_works(subject.tree);
    pid_t child;

    assert_int_equal(works, subject.join.directory >= 0);
    assert_false(works && bl_cgroup_tree_version(subject.tree) == 1);
    if (works) {
        how.cgroup = (unsigned)subject.join.directory;
        child = (pid_t)syscall(SYS_clone3, &how, sizeof(how));
        if (child == 0) {
            (void)pause();
            _exit(0);
        }
        assert_return_code(child, errno);
        assert_int_equal(count_inside(child, "/bailiff/i0/s1"), 1);
        assert_return_code(kill(child, SIGKILL), errno);
        (void)wait_for(child);
    }
    subject_end(&subject);
}

static void tree__remove_waits_for_the_last_process(void **state)
{
    struct bl_limits limits = generous();
    struct subject subject = subject_make(state, &limits);
    time_t deadline = deadline_from_now();
    struct bl_err err;
    bool gone = true;
    pid_t child = run_inside(&subject.join, body_wait, NULL);

    while (count_inside(child, "/bailiff/i0/s1") < subject.join.count)
        pause_before(deadline);
    must(bl_cgroup_remove(subject.tree, 1, &gone, &err), &err);
    assert_false(gone);
    assert_return_code(kill(child, SIGKILL), errno);
    (void)wait_for(child);
    remove_group(subject.tree, 1);
    must(bl_cgroup_remove(subject.tree, 1, &gone, &err), &err); /* again: no matter */
    assert_true(gone);
    must(bl_cgroup_remove(subject.tree, 77, &gone, &err), &err); /* never made */
    assert_true(gone);
    subject_end(&subject);
}

static void tree__serial_in_use_is_refused_and_stays_whole(void **state)
{
    struct bl_limits limits = generous();
    struct subject subject = subject_make(state, &limits);
    struct bl_cgroup_files files;
    struct bl_cgroup_join join;
    size_t bytes = BL_MIB;
    struct bl_err err;

    assert_int_equal(bl_cgroup_create(subject.tree, 1, &files, &join, &err), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_CREATE);
    assert_int_equal(err.sys_errno, EEXIST);
    assert_exited(wait_for(run_inside(&subject.join, body_touch, &bytes)), 0);
    subject_end(&subject);
}

static void tree__instances_at_once_have_different_indices(void **state)
{
    struct fixture *fixture = *state;
    struct bl_cgroup_tree *trees[4];

    need_root();
    for (unsigned i = 0; i < BL_ARRAY_LEN(trees); i++) {
        trees[i] = open_tree(fixture->place);
        assert_int_equal(bl_cgroup_tree_index(trees[i]), i);
    }
    bl_cgroup_tree_free(&trees[1]);
    trees[1] = open_tree(fixture->place);
    assert_int_equal(bl_cgroup_tree_index(trees[1]), 1); /* the one that is free */
    for (unsigned i = 0; i < BL_ARRAY_LEN(trees); i++)
        bl_cgroup_tree_free(&trees[i]);
}

/* ---- an instance that dies ---- */

enum { GROUPS_LEFT = 3 };

/* die_with_remnants - opens a tree, makes groups, leaves a program running in one of them and dies
 * without a word. The program has exec'ed, as every program has: it holds no lock. */
static void die_with_remnants(const char *place, int tell)
{
    struct bl_cgroup_tree *tree = open_tree(place);
    struct bl_cgroup *group;
    struct bl_cgroup_join join;
    pid_t child;

    for (uint64_t serial = 1; serial <= GROUPS_LEFT; serial++)
        create_group(tree, serial, &group, &join);
    child = fork();
    if (child == 0) {
        if (bl_cgroup_join_self(&join) == 0 && write(tell, &(pid_t){getpid()}, sizeof(pid_t)) > 0)
            (void)execl("/bin/cat", "cat", "/dev/zero", (char *)NULL);
        _exit(111);
    }
    (void)pause(); /* until we are killed */
    _exit(112);
}

/* leave_remnants - returns the pid of the program that was left running. */
static pid_t leave_remnants(const char *place)
{
    pid_t dying, left = 0;
    char byte;
    int pair[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC), saved = dup(1);

    assert_return_code(pipe2(pair, O_CLOEXEC), errno);
    (void)dup2(null, 1); /* what cat writes to */
    dying = fork();
    if (dying == 0)
        die_with_remnants(place, pair[1]);
    (void)dup2(saved, 1);
    (void)close(saved);
    (void)close(null);
    (void)close(pair[1]);
    assert_int_equal(read(pair[0], &left, sizeof(left)), sizeof(left));
    assert_return_code(kill(dying, SIGKILL), errno);
    assert_int_equal(WTERMSIG(wait_for(dying)), SIGKILL);
    /* The end of the pipe: the program's exec has closed what it inherited, locks too. */
    assert_int_equal(read(pair[0], &byte, 1), 0);
    (void)close(pair[0]);
    return left;
}

static void tree__dead_instance_is_swept_with_what_runs_in_it(void **state)
{
    struct fixture *fixture = *state;
    struct bl_cgroup_tree *tree;
    pid_t left;

    need_root();
    left = leave_remnants(fixture->place);
    tree = open_tree(fixture->place);
    assert_int_equal(bl_cgroup_tree_index(tree), 0); /* the dead one's place is free again */
    assert_int_equal(WTERMSIG(wait_for(left)), SIGKILL);
    bl_cgroup_tree_free(&tree);
}

static void tree__living_instance_is_not_swept(void **state)
{
    struct fixture *fixture = *state;
    struct bl_limits limits = generous();
    struct subject subject = subject_make(state, &limits);
    time_t deadline = deadline_from_now();
    struct bl_cgroup_tree *other;
    pid_t child = run_inside(&subject.join, body_wait, NULL);

    while (count_inside(child, "/bailiff/i0/s1") < subject.join.count)
        pause_before(deadline);
    other = open_tree(fixture->place);
    assert_int_equal(bl_cgroup_tree_index(other), 1);
    assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
    bl_cgroup_tree_free(&other);
    assert_return_code(kill(child, SIGKILL), errno);
    (void)wait_for(child);
    subject_end(&subject);
}

/* ---- starts that race ---- */

enum { RACERS = 6, LAPS = 15 };

/* race - no index may be held by two at once. */
static int race(const char *place, uint64_t *holders)
{
    for (int lap = 0; lap < LAPS; lap++) {
        struct bl_cgroup_tree *tree = NULL;
        char text[BL_ERROR_TEXT_MAX];
        struct bl_err err;
        unsigned index;

        if (bl_cgroup_tree_open(&tree, place, &err) < 0) {
            print_error("%s\n", bl_error_text(&err, text));
            return 1;
        }
        index = bl_cgroup_tree_index(tree);
        if (index >= RACERS || __atomic_fetch_add(&holders[index], 1, __ATOMIC_SEQ_CST) != 0)
            return 2;
        (void)__atomic_sub_fetch(&holders[index], 1, __ATOMIC_SEQ_CST);
        bl_cgroup_tree_free(&tree);
    }
    return 0;
}

static void tree__starts_and_ends_may_race(void **state)
{
    struct fixture *fixture = *state;
    size_t size = RACERS * sizeof(uint64_t);
    uint64_t *holders = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t racers[RACERS];

    need_root();
    assert_ptr_not_equal(holders, MAP_FAILED);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = fork();
        if (racers[i] == 0)
            _exit(race(fixture->place, holders));
    }
    for (int i = 0; i < RACERS; i++)
        assert_exited(wait_for(racers[i]), 0);
    (void)munmap(holders, size);
}

/* ---- places ---- */

static void tree__place_that_is_not_there_is_named(void **state)
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

static void tree__own_group_of_worker_and_warden_will_do(void **state)
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

/* In v2 the place above "own" is used then; in v1 others don't matter. */
static void tree__own_group_with_others_in_it_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    time_t deadline = deadline_from_now();
    pid_t other, warden;

    need_root();
    own_make(fixture);
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
    own_remove(fixture);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(tree__process_joins_every_hierarchy),
        PROMISE(tree__clone_into_directory),
        PROMISE(tree__remove_waits_for_the_last_process),
        PROMISE(tree__serial_in_use_is_refused_and_stays_whole),
        PROMISE(tree__instances_at_once_have_different_indices),
        PROMISE(tree__dead_instance_is_swept_with_what_runs_in_it),
        PROMISE(tree__living_instance_is_not_swept),
        PROMISE(tree__starts_and_ends_may_race),
        PROMISE(tree__place_that_is_not_there_is_named),
        PROMISE(tree__own_group_of_worker_and_warden_will_do),
        PROMISE(tree__own_group_with_others_in_it_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
