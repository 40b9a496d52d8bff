#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "executor/server/demand.h"
#include "executor/server/slots.h"
#include "limits/ceilings.h"

/* One step of one command, and a language that wants more than usual. */
struct scene {
    struct bl_job_command command, checker;
    struct bl_job_case cases[8];
    struct bl_job_step step;
    struct bl_job job;
    struct bl_languages languages;
};

static void set_up(struct scene *scene)
{
    struct bl_language *language = &scene->languages.items[0];

    memset(scene, 0, sizeof(*scene));
    scene->command.limits = scene->checker.limits = bl_limits_default();
    scene->command.language = scene->command.profile = "";
    scene->step.commands = &scene->command;
    scene->step.command_count = 1;
    scene->step.cases = scene->cases;
    scene->step.case_count = 8;
    scene->job.steps = &scene->step;
    scene->job.step_count = 1;
    scene->job.case_count = 8;
    scene->job.parallel = 1;
    language->code = "java";
    language->run.time_factor = 2;
    language->run.extra_memory_bytes = 100 * BL_MIB;
    language->run.limits = bl_limits_default();
    language->run.limits.pids = 300;
    language->run.limits_set = 1u << 3; /* the row of pids */
    language->compile.time_factor = 1;
    scene->languages.count = 1;
}

static void demand__is_what_the_largest_case_may_use(void **state)
{
    struct scene scene;
    struct bl_demand demand;

    (void)state;
    set_up(&scene);
    demand = bl_demand_of(&scene.job, &scene.languages, 4);
    assert_int_equal(demand.memory_bytes, 256 * BL_MIB);
    assert_int_equal(demand.slots, 1);
    assert_int_equal(demand.cases, 1);
    scene.step.check.checker = &scene.checker; /* runs behind the program, not beside it */
    scene.checker.limits.memory_bytes = BL_GIB;
    assert_int_equal(bl_demand_of(&scene.job, &scene.languages, 4).memory_bytes, BL_GIB);
}

static void demand__commands_of_a_step_are_there_together(void **state)
{
    struct scene scene;
    struct bl_job_command both[2];

    (void)state;
    set_up(&scene);
    both[0] = both[1] = scene.command;
    scene.step.commands = both;
    scene.step.command_count = 2;
    assert_int_equal(bl_demand_of(&scene.job, &scene.languages, 4).memory_bytes, 512 * BL_MIB);
}

static void demand__cores_are_what_the_machine_has_at_most(void **state)
{
    struct scene scene;

    (void)state;
    set_up(&scene);
    scene.command.limits.cpus_milli = 2500;
    assert_int_equal(bl_demand_of(&scene.job, &scene.languages, 8).slots, 3);
    assert_int_equal(bl_demand_of(&scene.job, &scene.languages, 2).slots, 2);
    scene.command.limits.cpus_milli = 1024000;
    assert_int_equal(bl_demand_of(&scene.job, &scene.languages, 1000).slots, BL_SLOTS_NAMED_MAX);
    scene.job.parallel = 64;
    assert_int_equal(bl_demand_of(&scene.job, &scene.languages, 8).cases, 8);
}

static void demand__a_language_has_its_own_limits(void **state)
{
    struct scene scene;
    const struct bl_language *java = &scene.languages.items[0];
    struct bl_limits limits;

    (void)state;
    set_up(&scene);
    scene.command.program = BL_PROGRAM_COMPILED;
    limits = bl_demand_limits(&scene.job, &scene.command, java);
    assert_int_equal(limits.memory_bytes, 356 * BL_MIB);
    assert_int_equal(limits.cpu_time_ns, 20 * BL_NS_PER_S);
    assert_int_equal(limits.pids, 300);
    scene.command.limits.pids = 5;
    scene.command.limits_set = 1u << 3; /* asked for: it counts */
    assert_int_equal(bl_demand_limits(&scene.job, &scene.command, java).pids, 5);
    scene.command.limits.memory_bytes = 1024 * BL_GIB; /* never beyond the table's bound */
    assert_int_equal(bl_demand_limits(&scene.job, &scene.command, java).memory_bytes,
                     1024 * BL_GIB);
    scene.command.program = BL_PROGRAM_ARGV;
    assert_int_equal(bl_demand_limits(&scene.job, &scene.command, NULL).pids, 5);
}

