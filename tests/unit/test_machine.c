/* What the machine is asked, and what is made of a kernel that does not answer. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "executor/base/machine.h"

static unsigned cpus_told_by(const char *text)
{
    struct bl_machine machine = BL_MACHINE_NONE;

    machine.online = memfd_create("online", MFD_CLOEXEC);
    assert_true(machine.online >= 0);
    assert_int_equal(write(machine.online, text, strlen(text)), strlen(text));
    unsigned cpus = bl_machine_cpus(&machine);
    bl_machine_close(&machine);
    return cpus;
}

static void machine__counts_the_cpus_that_are_online(void **state)
{
    (void)state;
    assert_int_equal(cpus_told_by("0\n"), 1);
    assert_int_equal(cpus_told_by("0-1\n"), 2);
    assert_int_equal(cpus_told_by("0-3,8,10-11\n"), 7);
}

static void machine__has_one_cpu_where_nothing_is_told(void **state)
{
    const struct bl_machine none = BL_MACHINE_NONE;

    (void)state;
    assert_int_equal(bl_machine_cpus(&none), 1);
    assert_int_equal(cpus_told_by(""), 1);
    assert_int_equal(cpus_told_by("many\n"), 1);
}

static void machine__of_this_kernel_has_as_many_cpus_as_we_may_use(void **state)
{
    struct bl_machine machine;
    cpu_set_t ours;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(ours), &ours), 0);
    bl_machine_open(&machine);
    assert_true(bl_machine_cpus(&machine) >= (unsigned)CPU_COUNT(&ours));
    bl_machine_close(&machine);
}

static void machine__reads_the_start_again_and_again(void **state)
{
    struct bl_machine machine;
    char text[16];

    (void)state;
    bl_machine_open(&machine);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(bl_machine_read(machine.stat, text, sizeof(text)), sizeof(text) - 1);
        assert_memory_equal(text, "cpu ", 4);
    }
    bl_machine_close(&machine);
    assert_int_equal(bl_machine_read(machine.stat, text, sizeof(text)), 0);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machine__counts_the_cpus_that_are_online),
        cmocka_unit_test(machine__has_one_cpu_where_nothing_is_told),
        cmocka_unit_test(machine__of_this_kernel_has_as_many_cpus_as_we_may_use),
        cmocka_unit_test(machine__reads_the_start_again_and_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
