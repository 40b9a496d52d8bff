/* test_plan.c - sealing a plan. The kernel's refusals are made here: fcntl is linked with --wrap.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/sandbox/plan.h"

static unsigned refusals; /* to come */
static int refused_with;

int __real_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...)
{
    va_list rest;

    va_start(rest, command);
    const int seals = va_arg(rest, int);
    va_end(rest);
    if (command == F_ADD_SEALS && refusals > 0) {
        refusals--;
        errno = refused_with;
        return -1;
    }
    return __real_fcntl64(fd, command, seals);
}

static int seal(unsigned times, int with, int *fd, struct bl_err *err)
{
    struct bl_plan *plan;

    assert_int_equal(bl_plan_new(&plan, err), 0);
    refusals = times;
    refused_with = with;
    const int status = bl_plan_seal(plan, fd, err);
    bl_plan_free(&plan);
    return status;
}

static void seal__lets_nobody_change_it(void **state)
{
    bl_autoclose int fd = -1;
    struct bl_err err;
    (void)state;

    assert_int_equal(seal(0, 0, &fd, &err), 0);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_ptr_equal(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
}

static void seal__waits_for_a_page_that_the_kernel_holds(void **state)
{
    bl_autoclose int fd = -1;
    struct bl_err err;
    (void)state;

    assert_int_equal(seal(3, EBUSY, &fd, &err), 0);
    assert_int_equal(refusals, 0);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
}

static void seal__that_is_refused_for_good_is_an_error(void **state)
{
    bl_autoclose int fd = -1;
    struct bl_err err;
    (void)state;

    assert_int_equal(seal(1, EPERM, &fd, &err), -1);
    assert_int_equal(refusals, 0); /* asked once */
    assert_int_equal(err.sys_errno, EPERM);
    assert_int_equal(seal(1000, EBUSY, &fd, &err), -1);
    assert_true(refusals > 0); /* not for ever */
    assert_int_equal(err.step, BL_STEP_WARDEN_START);
    assert_int_equal(err.sys_errno, EBUSY);
    assert_int_equal(fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seal__lets_nobody_change_it),
        cmocka_unit_test(seal__waits_for_a_page_that_the_kernel_holds),
        cmocka_unit_test(seal__that_is_refused_for_good_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