static void demand__compilers_get_what_compilers_need(void **state)
{
    struct scene scene;
    struct bl_limits limits;

    (void)state;
    set_up(&scene);
    scene.command.program = BL_PROGRAM_COMPILE;
    scene.command.limits.cpu_time_ns = 7 * BL_NS_PER_S;
    scene.command.limits_set = 1u << 0;
    limits = bl_demand_limits(&scene.job, &scene.command, &scene.languages.items[0]);
    assert_int_equal(limits.cpu_time_ns, 7 * BL_NS_PER_S);
    assert_int_equal(limits.memory_bytes, BL_GIB);
    assert_int_equal(limits.box_files, 20000);
}

static void set_ceiling(struct scene *scene, const char *option, uint64_t value)
{
    struct bl_err err;

    assert_int_equal(bl_limit_set(&scene->job.ceilings, bl_limit_find(option), value, &err), 0);
}

static void demand__what_was_not_asked_for_stays_below_the_ceilings(void **state)
{
    struct scene scene;
    const struct bl_language *java = &scene.languages.items[0];

    (void)state;
    set_up(&scene);
    set_ceiling(&scene, "wall-time", 5 * BL_NS_PER_S);
    set_ceiling(&scene, "memory", 128 * BL_MIB);
    set_ceiling(&scene, "pids", 200);
    for (int program = 0; program < 3; program++) {
        struct bl_limits limits;

        scene.command.program = program == 0   ? BL_PROGRAM_ARGV
                                : program == 1 ? BL_PROGRAM_COMPILE
                                               : BL_PROGRAM_COMPILED;
        limits = bl_demand_limits(&scene.job, &scene.command, program == 0 ? NULL : java);
        assert_int_equal(limits.wall_time_ns, 5 * BL_NS_PER_S);
        assert_int_equal(limits.memory_bytes, 128 * BL_MIB);
        assert_true(limits.pids <= 200 && limits.cpu_time_ns >= 10 * BL_NS_PER_S);
    }
    scene.command.program = BL_PROGRAM_ARGV;
    assert_int_equal(bl_demand_of(&scene.job, &scene.languages, 4).memory_bytes, 128 * BL_MIB);
    /* What was asked for is not lowered behind its client's back: it is refused (task_check.c). */
    scene.command.limits_set = 1u << 1;
    assert_int_equal(bl_demand_limits(&scene.job, &scene.command, NULL).wall_time_ns,
                     30 * BL_NS_PER_S);
}

static void demand__events_are_told_by_the_cases_to_come(void **state)
{
    struct scene scene;
    size_t all, none;

    (void)state;
    set_up(&scene);
    scene.job.return_bytes_max = 8 * BL_MIB;
    all = bl_demand_events(&scene.job, 8);
    none = bl_demand_events(&scene.job, 0);
    assert_true(all > 8 * BL_MIB && all < 9 * BL_MIB);
    assert_true(none < 8192);
    assert_int_equal(bl_demand_of(&scene.job, &scene.languages, 1).event_bytes, all);
    /* The most that the decoder lets through does not overflow. */
    scene.job.return_bytes_max = 4096ULL * BL_JOB_RETURN_MAX;
    assert_true(bl_demand_events(&scene.job, 8) > scene.job.return_bytes_max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demand__is_what_the_largest_case_may_use),
        cmocka_unit_test(demand__commands_of_a_step_are_there_together),
        cmocka_unit_test(demand__cores_are_what_the_machine_has_at_most),
        cmocka_unit_test(demand__a_language_has_its_own_limits),
        cmocka_unit_test(demand__compilers_get_what_compilers_need),
        cmocka_unit_test(demand__what_was_not_asked_for_stays_below_the_ceilings),
        cmocka_unit_test(demand__events_are_told_by_the_cases_to_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
