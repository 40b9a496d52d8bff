/* test_roots.c - a root file system that is itself hostile: an unpacked image whose names for the
 * sandbox's own folders are links, and which leads out wherever a link can. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/attack/bait.h"
#include "tests/support/lines.h"

static char image[64]; /* the folder */
static struct bl_bait bait;
static unsigned image_root, profile, open_profile;

static void link_to(const char *target, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", image, name);
    assert_int_equal(symlink(target, path), 0);
}

static void make_folder(const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", image, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

/* Everything that an image's author can think of; modes are those of a trusting unpacker. */
static void make_image(void)
{
    char path[128];

    (void)snprintf(image, sizeof(image), "/tmp/bailiff-image-XXXXXX");
    assert_non_null(mkdtemp(image));
    assert_int_equal(chmod(image, 0777), 0);
    link_to("/etc", "dev");
    link_to("/", "proc");
    link_to("/etc", "box");
    link_to("../../../../tmp", "tmp");
    link_to("/sys", "run");
    link_to("/", "app");
    link_to("/sys/fs/cgroup", "sys");
    link_to("/", "host");
    link_to("../../../../../../..", "up");
    link_to("/proc/self/root/../..", "root");
    link_to("/proc/1/root", "init");
    link_to(bait.path, "secret");
    link_to("secret", "again");
    make_folder("etc");
    link_to(bait.path, "etc/passwd");
    link_to("/proc/1/environ", "etc/shadow");
    make_folder("usr");
    make_folder("usr/bin");
    link_to("/usr/bin", "bin");
    (void)snprintf(path, sizeof(path), "%s/kmem", image);
    assert_int_equal(mknod(path, S_IFCHR | 0666, makedev(1, 1)), 0); /* /dev/mem */
    (void)snprintf(path, sizeof(path), "%s/usr/zero", image);
    assert_int_equal(mknod(path, S_IFCHR | 0666, makedev(1, 5)), 0);
    (void)snprintf(path, sizeof(path), "%s/fifo", image);
    assert_int_equal(mkfifo(path, 0666), 0);
}

static void add_image(struct bl_plan *plan, const void *ctx)
{
    struct bl_err err;

    (void)ctx;
    assert_int_equal(bl_plan_add_dir_root(plan, image, &image_root, &err), 0);
    assert_int_equal(
        bl_plan_add_profile(plan, "image", image_root, 0, BL_NETWORK_NONE, &profile, &err), 0);
    /* The rig's policy that allows everything is the last but one. */
    assert_int_equal(bl_plan_add_profile(plan, "image-open", image_root, plan->policy_count - 2,
                                         BL_NETWORK_NONE, &open_profile, &err),
                     0);
}

static int set_up(void **state)
{
    struct bl_err err;

    if (bl_bait_plant(&bait, &err) < 0)
        return -1;
    make_image();
    return bl_rig_setup_with(state, add_image, NULL);
}

static int tear_down(void **state)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf --one-file-system '%s'", image);
    bl_bait_release(&bait);
    if (system(command) != 0)
        return -1;
    return bl_rig_teardown(state);
}

/* A root's template is made at its first use, and stays. */
static void warm_up(struct bl_rig *rig)
{
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "hello", NULL);
    trial.spec.profile = profile;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    bl_outcome_release(&outcome);
}

static void run_inside(struct bl_rig *rig, struct bl_trial *trial, struct bl_outcome *outcome)
{
    struct bl_footprint before;

    bl_footprint_take(rig, &before);
    before.fds -= 2; /* the trial's own */
    bl_rig_run(rig, trial, outcome);
    bl_footprint_expect(rig, &before);
    bl_outcome_expect(outcome, BL_VERDICT_OK);
}

/* Each name that leads out is tried as a secret's, and as the way to one. */
static void root__no_link_of_an_image_leads_out(void **state)
{
    static const char *const ways[] = {"/secret", "/again", "/etc/passwd", "/etc/shadow",
                                       "/host",   "/up",    "/root",       "/init"};
    struct bl_rig *rig = bl_rig_of(state);
    const unsigned profiles[] = {profile, open_profile};

    warm_up(rig);
    for (size_t i = 0; i < BL_ARRAY_LEN(ways) * 2; i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;
        char path[160];
        bool alone = i % BL_ARRAY_LEN(ways) < 4;

        (void)snprintf(path, sizeof(path), "%s%s", ways[i % BL_ARRAY_LEN(ways)],
                       alone ? "" : bait.path);
        bl_trial_init(&trial, rig, "crime_secret", path, bait.nekot, bait.abstract, bait.port,
                      NULL);
        trial.spec.profile = profiles[i / BL_ARRAY_LEN(ways)];
        run_inside(rig, &trial, &outcome);
        if (strstr(outcome.out, ": succeeded"))
            fail_msg("%s: %s", path, outcome.out);
        assert_non_null(strstr(outcome.out, "search all that is there: refused"));
        assert_null(bl_bait_touched(&bait));
        bl_outcome_release(&outcome);
    }
}

static void root__own_folders_are_the_sandboxs(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "crime_files", "mounts", NULL);
    trial.spec.profile = profile;
    run_inside(rig, &trial, &outcome);
    for (const char *at = outcome.out; (at = strstr(at, ": succeeded"));) {
        const char *line = at;
        while (line > outcome.out && line[-1] != '\n')
            line--;
        if (strncmp(line, "/box:", 5) != 0 && strncmp(line, "/tmp:", 5) != 0 &&
            strncmp(line, "/dev/", 5) != 0)
            fail_msg("written to: %.80s", line);
        at++;
    }
    assert_true(bl_lines_has(outcome.out, "/box: succeeded"));
    assert_true(bl_lines_has(outcome.out, "/proc/cmdline: refused EACCES"));
    bl_outcome_release(&outcome);
}

static void root__devices_of_an_image_are_none(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "swallow", "/kmem", NULL);
    trial.spec.profile = open_profile;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_RUNTIME_ERROR); /* it is not there */
    bl_outcome_release(&outcome);
    bl_trial_init(&trial, rig, "swallow", "/usr/zero", NULL);
    trial.spec.profile = open_profile;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_RUNTIME_ERROR); /* nodev: else it would never end */
    bl_outcome_release(&outcome);
}

/* Nothing was written through the links that stood for our own folders. */
static void root__nothing_is_made_in_an_image(void **state)
{
    static const char *const links[] = {"dev", "proc", "box", "tmp", "run", "app"};
    struct stat is;

    (void)bl_rig_of(state);
    for (size_t i = 0; i < BL_ARRAY_LEN(links); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", image, links[i]);
        assert_int_equal(lstat(path, &is), 0);
        assert_true(S_ISLNK(is.st_mode));
    }
    assert_int_not_equal(access("/etc/shm", F_OK), 0);
    assert_int_not_equal(access("/etc/null", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root__no_link_of_an_image_leads_out),
        cmocka_unit_test(root__own_folders_are_the_sandboxs),
        cmocka_unit_test(root__devices_of_an_image_are_none),
        cmocka_unit_test(root__nothing_is_made_in_an_image),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
