/* Which CPUs become slots, on other people's machines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/server/slots.h"

enum { SIBLINGS_MAX = 64 };

/* A machine by rule: `usable`, and for each CPU its siblings and capacity. */
struct machine {
    const char *what;
    const char *usable;
    void (*siblings)(unsigned cpu, char text[SIBLINGS_MAX]);
    uint32_t (*capacity)(unsigned cpu);
    struct bl_slots_options options;
    const char *slots;  /* their CPUs in the order of the slots, by commas */
    const char *worker; /* as a list */
    unsigned foreign, slow;
};

static void alone(unsigned cpu, char text[SIBLINGS_MAX])
{
    (void)snprintf(text, SIBLINGS_MAX, "%u\n", cpu);
}

static void neighbours(unsigned cpu, char text[SIBLINGS_MAX])
{
    (void)snprintf(text, SIBLINGS_MAX, "%u-%u\n", cpu & ~1U, cpu | 1U);
}

static void upper_half(unsigned cpu, char text[SIBLINGS_MAX])
{
    (void)snprintf(text, SIBLINGS_MAX, "%u,%u\n", cpu % 4, cpu % 4 + 4);
}

static void eights(unsigned cpu, char text[SIBLINGS_MAX])
{
    (void)snprintf(text, SIBLINGS_MAX, "%u-%u\n", cpu & ~7U, cpu | 7U);
}

static void sibling_1_is_offline(unsigned cpu, char text[SIBLINGS_MAX])
{
    if (cpu == 0)
        alone(cpu, text);
    else
        neighbours(cpu, text);
}

static void no_file(unsigned cpu, char text[SIBLINGS_MAX])
{
    (void)cpu;
    text[0] = '\0';
}

static void nonsense(unsigned cpu, char text[SIBLINGS_MAX])
{
    static const char *const texts[] = {"", "\n", "x", "7-", "99999", "3-1", "1,,2", "900"};

    (void)snprintf(text, SIBLINGS_MAX, "%s", texts[cpu % BL_ARRAY_LEN(texts)]);
}

/* Eight performance cores with two threads each, then efficient ones with one. */
static void alder_lake(unsigned cpu, char text[SIBLINGS_MAX])
{
    if (cpu < 16)
        neighbours(cpu, text);
    else
        alone(cpu, text);
}

static uint32_t by_alder_lake(unsigned cpu)
{
    return cpu < 16 ? 1024 : 512;
}

static uint32_t untold(unsigned cpu)
{
    (void)cpu;
    return 0;
}

static uint32_t big_little(unsigned cpu)
{
    return cpu < 4 ? 446 : 1024;
}

/* One core that is a few percent faster, three of its kind, four small ones. */
static uint32_t with_prime(unsigned cpu)
{
    return cpu < 4 ? 325 : cpu < 7 ? 980 : 1024;
}

#define ONE               \
    {                     \
        .worker_cores = 1 \
    }

