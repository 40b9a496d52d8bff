/* test_cgroup_probe.c - promise of the probe in limits/cgroup_probe.c: it says beforehand what
 * children of CLONE_INTO_CGROUP will meet, on kernels that kill them at birth and on others. Any
 * cgroup2 mount will do, one without controllers too. */
#include <linux/sched.h>
#include <sys/syscall.h>

#include "cgroup_fixture.h"
#include "limits/cgroup_backend.h"

/* place_on_v2 - the fixture's place in a cgroup2 mount; skips where there is none. */
static void place_on_v2(const struct fixture *fixture, char path[BL_CGROUP_PATH_MAX])
{
    need_root();
    for (unsigned i = 0; i < fixture->mount_count; i++) {
        if (fixture->mounts[i].unified) {
            path_in(path, fixture->mounts[i].point, fixture->place + 1);
            return;
        }
    }
    cannot_isolate("no cgroup2 mount");
}

/* lives - is a child that is cloned into the group able to end by itself? */
static bool lives(int group)
{
    struct clone_args how = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (unsigned)group};
    pid_t child = (pid_t)syscall(SYS_clone3, &how, sizeof(how));
    int status = -1;

    if (child == 0)
        _exit(0);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* says_the_truth - compares the probe with a child of our own in a fresh group. */
static bool says_the_truth(const char *place)
{
    bl_autoclose int parent = bl_cgroup_open_dir(AT_FDCWD, place);
    bl_autoclose int group = -1;
    bool expected, truth;

    if (parent < 0 || mkdirat(parent, "truth", 0755) < 0)
        return false;
    group = bl_cgroup_open_dir(parent, "truth");
    expected = bl_cgroup_clone_into_probe(parent);
    truth = lives(group);
    print_message("children of CLONE_INTO_CGROUP %s\n", truth ? "live" : "die at birth");
    return unlinkat(parent, "truth", AT_REMOVEDIR) == 0 && expected == truth;
}

static void probe__is_right_where_we_are(void **state)
{
    char place[BL_CGROUP_PATH_MAX];

    place_on_v2(*state, place);
    assert_true(says_the_truth(place));
}

static void probe__is_right_in_a_group_that_was_killed_once(void **state)
{
    char place[BL_CGROUP_PATH_MAX], own[BL_CGROUP_PATH_MAX];
    time_t deadline = deadline_from_now();
    pid_t child;

    place_on_v2(*state, place);
    path_in(own, place, "own");
    assert_return_code(mkdir(own, 0755), errno);
    assert_true(put_file(own, "cgroup.kill", "1"));
    child = fork();
    if (child == 0)
        _exit(put_file(own, "cgroup.procs", "0") && says_the_truth(place) ? 0 : 1);
    assert_exited(wait_for(child), 0);
    while (rmdir(own) < 0) {
        assert_int_equal(errno, EBUSY);
        pause_before(deadline);
    }
}

static void probe__a_place_that_takes_no_groups_is_no(void **state)
{
    bl_autoclose int proc = -1;

    (void)state;
    need_root();
    proc = bl_cgroup_open_dir(AT_FDCWD, "/proc");
    assert_false(bl_cgroup_clone_into_probe(proc));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(probe__is_right_where_we_are),
        PROMISE(probe__is_right_in_a_group_that_was_killed_once),
        PROMISE(probe__a_place_that_takes_no_groups_is_no),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
