/* What is read of a machine: its CPUs and its memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/units.h"
#include "executor/server/slots_read.h"

static struct bl_topology topology;
static struct bl_slots slots;

static struct bl_cgroup_cpus cpus_of(const char *list)
{
    struct bl_cgroup_cpus cpus = {{0}};

    assert_true(bl_cgroup_parse_cpus(list, strlen(list), &cpus));
    return cpus;
}

struct tree {
    char path[64];
};

static void put_file(const struct tree *tree, const char *path, const char *text)
{
    char whole[512];
    FILE *file;

    (void)snprintf(whole, sizeof(whole), "%s/%s", tree->path, path);
    for (char *at = whole + strlen(tree->path) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        (void)mkdir(whole, 0755); /* may be there already */
        *at = '/';
    }
    file = fopen(whole, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up_tree(void **state)
{
    struct tree *tree = calloc(1, sizeof(*tree));

    assert_non_null(tree);
    (void)snprintf(tree->path, sizeof(tree->path), "/tmp/test_slots.XXXXXX");
    assert_non_null(mkdtemp(tree->path));
    *state = tree;
    return 0;
}

static int tear_down_tree(void **state)
{
    struct tree *tree = *state;
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf %s", tree->path);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a path that we made */
    free(tree);
    return 0;
}

static void read__finds_siblings_and_kinds(void **state)
{
    const struct tree *tree = *state;
    const struct bl_slots_options options = bl_slots_default_options();
    struct bl_cgroup_cpus usable = cpus_of("0-5");
    struct bl_err err;

    put_file(tree, "system/cpu/cpu0/topology/thread_siblings_list", "0-1\n");
    put_file(tree, "system/cpu/cpu1/topology/thread_siblings_list", "0-1\n");
    put_file(tree, "system/cpu/cpu2/topology/thread_siblings_list", "2-3\n");
    put_file(tree, "system/cpu/cpu3/topology/thread_siblings_list", "2-3\n");
    put_file(tree, "system/cpu/cpu4/topology/thread_siblings_list", "4\n");
    put_file(tree, "cpu_core/cpus", "0-3\n");
    put_file(tree, "cpu_atom/cpus", "4-5\n");
    assert_int_equal(bl_slots_read_from(&topology, tree->path, &usable, NULL, &err), 0);
    assert_int_equal(bl_slots_plan(&slots, &topology, &options, &err), 0);
    assert_int_equal(slots.count, 2);
    assert_int_equal(slots.cpus[0], 0);
    assert_int_equal(slots.cpus[1], 2);
    assert_int_equal(slots.slow, 2);
}

static void read__capacity_of_a_cpu_counts(void **state)
{
    const struct tree *tree = *state;
    const struct bl_slots_options options = bl_slots_default_options();
    struct bl_cgroup_cpus usable = cpus_of("0-1");
    struct bl_err err;

    put_file(tree, "system/cpu/cpu0/cpu_capacity", "446\n");
    put_file(tree, "system/cpu/cpu1/cpu_capacity", "1024\n");
    assert_int_equal(bl_slots_read_from(&topology, tree->path, &usable, NULL, &err), 0);
    assert_int_equal(bl_slots_plan(&slots, &topology, &options, &err), 0);
    assert_int_equal(slots.count, 1);
    assert_int_equal(slots.cpus[0], 1);
}

static void read__takes_no_more_than_named(void **state)
{
    const struct tree *tree = *state;
    struct bl_cgroup_cpus usable = cpus_of("0-7"), expected = cpus_of("2-3");
    struct bl_err err;

    assert_int_equal(bl_slots_read_from(&topology, tree->path, &usable, "2-3,9", &err), 0);
    assert_memory_equal(&topology.usable, &expected, sizeof(expected));
    assert_int_equal(bl_slots_read_from(&topology, tree->path, &usable, "2-", &err), -1);
    assert_int_equal(err.step, BL_STEP_FIELD);
}

/* The process itself, narrowed by its affinity. */
static void read__keeps_to_the_affinity(void **state)
{
    cpu_set_t before, one;
    struct bl_err err;
    unsigned cpu = 0;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    while (!CPU_ISSET(cpu, &before))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(bl_slots_read(&topology, NULL, &err), 0);
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
    for (unsigned i = 0; i < BL_CGROUP_CPUS_MAX; i++)
        assert_true(bl_cpus_has(&topology.usable, i) == (i == cpu));
}

/* ---- memory ---- */

static uint64_t memory_below(const struct tree *tree, const char *mount_line, const char *own)
{
    char info[1024], mountinfo[128], owns[128];
    uint64_t bytes;

    (void)snprintf(info, sizeof(info), mount_line, tree->path);
    put_file(tree, "mountinfo", info);
    put_file(tree, "own", own);
    (void)snprintf(mountinfo, sizeof(mountinfo), "%s/mountinfo", tree->path);
    (void)snprintf(owns, sizeof(owns), "%s/own", tree->path);
    bl_memory_read_from(&bytes, mountinfo, owns, 8 * BL_GIB);
    return bytes;
}

#define V2_LINE "30 23 0:26 / %s/v2 rw,nosuid - cgroup2 cgroup2 rw\n"
#define V1_LINE "30 23 0:26 / %s/v1 rw,nosuid - cgroup cgroup rw,memory\n"

static void memory__is_the_narrowest_group_above(void **state)
{
    const struct tree *tree = *state;

    put_file(tree, "v2/a/memory.max", "1073741824\n");
    put_file(tree, "v2/a/b/memory.max", "max\n");
    put_file(tree, "v2/a/b/c/memory.max", "2147483648\n");
    put_file(tree, "v1/memory.limit_in_bytes", "9223372036854771712\n");
    put_file(tree, "v1/d/memory.limit_in_bytes", "536870912\n");
    assert_int_equal(memory_below(tree, V2_LINE, "0::/a/b/c\n"), BL_GIB);
    assert_int_equal(memory_below(tree, V2_LINE, "0::/other\n"), 8 * BL_GIB);
    assert_int_equal(memory_below(tree, V2_LINE, "4:memory:/a\n"), 8 * BL_GIB);
    assert_int_equal(memory_below(tree, V1_LINE, "4:memory:/d\n0::/a\n"), 512 * BL_MIB);
    assert_int_equal(memory_below(tree, V1_LINE, "4:cpu:/d\n"), 8 * BL_GIB);
    assert_int_equal(memory_below(tree, "nonsense %s\n", "0::/a\n"), 8 * BL_GIB);
}

static void memory__budget_leaves_a_reserve(void **state)
{
    (void)state;
    assert_int_equal(bl_memory_budget(64 * BL_GIB), 56 * BL_GIB);
    assert_int_equal(bl_memory_budget(BL_GIB), 768 * BL_MIB);
    assert_int_equal(bl_memory_budget(256 * BL_MIB), 128 * BL_MIB);
    assert_int_equal(bl_memory_budget(0), 0);
}

static void memory__this_machine_has_some(void **state)
{
    uint64_t bytes = 0;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_memory_read(&bytes, &err), 0);
    assert_in_range(bytes, BL_MIB, UINT64_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(read__finds_siblings_and_kinds, set_up_tree,
                                        tear_down_tree),
        cmocka_unit_test_setup_teardown(read__capacity_of_a_cpu_counts, set_up_tree,
                                        tear_down_tree),
        cmocka_unit_test_setup_teardown(read__takes_no_more_than_named, set_up_tree,
                                        tear_down_tree),
        cmocka_unit_test(read__keeps_to_the_affinity),
        cmocka_unit_test_setup_teardown(memory__is_the_narrowest_group_above, set_up_tree,
                                        tear_down_tree),
        cmocka_unit_test(memory__budget_leaves_a_reserve),
        cmocka_unit_test(memory__this_machine_has_some),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