static const struct machine machines[] = {
    {"one CPU", "0", alone, untold, ONE, "0", "0", 0, 0},
    {"one core with two threads", "0-1", neighbours, untold, ONE, "0", "0-1", 0, 0},
    {"two cores", "0-1", alone, untold, ONE, "1", "0", 0, 0},
    {"two cores, all for jobs", "0-1", alone, untold, {.worker_cores = 0}, "0,1", "0-1", 0, 0},
    {"more for the worker than there is",
     "0-1",
     alone,
     untold,
     {.worker_cores = 9},
     "1",
     "0",
     0,
     0},
    {"four cores, threads side by side", "0-7", neighbours, untold, ONE, "2,4,6", "0-1", 0, 0},
    {"four cores, threads in halves", "0-7", upper_half, untold, ONE, "1,2,3", "0,4", 0, 0},
    {"threads shared",
     "0-3",
     neighbours,
     untold,
     {.worker_cores = 1, .share_cores = true},
     "1,2,3",
     "0",
     0,
     0},
    {"at most two slots",
     "0-7",
     alone,
     untold,
     {.worker_cores = 1, .slots_max = 2},
     "1,2",
     "0",
     0,
     0},
    {"eight threads a core", "0-31", eights, untold, ONE, "8,16,24", "0-7", 0, 0},
    {"a sibling is offline", "0,2-5", sibling_1_is_offline, untold, ONE, "2,4", "0", 0, 0},
    {"a cpuset cuts through a core", "1-4", neighbours, untold, ONE, "2,4", "1", 1, 0},
    {"a cpuset of one thread each", "0,2,4", neighbours, untold, ONE, "2,4", "0", 2, 0},
    {"CPUs are numbered with gaps", "3,40,8000", alone, untold, ONE, "40,8000", "3", 0, 0},
    {"no topology to be seen", "0-2", no_file, untold, ONE, "1,2", "0", 0, 0},
    {"the topology is nonsense", "0-7", nonsense, untold, ONE, "1,2,3,4,5,6,7", "0", 0, 0},
    {"fast and slow cores", "0-19", alder_lake, by_alder_lake, ONE, "0,2,4,6,8,10,12,14", "16-19",
     0, 4},
    {"only slow cores are ours", "16-19", alder_lake, by_alder_lake, ONE, "17,18,19", "16", 0, 0},
    {"more for the worker than slow ones",
     "0-16",
     alder_lake,
     by_alder_lake,
     {.worker_cores = 2},
     "2,4,6,8,10,12,14",
     "0-1,16",
     0,
     1},
    {"big and little", "0-7", alone, big_little, ONE, "4,5,6,7", "0-3", 0, 4},
    {"a preferred core is of the fast kind", "0-7", alone, with_prime, ONE, "4,5,6,7", "0-3", 0, 4},
};

static struct bl_topology topology;
static struct bl_slots slots;

static struct bl_cgroup_cpus cpus_of(const char *list)
{
    struct bl_cgroup_cpus cpus = {{0}};

    assert_true(bl_cgroup_parse_cpus(list, strlen(list), &cpus));
    return cpus;
}

static void build(const struct machine *machine)
{
    struct bl_cgroup_cpus usable = cpus_of(machine->usable);

    bl_topology_init(&topology);
    bl_topology_use(&topology, &usable);
    for (unsigned cpu = 0; cpu < BL_CGROUP_CPUS_MAX; cpu++) {
        char text[SIBLINGS_MAX];

        machine->siblings(cpu, text);
        bl_topology_add(&topology, cpu, text, strlen(text), machine->capacity(cpu));
    }
}

static void slots__are_cores_of_their_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(machines); i++) {
        const struct machine *machine = &machines[i];
        struct bl_cgroup_cpus worker = cpus_of(machine->worker);
        char list[256] = "";
        size_t length = 0;
        struct bl_err err;

        build(machine);
        assert_int_equal(bl_slots_plan(&slots, &topology, &machine->options, &err), 0);
        for (unsigned slot = 0; slot < slots.count; slot++)
            length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%u",
                                       slot ? "," : "", slots.cpus[slot]);
        if (strcmp(list, machine->slots) != 0)
            fail_msg("%s: slots are %s, not %s", machine->what, list, machine->slots);
        if (memcmp(&worker, &slots.worker_cpus, sizeof(worker)) != 0)
            fail_msg("%s: the worker's CPUs are not %s", machine->what, machine->worker);
        if (slots.foreign != machine->foreign || slots.slow != machine->slow)
            fail_msg("%s: %u foreign, %u slow", machine->what, slots.foreign, slots.slow);
    }
}

static void slots__no_cpu_is_refused(void **state)
{
    const struct bl_slots_options options = bl_slots_default_options();
    struct bl_err err;

    (void)state;
    bl_topology_init(&topology);
    assert_int_equal(bl_slots_plan(&slots, &topology, &options, &err), -1);
    assert_int_equal(err.step, BL_STEP_FIELD);
}

