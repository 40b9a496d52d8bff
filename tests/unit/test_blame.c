/* Whether a service manager is to start bailiffd anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>

#include "executor/daemon/blame.h"
#include "executor/daemon/daemon.h"
#include "executor/daemon/identity.h"

static int status_of(enum bl_step step, int sys_errno)
{
    struct bl_err err;

    (void)bl_fail(&err, step, sys_errno, "x");
    return bl_blame_status(&err);
}

static void blame__is_the_configurations_for_what_stays_wrong(void **state)
{
    (void)state;
    assert_int_equal(status_of(BL_STEP_CONFIG, 0), BL_DAEMON_BAD_CONFIG);
    assert_int_equal(status_of(BL_STEP_CONFIG, ENOENT), BL_DAEMON_BAD_CONFIG);
    assert_int_equal(status_of(BL_STEP_TLS, EACCES), BL_DAEMON_BAD_CONFIG);
    assert_int_equal(status_of(BL_STEP_ADDRESS, EISDIR), BL_DAEMON_BAD_CONFIG);
}

static void blame__is_the_hosts_for_what_may_pass(void **state)
{
    (void)state;
    assert_int_equal(status_of(BL_STEP_CONFIG, EMFILE), BL_DAEMON_FAILED);
    assert_int_equal(status_of(BL_STEP_CONFIG, ENOMEM), BL_DAEMON_FAILED);
    assert_int_equal(status_of(BL_STEP_TLS, EIO), BL_DAEMON_FAILED);
    assert_int_equal(status_of(BL_STEP_ADDRESS, ENOBUFS), BL_DAEMON_FAILED);
    assert_int_equal(status_of(BL_STEP_WARDEN_START, ENOENT), BL_DAEMON_FAILED);
    assert_int_equal(status_of(BL_STEP_MEMORY, 0), BL_DAEMON_FAILED);
}

/* A folder can be opened, and not be read. */
static void identity__tells_a_table_that_can_not_be_read(void **state)
{
    struct bl_err err;
    uid_t uid;
    gid_t gid;

    (void)state;
    assert_int_equal(bl_identity_user(&uid, "somebody", "/etc", &err), -1);
    assert_int_equal(err.sys_errno, EISDIR);
    assert_int_equal(bl_identity_group(&gid, "somebody", "/etc", &err), -1);
    assert_int_equal(err.sys_errno, EISDIR);
    assert_int_equal(bl_identity_user(&uid, "nosuchuser", "/etc/passwd", &err), -1);
    assert_int_equal(err.sys_errno, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blame__is_the_configurations_for_what_stays_wrong),
        cmocka_unit_test(blame__is_the_hosts_for_what_may_pass),
        cmocka_unit_test(identity__tells_a_table_that_can_not_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
