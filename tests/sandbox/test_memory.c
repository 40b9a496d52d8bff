/* Memory: what is reported, and what happens beyond the limit, for every kind of memory. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/support/kin.h"
#include "tests/support/rig.h"

static void eat(struct bl_rig *rig, struct bl_outcome *outcome, const char *what, const char *mib,
                uint64_t limit_bytes)
{
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "eat", what, mib, NULL);
    trial.spec.limits.memory_bytes = limit_bytes;
    trial.spec.limits.tmp_bytes = trial.spec.limits.box_bytes = BL_GIB;
    trial.spec.limits.file_size_bytes = BL_GIB;
    trial.spec.limits.open_files = 16384;
    bl_rig_run(rig, &trial, outcome);
}

static void expect_memory_limit(void **state, const char *what)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;

    bl_footprint_take(rig, &before);
    eat(rig, &outcome, what, "512", 64 * BL_MIB);
    bl_outcome_expect(&outcome, BL_VERDICT_MEMORY_LIMIT);
    assert_true(outcome.result.oom_killed);
    assert_true(outcome.result.usage.oom_kills > 0);
    assert_string_equal(outcome.result.limit, "memory");
    assert_int_equal(outcome.result.bound, 64 * BL_MIB);
    if (outcome.result.usage.has_memory_peak)
        assert_in_range(outcome.result.usage.memory_peak_bytes, 60 * BL_MIB, 64 * BL_MIB);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

/* Is it the instance's group, and has it the memory controller? Then `file` names its limit. */
static bool is_memory_group(const char *group, const char *instance, char file[PATH_MAX])
{
    static const char *const names[] = {"memory.max", "memory.limit_in_bytes"};
    size_t length = strlen(group), tail = strlen(instance);

    if (length < tail || strcmp(group + length - tail, instance) != 0)
        return false;
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++)
        if (snprintf(file, PATH_MAX, "%s/%s", group, names[i]) < PATH_MAX &&
            access(file, W_OK) == 0)
            return true;
    return false;
}

/* The limit of the group that all sandboxes of this warden lie in: the warden, our only child,
 * holds its folder open. */
static void find_limit_above(const struct bl_rig *rig, char file[PATH_MAX])
{
    char path[PATH_MAX], group[PATH_MAX], instance[32];
    const pid_t warden = bl_kin_await(getpid());

    (void)snprintf(instance, sizeof(instance), "/bailiff/i%u", bl_warden_index(rig->warden));
    for (int fd = 0; fd < 256; fd++) {
        (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)warden, fd);
        ssize_t length = readlink(path, group, sizeof(group) - 1);
        group[length < 0 ? 0 : length] = '\0';
        if (is_memory_group(group, instance, file))
            return;
    }
    fail_msg("the warden holds no group %s with a memory limit", instance);
}

/* As a container's limit would. */
static void limit_above(const struct bl_rig *rig, const char *v1, const char *v2)
{
    char file[PATH_MAX];

    find_limit_above(rig, file);
    const char *value = strstr(file, "memory.max") ? v2 : v1;
    bl_autoclose int fd = open(file, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, value, strlen(value)), (ssize_t)strlen(value));
}

static void memory__a_shortage_above_is_not_the_programs_fault(void **state)
{
    struct bl_rig *rig = bl_rig_of_root(state);
    struct bl_outcome outcome;

    limit_above(rig, "33554432", "33554432");
    eat(rig, &outcome, "pages", "100", 256 * BL_MIB);
    limit_above(rig, "-1", "max");
    bl_outcome_expect(&outcome, BL_VERDICT_SANDBOX_ERROR);
    assert_int_equal(outcome.result.error.step, BL_STEP_HOST_MEMORY);
    bl_outcome_release(&outcome);
    eat(rig, &outcome, "pages", "100", 256 * BL_MIB);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    bl_outcome_release(&outcome);
}

static void memory__pages_beyond_the_limit(void **state)
{
    expect_memory_limit(state, "pages");
}

static bool must_swap(void)
{
    const char *must = getenv("BAILIFF_MUST_SWAP");

    return must && strcmp(must, "1") == 0;
}

/* Skips where so much could not be swapped out; fails where the run says that there is swap. */
static void need_swap(uint64_t bytes)
{
    struct sysinfo machine;

    assert_int_equal(sysinfo(&machine), 0);
    if ((uint64_t)machine.freeswap * machine.mem_unit >= bytes)
        return;
    print_message("this machine has less than %llu MiB of free swap\n",
                  (unsigned long long)(bytes / BL_MIB));
    if (must_swap())
        fail();
    skip();
}