static void slots__number_is_bounded(void **state)
{
    const struct machine huge = {.usable = "0-8191", .siblings = alone, .capacity = untold};
    const struct bl_slots_options options = bl_slots_default_options();
    struct bl_err err;

    (void)state;
    build(&huge);
    assert_int_equal(bl_slots_plan(&slots, &topology, &options, &err), 0);
    assert_int_equal(slots.count, BL_SLOTS_MAX);
    assert_int_equal(slots.cpus[BL_SLOTS_MAX - 1], BL_SLOTS_MAX);
}

static void slots__cpus_are_counted_once(void **state)
{
    static const struct {
        const char *usable;
        struct bl_slots_options options;
        unsigned cpus;
        bool alone; /* the worker */
    } cases[] = {
        {"0", {.worker_cores = 1}, 1, false},                  /* of both */
        {"0-1", {.worker_cores = 0}, 2, false},                /* of both */
        {"0-7", {.worker_cores = 2}, 8, true},                 /* of either */
        {"0-7", {.worker_cores = 2, .slots_max = 1}, 3, true}, /* the others are nobody's */
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        const struct machine machine = {
            .usable = cases[i].usable, .siblings = alone, .capacity = untold};
        struct bl_err err;

        build(&machine);
        assert_int_equal(bl_slots_plan(&slots, &topology, &cases[i].options, &err), 0);
        assert_int_equal(bl_slots_cpu_count(&slots), cases[i].cpus);
        assert_int_equal(bl_slots_leave_worker_alone(&slots), cases[i].alone);
    }
}

static void cpuset__names_the_cpus_of_a_set(void **state)
{
    const struct machine machine = {.usable = "0-9", .siblings = alone, .capacity = untold};
    const struct bl_slots_options options = bl_slots_default_options();
    struct bl_slot_set set = {{0}};
    char text[BL_CPUSET_MAX];
    struct bl_err err;

    (void)state;
    build(&machine);
    assert_int_equal(bl_slots_plan(&slots, &topology, &options, &err), 0);
    assert_int_equal(bl_slots_cpuset(&slots, &set, text, &err), 0);
    assert_string_equal(text, "");
    bl_slot_set_put(&set, 0);
    assert_int_equal(bl_slots_cpuset(&slots, &set, text, &err), 0);
    assert_string_equal(text, "1");
    bl_slot_set_put(&set, 1);
    bl_slot_set_put(&set, 2);
    bl_slot_set_put(&set, 8);
    assert_int_equal(bl_slots_cpuset(&slots, &set, text, &err), 0);
    assert_string_equal(text, "1-3,9");
}

/* Every second CPU with the longest numbers: no range shortens the list. */
static void cpuset__holds_as_many_as_it_promises(void **state)
{
    struct bl_slot_set set = {{0}};
    char text[BL_CPUSET_MAX];
    struct bl_err err;

    (void)state;
    memset(&slots, 0, sizeof(slots));
    slots.count = BL_SLOTS_NAMED_MAX + 1;
    for (unsigned slot = 0; slot < slots.count; slot++)
        slots.cpus[slot] = (uint16_t)(8190 - 2 * slot);
    for (unsigned slot = 0; slot < BL_SLOTS_NAMED_MAX; slot++)
        bl_slot_set_put(&set, slot);
    assert_int_equal(bl_slots_cpuset(&slots, &set, text, &err), 0);
    bl_slot_set_put(&set, BL_SLOTS_NAMED_MAX);
    assert_int_equal(bl_slots_cpuset(&slots, &set, text, &err), -1);
    assert_int_equal(err.step, BL_STEP_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots__are_cores_of_their_own),
        cmocka_unit_test(slots__no_cpu_is_refused),
        cmocka_unit_test(slots__number_is_bounded),
        cmocka_unit_test(slots__cpus_are_counted_once),
        cmocka_unit_test(cpuset__names_the_cpus_of_a_set),
        cmocka_unit_test(cpuset__holds_as_many_as_it_promises),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
