/* Which times are not to be trusted, and which noise is a program's own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "limits/ceilings.h"
#include "limits/confidence.h"

#define MS BL_NS_PER_MS

/* One CPU allowed; limits of 1000 ms of CPU time and 3000 ms of wall time. */
static struct bl_limits limits_of(void)
{
    struct bl_limits limits = bl_limits_default();

    limits.cpu_time_ns = 1000 * MS;
    limits.wall_time_ns = 3000 * MS;
    limits.cpus_milli = 1000;
    return limits;
}

static struct bl_result ran(enum bl_verdict verdict, uint64_t cpu_ms, uint64_t wall_ms)
{
    return (struct bl_result){
        .verdict = verdict,
        .usage = {.cpu_time_ns = cpu_ms * MS, .wall_time_ns = wall_ms * MS},
    };
}

static struct bl_confidence of(const struct bl_result *result)
{
    const struct bl_limits limits = limits_of();

    return bl_confidence_of(result, &limits);
}

static void confidence__near_is_from_80_percent_of_either_limit(void **state)
{
    static const struct {
        enum bl_verdict verdict;
        uint64_t cpu_ms, wall_ms;
        bool near;
    } cases[] = {
        {BL_VERDICT_OK, 799, 900, false},
        {BL_VERDICT_OK, 800, 900, true},
        {BL_VERDICT_TIME_LIMIT, 1001, 1001, true},
        {BL_VERDICT_OK, 10, 2399, false},
        {BL_VERDICT_OK, 10, 2400, true},
        {BL_VERDICT_WALL_TIME_LIMIT, 10, 3001, true},
        /* something else than time decided */
        {BL_VERDICT_RUNTIME_ERROR, 999, 1000, false},
        {BL_VERDICT_MEMORY_LIMIT, 999, 2999, false},
        {BL_VERDICT_CANCELLED, 999, 2999, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bl_result result = ran(cases[i].verdict, cases[i].cpu_ms, cases[i].wall_ms);

        assert_int_equal(of(&result).near, cases[i].near);
    }
}

static void confidence__waiting_for_a_cpu_is_noise(void **state)
{
    struct bl_result result = ran(BL_VERDICT_OK, 900, 1000);

    (void)state;
    result.usage.has_pressure = true;
    result.usage.cpu_pressure_ns = 10 * MS;
    assert_int_equal(of(&result).noise, 1u << BL_NOISE_CPU_PRESSURE);
    result.usage.cpu_pressure_ns = 10 * MS - 1;
    assert_int_equal(of(&result).noise, 0);
}

static void confidence__pressure_among_its_own_threads_is_none(void **state)
{
    struct bl_result result = ran(BL_VERDICT_OK, 995, 1000);

    (void)state;
    result.usage.has_pressure = true;
    result.usage.cpu_pressure_ns = 990 * MS; /* four threads on the one CPU, which was all theirs */
    assert_int_equal(of(&result).noise, 0);
}

static void confidence__throttling_it_brought_on_itself_is_none(void **state)
{
    struct bl_result result = ran(BL_VERDICT_OK, 1000, 1000);

    (void)state;
    result.usage.has_throttled = true;
    result.usage.throttled_ns = 700 * MS;
    assert_int_equal(of(&result).noise, 0);
    result.usage.cpu_time_ns = 900 * MS; /* it did without 100 ms */
    assert_int_equal(of(&result).noise, 1u << BL_NOISE_THROTTLED);
}

static void confidence__memory_pressure_at_its_own_limit_is_none(void **state)
{
    struct bl_result result = ran(BL_VERDICT_OK, 900, 1000);

    (void)state;
    result.usage.has_pressure = true;
    result.usage.memory_pressure_ns = 50 * MS;
    assert_int_equal(of(&result).noise, 1u << BL_NOISE_MEMORY_PRESSURE);
    result.usage.has_memory_limit_hits = true;
    assert_int_equal(of(&result).noise, 1u << BL_NOISE_MEMORY_PRESSURE);
    result.usage.memory_limit_hits = 3;
    assert_int_equal(of(&result).noise, 0);
}

static void confidence__sources_are_told_apart(void **state)
{
    struct bl_result result = ran(BL_VERDICT_OK, 500, 1000);

    (void)state;
    result.usage.has_pressure = result.usage.has_steal = true;
    result.usage.io_pressure_ns = 20 * MS;
    result.usage.steal_ns = 20 * MS;
    assert_int_equal(of(&result).noise, 1u << BL_NOISE_IO_PRESSURE | 1u << BL_NOISE_STEAL);
    assert_false(of(&result).near);
}

static void confidence__what_the_kernel_does_not_tell_is_no_noise(void **state)
{
    struct bl_result result = ran(BL_VERDICT_OK, 500, 1000);

    (void)state;
    result.usage.io_pressure_ns = result.usage.steal_ns = result.usage.throttled_ns = 500 * MS;
    assert_int_equal(of(&result).noise, 0);
}

static void confidence__below_a_millisecond_nothing_counts(void **state)
{
    struct bl_result result = ran(BL_VERDICT_OK, 1, 2);

    (void)state;
    result.usage.has_pressure = true;
    result.usage.io_pressure_ns = MS - 1;
    assert_int_equal(of(&result).noise, 0);
    result.usage.io_pressure_ns = MS;
    assert_int_equal(of(&result).noise, 1u << BL_NOISE_IO_PRESSURE);
}

static void confidence__holds_at_the_ends_of_the_bounds(void **state)
{
    struct bl_limits limits = limits_of();
    struct bl_result result = {.verdict = BL_VERDICT_SANDBOX_ERROR};

    (void)state;
    assert_int_equal(bl_confidence_of(&result, &limits).noise, 0);
    limits.cpu_time_ns = limits.wall_time_ns = 86400 * BL_NS_PER_S;
    limits.cpus_milli = 1024000;
    result = ran(BL_VERDICT_OK, 1, 0);
    result.usage.wall_time_ns = UINT64_MAX;
    result.usage.has_pressure = true;
    result.usage.cpu_pressure_ns = UINT64_MAX;
    assert_true(bl_confidence_of(&result, &limits).near);
    assert_int_equal(bl_confidence_of(&result, &limits).noise, 1u << BL_NOISE_CPU_PRESSURE);
}

static void confidence__asks_for_the_meters_where_they_can_matter(void **state)
{
    const struct bl_limits limits = limits_of();
    struct bl_limits low = limits;
    struct bl_usage usage = {.cpu_time_ns = MS, .wall_time_ns = 5 * MS - 1};

    (void)state;
    low.cpu_time_ns = 1250 * BL_NS_PER_US;
    assert_false(bl_confidence_asks(&usage, &limits));
    assert_true(bl_confidence_asks(&usage, &low));
    usage.cpu_time_ns--; /* less than 80 % of it */
    assert_false(bl_confidence_asks(&usage, &low));
    usage.wall_time_ns++;
    assert_true(bl_confidence_asks(&usage, &limits));
    usage = (struct bl_usage){.cpu_time_ns = MS, .wall_time_ns = MS - 1}; /* no noise fits in */
    assert_false(bl_confidence_asks(&usage, &low));
}

static void confidence__lacks_needs_both(void **state)
{
    const struct bl_confidence near = {.near = true}, noisy = {.noise = 1},
                               both = {.near = true, .noise = 1};

    (void)state;
    assert_false(bl_confidence_lacks(&near));
    assert_false(bl_confidence_lacks(&noisy));
    assert_true(bl_confidence_lacks(&both));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confidence__near_is_from_80_percent_of_either_limit),
        cmocka_unit_test(confidence__waiting_for_a_cpu_is_noise),
        cmocka_unit_test(confidence__pressure_among_its_own_threads_is_none),
        cmocka_unit_test(confidence__throttling_it_brought_on_itself_is_none),
        cmocka_unit_test(confidence__memory_pressure_at_its_own_limit_is_none),
        cmocka_unit_test(confidence__sources_are_told_apart),
        cmocka_unit_test(confidence__what_the_kernel_does_not_tell_is_no_noise),
        cmocka_unit_test(confidence__below_a_millisecond_nothing_counts),
        cmocka_unit_test(confidence__holds_at_the_ends_of_the_bounds),
        cmocka_unit_test(confidence__asks_for_the_meters_where_they_can_matter),
        cmocka_unit_test(confidence__lacks_needs_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
