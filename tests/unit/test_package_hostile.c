/* Problem packages that mean harm: links that lead out, loops, FIFOs, giants. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/package_scene.h"

static void hostile__links_stay_in_the_package(void **state)
{
    (void)state;
    package_put_minimal("");
    assert_int_equal(symlink("../secret/1.in", package_at("data/secret/2.in")), 0);
    assert_int_equal(symlink("1.ans", package_at("data/secret/2.ans")), 0);
    package_read();
    assert_int_equal(scene.package.testdata.case_count, 2);
    bl_package_release(&scene.package);
    assert_int_equal(symlink("/etc/passwd", package_at("data/secret/3.in")), 0);
    package_refused("data/secret/3.in: a link that leads outside");
    assert_int_equal(unlink(package_at("data/secret/3.in")), 0);
    assert_int_equal(
        symlink("../../../../../../etc/passwd", package_at("submissions/accepted/p.c")), 0);
    package_refused("accepted/p.c: a link that leads outside");
    assert_int_equal(unlink(package_at("submissions/accepted/p.c")), 0);
    assert_int_equal(symlink("/proc/self/root/etc/passwd", package_at("submissions/accepted/p.c")),
                     0);
    package_refused("leads outside");
    assert_int_equal(unlink(package_at("submissions/accepted/p.c")), 0);
    assert_int_equal(unlink(package_at("problem.yaml")), 0);
    assert_int_equal(symlink("/etc/hostname", package_at("problem.yaml")), 0);
    package_refused("problem.yaml: a link that leads outside");
}

static void hostile__loops_and_depth_end(void **state)
{
    (void)state;
    package_put_minimal("");
    assert_int_equal(symlink("..", package_at("data/secret/up")), 0);
    package_refused("nested deeper than");
    assert_int_equal(unlink(package_at("data/secret/up")), 0);
    assert_int_equal(symlink("loop.in", package_at("data/secret/loop.in")), 0);
    package_refused("data/secret/loop.in");
    assert_int_equal(scene.err.sys_errno, ELOOP);
    assert_int_equal(unlink(package_at("data/secret/loop.in")), 0);
    assert_int_equal(symlink("gone", package_at("data/secret/gone.in")), 0);
    package_refused("a link to nothing");
}

static void hostile__fifos_and_devices_are_not_opened(void **state)
{
    (void)state;
    package_put_minimal("");
    assert_int_equal(mkfifo(package_at("data/secret/2.in"), 0644), 0);
    package_refused("data/secret/2.in: neither a regular file nor a directory");
    assert_int_equal(unlink(package_at("data/secret/2.in")), 0);
    assert_int_equal(mkfifo(package_at("submissions/accepted/b.c"), 0644), 0);
    package_refused("accepted/b.c: neither");
    assert_int_equal(unlink(package_at("submissions/accepted/b.c")), 0);
    assert_int_equal(unlink(package_at("problem.yaml")), 0);
    assert_int_equal(mkfifo(package_at("problem.yaml"), 0644), 0);
    package_refused("problem.yaml: neither");
}

static void hostile__sizes_are_bounded(void **state)
{
    (void)state;
    package_put_minimal("");
    assert_int_equal(truncate(package_at("problem.yaml"), 1LL << 40), 0);
    package_refused("problem.yaml: 1099511627776 bytes, at most");
    package_put("problem.yaml", "");
    assert_int_equal(truncate(package_at("submissions/accepted/a.c"), 1LL << 40), 0);
    package_refused("more than 64 MiB");
    package_put("submissions/accepted/a.c", "");
    for (int i = 0; i <= BL_PROGRAM_FILES_MAX; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "submissions/accepted/many/%d.c", i);
        package_put(name, "");
    }
    package_refused("a program of more than 500 files");
}

static void hostile__a_fileless_submission_is_refused(void **state)
{
    (void)state;
    package_put_minimal("");
    package_put("submissions/accepted/empty/.gitignore", "");
    package_refused("submissions/accepted/empty: holds no file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hostile__links_stay_in_the_package, package_scene_begin,
                                        package_scene_end),
        cmocka_unit_test_setup_teardown(hostile__loops_and_depth_end, package_scene_begin,
                                        package_scene_end),
        cmocka_unit_test_setup_teardown(hostile__fifos_and_devices_are_not_opened,
                                        package_scene_begin, package_scene_end),
        cmocka_unit_test_setup_teardown(hostile__sizes_are_bounded, package_scene_begin,
                                        package_scene_end),
        cmocka_unit_test_setup_teardown(hostile__a_fileless_submission_is_refused,
                                        package_scene_begin, package_scene_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
