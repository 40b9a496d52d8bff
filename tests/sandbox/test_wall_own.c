/* test_wall_own.c - what a program may do with what it was given: its terminal, set-id programs,
 * its own processes, its own files in /proc. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/support/lines.h"

/* ---- the terminal -----------------------------------------------------------------------------
 */

/* Who sits at the terminal: a session leader, as a login shell is. Ends with this process. */
static pid_t sit_down(int terminal)
{
    int seated[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe2(seated, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0)
            _exit(1);
        (void)close(seated[1]);
        for (;;)
            (void)pause();
    }
    bl_close_fd(&seated[1]);
    assert_int_equal(read(seated[0], &byte, 1), 0);
    bl_close_fd(&seated[0]);
    return pid;
}

static void try_terminal(struct bl_rig *rig, unsigned profile, const struct bl_line *lines,
                         size_t count)
{
    bl_autoclose int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct bl_outcome outcome;
    struct bl_trial trial;
    int typed = 0, status;

    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    bl_autoclose int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    pid_t shell = sit_down(terminal);
    bl_trial_init(&trial, rig, "crime_terminal", NULL);
    trial.spec.profile = profile;
    trial.streams[0] = (struct bl_stream){BL_STREAM_HAND, terminal};
    bl_rig_run(rig, &trial, &outcome);
    (void)kill(shell, SIGKILL); /* our own child, not reaped yet */
    assert_int_equal(waitpid(shell, &status, 0), shell);
    assert_int_equal(WTERMSIG(status), SIGKILL); /* it did get its terminal */
    assert_int_equal(ioctl(terminal, FIONREAD, &typed), 0);
    assert_int_equal(typed, 0);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    bl_lines_expect(outcome.out, lines, count);
    bl_outcome_release(&outcome);
}

static void own__terminal_cannot_be_typed_into(void **state)
{
    static const struct bl_line by_policy[] = {
        {"TIOCSTI", "refused ENOSYS"},         {"TIOCSCTTY", "refused ENOSYS"},
        {"TIOCSCTTY steal", "refused ENOSYS"}, {"TIOCSCTTY and TIOCSTI", "refused ENOSYS"},
        {"TIOCLINUX", "refused ENOSYS"},       {"open it again", "refused EACCES"},
    };
    static const struct bl_line by_walls[] = {
        {"TIOCSTI", "refused EPERM|refused EIO"},
        {"TIOCSCTTY", "refused EPERM"},
        {"TIOCSCTTY steal", "refused EPERM"},
        {"TIOCSCTTY and TIOCSTI", "refused EPERM|refused EIO"},
        {"TIOCLINUX", "refused EPERM|refused ENOTTY"},
        {"open it again", "refused EACCES"},
    };
    struct bl_rig *rig = bl_rig_of(state);

    try_terminal(rig, rig->standard, by_policy, BL_ARRAY_LEN(by_policy));
    try_terminal(rig, rig->open, by_walls, BL_ARRAY_LEN(by_walls));
}

/* ---- set-id programs --------------------------------------------------------------------------
 */

/* A folder with look_around as a program of root's that sets both ids and has capabilities. */
static int make_set_id_folder(char *path)
{
    /* linux/capability.h: version 2, effective; then permitted and inheritable, low and high */
    static const uint32_t all_caps[] = {0x02000001, 0xffffffff, 0, 0x1ff, 0};
    char program[300], from[] = BAILIFF_BINARY_DIR "/tests/programs/look_around";
    static char content[4 << 20];

    assert_non_null(mkdtemp(path));
    assert_int_equal(chmod(path, 0755), 0);
    (void)snprintf(program, sizeof(program), "%s/look", path);
    bl_autoclose int in = open(from, O_RDONLY | O_CLOEXEC);
    bl_autoclose int out = open(program, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    ssize_t length = read(in, content, sizeof(content));
    assert_true(length > 0 && write(out, content, (size_t)length) == length);
    (void)fsetxattr(out, "security.capability", all_caps, sizeof(all_caps), 0); /* where there */
    assert_int_equal(fchmod(out, 06755), 0);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void own__set_id_programs_gain_nothing(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    const unsigned profiles[] = {rig->standard, rig->open};
    char path[] = "/tmp/bailiff-test-XXXXXX", program[300];
    bl_autoclose int folder = make_set_id_folder(path);

    for (size_t i = 0; i < BL_ARRAY_LEN(profiles); i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;

        bl_trial_init(&trial, rig, "/box/in/look", NULL);
        trial.spec.profile = profiles[i];
        bl_trial_add_input(&trial, folder, "in");
        bl_rig_run(rig, &trial, &outcome);
        bl_outcome_expect(&outcome, BL_VERDICT_OK);
        assert_true(bl_lines_has(outcome.out, "status Uid: 1000 1000 1000 1000"));
        assert_true(bl_lines_has(outcome.out, "status Gid: 1000 1000 1000 1000"));
        assert_true(bl_lines_has(outcome.out, "status CapEff: 0000000000000000"));
        assert_true(bl_lines_has(outcome.out, "status CapPrm: 0000000000000000"));
        bl_outcome_release(&outcome);
    }
    (void)snprintf(program, sizeof(program), "%s/look", path);
    assert_int_equal(unlink(program), 0);
    assert_int_equal(rmdir(path), 0);
}

/* ---- its processes ----------------------------------------------------------------------------
 */

static void own__kill_all_leaves_init(void **state)
{
    static const struct bl_line lines[] = {
        {"kill everybody", "succeeded"},       {"children dead", "5"},
        {"kill init", "refused EPERM"},        {"stop init", "refused EPERM"},
        {"kill nobody else", "refused ESRCH"},
    };
    struct bl_rig *rig = bl_rig_of(state);
    const unsigned profiles[] = {rig->standard, rig->open};

    for (size_t i = 0; i < BL_ARRAY_LEN(profiles); i++) {
        bl_autofree char *said = bl_lines_of(rig, profiles[i], "crime_kill_all", NULL);
        bl_lines_expect(said, lines, BL_ARRAY_LEN(lines));
    }
}

/* ---- Landlock ---------------------------------------------------------------------------------
 */

static void own__landlock_holds_where_mounts_do_not(void **state)
{
    static const struct bl_line with[] = {
        {"version", "*"},
        {"/proc/self/comm", "refused EACCES"},
        {"/proc/self/coredump_filter", "refused EACCES"},
        {"/dev/null", "succeeded"},
    };
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->open, "crime_landlock", NULL);
    char version[16];

    if (atoi(bl_lines_value(said, "version", version, sizeof(version))) < 1) {
        print_message("this kernel has no Landlock\n");
        skip();
    }
    bl_lines_expect(said, with, BL_ARRAY_LEN(with));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own__terminal_cannot_be_typed_into),
        cmocka_unit_test(own__set_id_programs_gain_nothing),
        cmocka_unit_test(own__kill_all_leaves_init),
        cmocka_unit_test(own__landlock_holds_where_mounts_do_not),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