/* What all sandboxes of this warden together ever had in swap; 0 where the kernel does not tell
 * (cgroup v1, Linux before 6.5). */
static uint64_t swap_peak_above(const struct bl_rig *rig)
{
    char path[PATH_MAX];
    unsigned long long peak = 0;

    find_limit_above(rig, path);
    char *name = strrchr(path, '/') + 1;
    (void)snprintf(name, (size_t)(path + sizeof(path) - name), "memory.swap.peak");
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    assert_int_equal(fscanf(file, "%llu", &peak), 1);
    (void)fclose(file); /* read only */
    return peak;
}

/* What goes beyond the limit would all fit into swap: with it the programs would end well. */
static void memory__swap_is_no_way_around_the_limit(void **state)
{
    static const char *const kinds[] = {"pages", "child", "tmp", "box", "shm", "memfd"};
    const uint64_t limit = 64 * BL_MIB, eaten = 128 * BL_MIB;
    struct bl_rig *rig = bl_rig_of_root(state);

    need_swap(eaten);
    for (size_t i = 0; i < BL_ARRAY_LEN(kinds); i++) {
        struct bl_outcome outcome;

        eat(rig, &outcome, kinds[i], "128", limit);
        bl_outcome_expect(&outcome, BL_VERDICT_MEMORY_LIMIT);
        assert_true(outcome.result.oom_killed);
        bl_outcome_release(&outcome);
    }
    assert_int_equal(swap_peak_above(rig), 0);
}

static void memory__files_in_tmp_count(void **state)
{
    expect_memory_limit(state, "tmp");
}

static void memory__files_in_the_box_count(void **state)
{
    expect_memory_limit(state, "box");
}

static void memory__files_in_shm_count(void **state)
{
    expect_memory_limit(state, "shm");
}

static void memory__files_in_memory_count(void **state)
{
    expect_memory_limit(state, "memfd");
}

static void memory__what_is_in_pipes_counts(void **state)
{
    expect_memory_limit(state, "pipes");
}

/* The parent exits with 0 and says nothing; the kernel's counter does. */
static void memory__a_childs_end_is_the_programs(void **state)
{
    expect_memory_limit(state, "child");
}

/* The parent would never end: the OOM kill itself ends all of it. */
static void memory__the_rest_is_killed_too(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    eat(rig, &outcome, "then-sleep", "512", 64 * BL_MIB);
    bl_outcome_expect(&outcome, BL_VERDICT_MEMORY_LIMIT);
    assert_int_equal(outcome.result.kill_reason, BL_KILL_MEMORY);
    bl_outcome_release(&outcome);
}

static void memory__inside_the_limit_all_is_well(void **state)
{
    static const char *const kinds[] = {"pages", "child", "tmp", "box", "shm", "memfd", "pipes"};
    struct bl_rig *rig = bl_rig_of(state);

    for (size_t i = 0; i < BL_ARRAY_LEN(kinds); i++) {
        struct bl_outcome outcome;

        eat(rig, &outcome, kinds[i], "48", 64 * BL_MIB);
        bl_outcome_expect(&outcome, BL_VERDICT_OK);
        assert_false(outcome.result.oom_killed);
        bl_outcome_release(&outcome);
    }
}

/* 100 MiB touched are 100 MiB reported, within 1 % + 512 KiB. */
static void memory__the_peak_is_what_was_touched(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    uint64_t touched = 100 * BL_MIB;

    eat(rig, &outcome, "pages", "100", 256 * BL_MIB);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    if (!outcome.result.usage.has_memory_peak) {
        print_message("this kernel has no memory.peak\n");
        skip();
    }
    assert_in_range(outcome.result.usage.memory_peak_bytes, touched,
                    touched + touched / 100 + 512 * BL_KIB);
    assert_in_range(outcome.result.usage.max_rss_bytes, touched,
                    touched + touched / 100 + 512 * BL_KIB);
    bl_outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory__pages_beyond_the_limit),
        cmocka_unit_test(memory__swap_is_no_way_around_the_limit),
        cmocka_unit_test(memory__a_shortage_above_is_not_the_programs_fault),
        cmocka_unit_test(memory__files_in_tmp_count),
        cmocka_unit_test(memory__files_in_the_box_count),
        cmocka_unit_test(memory__files_in_shm_count),
        cmocka_unit_test(memory__files_in_memory_count),
        cmocka_unit_test(memory__what_is_in_pipes_counts),
        cmocka_unit_test(memory__a_childs_end_is_the_programs),
        cmocka_unit_test(memory__the_rest_is_killed_too),
        cmocka_unit_test(memory__inside_the_limit_all_is_well),
        cmocka_unit_test(memory__the_peak_is_what_was_touched),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
