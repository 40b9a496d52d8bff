/* test_cgroup_tree.c - promises of limits/cgroup_tree.h: instances are told apart, the dead ones'
 * remnants are swept, and nothing is left. The fixture's teardown is part of every test: its rmdir
 * of the place fails where a directory stayed. */
#include <dirent.h>
#include <linux/sched.h>
#include <sys/syscall.h>

#include "cgroup_fixture.h"

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

#define BOMB "fork-bomb" /* as its only argument, this program is one */

_Noreturn static void fork_for_ever(void)
{
    for (;;)
        (void)fork(); /* refused at the pids limit: and again */
}

/* die_with_remnants - opens a tree, makes groups, leaves a fork bomb running in one of them and
 * dies without a word. The bomb has exec'ed, as every program has: it holds no lock. */
static void die_with_remnants(const char *place, int tell)
{
    struct bl_limits limits = generous();
    struct bl_err err;
    struct bl_cgroup_tree *tree = open_tree(place);
    struct bl_cgroup *group;
    struct bl_cgroup_join join;
    pid_t child;

    for (uint64_t serial = 1; serial <= GROUPS_LEFT; serial++)
        create_group(tree, serial, &group, &join);
    must(bl_cgroup_limit(group, &limits, &err), &err);
    child = fork();
    if (child == 0) {
        if (bl_cgroup_join_self(&join) == 0 && write(tell, &(pid_t){getpid()}, sizeof(pid_t)) > 0)
            (void)execl("/proc/self/exe", "test", BOMB, (char *)NULL);
        _exit(111);
    }
    (void)pause(); /* until we are killed */
    _exit(112);
}

/* leave_remnants - returns the pid of the bomb's first process. */
static pid_t leave_remnants(const char *place)
{
    pid_t dying, left = 0;
    char byte;
    int pair[2];

    assert_return_code(pipe2(pair, O_CLOEXEC), errno);
    dying = fork();
    if (dying == 0)
        die_with_remnants(place, pair[1]);
    (void)close(pair[1]);
    assert_int_equal(read(pair[0], &left, sizeof(left)), sizeof(left));
    assert_return_code(kill(dying, SIGKILL), errno);
    assert_int_equal(WTERMSIG(wait_for(dying)), SIGKILL);
    /* The end of the pipe: the program's exec has closed what it inherited, locks too. */
    assert_int_equal(read(pair[0], &byte, 1), 0);
    (void)close(pair[0]);
    return left;
}

static void tree__dead_instance_is_swept_with_a_fork_bomb_in_it(void **state)
{
    struct fixture *fixture = *state;
    struct bl_cgroup_tree *tree;
    pid_t left;

    need_root();
    left = leave_remnants(fixture->place);
    tree = open_tree(fixture->place);
    assert_int_equal(bl_cgroup_tree_index(tree), 0); /* the dead one's place is free again */
    assert_int_equal(WTERMSIG(wait_for(left)), SIGKILL);
    while (waitpid(-1, NULL, 0) > 0) /* its descendants came to us, dead: else this blocks */
        continue;
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PROMISE(tree__process_joins_every_hierarchy),
        PROMISE(tree__clone_into_directory),
        PROMISE(tree__remove_waits_for_the_last_process),
        PROMISE(tree__serial_in_use_is_refused_and_stays_whole),
        PROMISE(tree__instances_at_once_have_different_indices),
        PROMISE(tree__dead_instance_is_swept_with_a_fork_bomb_in_it),
        PROMISE(tree__living_instance_is_not_swept),
        PROMISE(tree__starts_and_ends_may_race),
    };

    if (argc == 2 && strcmp(argv[1], BOMB) == 0)
        fork_for_ever();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
