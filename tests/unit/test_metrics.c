/* The figures as they are told, and that docs/metrics.md tells the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/server/metrics_process.h"
#include "executor/server/metrics_sources.h"

static char text[BL_METRICS_TEXT_MAX + 1];

static const char *format(const struct bl_metrics *metrics)
{
    size_t length = bl_metrics_format(metrics, text);

    text[length] = '\0';
    return text;
}

static void assert_told(const char *lines)
{
    if (!strstr(text, lines))
        fail_msg("not told: %s\nbut:\n%s", lines, text);
}

static void assert_untold(const char *part)
{
    if (strstr(text, part))
        fail_msg("told: %s", part);
}

static void format__counters_have_a_sample_for_each_value(void **state)
{
    struct bl_metrics metrics;

    (void)state;
    bl_metrics_init(&metrics);
    bl_metrics_add(&metrics, BL_METRIC_RUNS, BL_VERDICT_TIME_LIMIT, 2);
    bl_metrics_add(&metrics, BL_METRIC_RUNS, BL_VERDICT_TIME_LIMIT, 1);
    bl_metrics_set(&metrics, BL_METRIC_QUEUE_JOBS, 0, 17);
    format(&metrics);
    assert_told("# HELP bailiff_runs_total Programs that were run, by verdict.\n"
                "# TYPE bailiff_runs_total counter\n"
                "bailiff_runs_total{verdict=\"OK\"} 0\n");
    assert_told("\nbailiff_runs_total{verdict=\"TIME_LIMIT\"} 3\n");
    assert_told("\n# TYPE bailiff_queue_jobs gauge\nbailiff_queue_jobs 17\n");
    assert_int_equal(bl_metrics_get(&metrics, BL_METRIC_RUNS, BL_VERDICT_TIME_LIMIT), 3);
}

static void format__times_are_exact_seconds(void **state)
{
    static const struct {
        uint64_t ns;
        const char *told;
    } rows[] = {
        {0, " 0\n"},
        {1, " 0.000000001\n"},
        {1500 * BL_NS_PER_MS, " 1.5\n"},
        {20 * BL_NS_PER_S, " 20\n"},
        {10 * BL_NS_PER_S + 100, " 10.0000001\n"},
        {UINT64_MAX, " 18446744073.709551615\n"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_metrics metrics;
        char line[80];

        bl_metrics_init(&metrics);
        bl_metrics_set(&metrics, BL_METRIC_QUEUE_OLDEST, 0, rows[i].ns);
        format(&metrics);
        (void)snprintf(line, sizeof(line), "\nbailiff_queue_oldest_seconds%s", rows[i].told);
        assert_told(line);
    }
}

static void format__histogram_is_cumulative(void **state)
{
    struct bl_metrics metrics;

    (void)state;
    bl_metrics_init(&metrics);
    bl_metrics_observe(&metrics, BL_METRIC_START_LATENCY, 0);
    bl_metrics_observe(&metrics, BL_METRIC_START_LATENCY, 100 * BL_NS_PER_US); /* le: inclusive */
    bl_metrics_observe(&metrics, BL_METRIC_START_LATENCY, 100 * BL_NS_PER_US + 1);
    bl_metrics_observe(&metrics, BL_METRIC_START_LATENCY, 10 * BL_NS_PER_S + 1);
    format(&metrics);
    assert_told("# TYPE bailiff_start_latency_seconds histogram\n"
                "bailiff_start_latency_seconds_bucket{le=\"0.0001\"} 2\n"
                "bailiff_start_latency_seconds_bucket{le=\"0.00025\"} 3\n");
    assert_told("bailiff_start_latency_seconds_bucket{le=\"10\"} 3\n"
                "bailiff_start_latency_seconds_bucket{le=\"+Inf\"} 4\n"
                "bailiff_start_latency_seconds_sum 10.000200002\n"
                "bailiff_start_latency_seconds_count 4\n");
}

static void format__what_was_not_told_is_absent(void **state)
{
    struct bl_metrics metrics;

    (void)state;
    bl_metrics_init(&metrics);
    format(&metrics);
    assert_untold("pressure");
    assert_untold("steal");
    bl_metrics_set(&metrics, BL_METRIC_PRESSURE, BL_METRIC_RESOURCE_MEMORY, 0);
    format(&metrics);
    assert_told("# TYPE bailiff_kernel_pressure_seconds_total counter\n"
                "bailiff_kernel_pressure_seconds_total{resource=\"memory\"} 0\n#");
    assert_untold("resource=\"cpu\"");
}

static void format__label_values_are_escaped(void **state)
{
    struct bl_metrics metrics;

    (void)state;
    bl_metrics_init(&metrics);
    format(&metrics);
    assert_told("\nbailiff_build_info{version=\"" BAILIFF_VERSION "\"} 1\n");
    bl_metrics_version(&metrics, "a\"b\\c\nd}");
    format(&metrics);
    assert_told("\nbailiff_build_info{version=\"a\\\"b\\\\c\\nd}\"} 1\n");
}

static void format__fits_with_the_longest_of_everything(void **state)
{
    struct bl_metrics metrics;
    char version[BL_METRIC_VERSION_MAX + 1];

    (void)state;
    bl_metrics_init(&metrics);
    memset(&metrics.rows, 0xff, sizeof(metrics.rows));
    memset(version, '"', sizeof(version) - 1);
    version[sizeof(version) - 1] = '\0';
    bl_metrics_version(&metrics, version);
    assert_in_range(bl_metrics_format(&metrics, text), 1, BL_METRICS_TEXT_MAX / 2);
}

/* Names and labels as https://prometheus.io/docs/practices/naming/ has them. */
static void table__names_are_valid_and_say_their_unit(void **state)
{
    (void)state;
    for (unsigned metric = 0; metric < BL_METRIC_COUNT; metric++) {
        struct bl_metric_row row = bl_metric_row(metric);
        size_t length = strlen(row.name);
        bool total = length > 6 && strcmp(row.name + length - 6, "_total") == 0;

        for (const char *at = row.name; *at; at++)
            assert_true(islower((unsigned char)*at) || *at == '_');
        assert_true(total == (row.kind == BL_METRIC_COUNTER));
        assert_true(row.seconds == (strstr(row.name, "_seconds") != NULL));
        assert_int_equal(row.kind == BL_METRIC_HISTOGRAM, row.bound_count > 0);
        for (unsigned i = 1; i < row.bound_count; i++)
            assert_true(row.bounds_ns[i] > row.bounds_ns[i - 1]);
        for (unsigned other = 0; other < metric; other++)
            assert_string_not_equal(row.name, bl_metric_row(other).name);
    }
}

/* ---- docs/metrics.md ---- */

static void doc_line(char *line, size_t size, const struct bl_metric_row *row)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    size_t length = (size_t)snprintf(line, size, "| `%s` | %s | ", row->name, kinds[row->kind]);

    if (row->label_key[0])
        length += (size_t)snprintf(line + length, size - length, "`%s`", row->label_key);
    for (unsigned i = 0; row->label_key[0] && row->values[0][0] && i < row->value_count; i++)
        length +=
            (size_t)snprintf(line + length, size - length, "%s %s", i ? "," : ":", row->values[i]);
    (void)snprintf(line + length, size - length, " | %s |\n", row->help);
}

static void docs__have_the_same_table(void **state)
{
    FILE *file = fopen(BAILIFF_SOURCE_DIR "/docs/metrics.md", "re");
    char expected[1024], line[1024];
    unsigned metric = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        struct bl_metric_row row;

        if (strncmp(line, "| `", 3) != 0)
            continue;
        if (metric == BL_METRIC_COUNT)
            fail_msg("docs/metrics.md: one too many: %s", line);
        row = bl_metric_row(metric++);
        doc_line(expected, sizeof(expected), &row);
        if (strcmp(line, expected) != 0)
            fail_msg("docs/metrics.md: should be: %sbut is: %s", expected, line);
    }
    assert_int_equal(fclose(file), 0);
    for (; metric < BL_METRIC_COUNT; metric++) {
        struct bl_metric_row row = bl_metric_row(metric);

        doc_line(expected, sizeof(expected), &row);
        fail_msg("docs/metrics.md lacks: %s", expected);
    }
}

/* ---- sources ---- */

static void sources__a_run_counts_where_it_belongs(void **state)
{
    struct bl_result result = {
        .verdict = BL_VERDICT_TIME_LIMIT,
        .warm = true,
        .started_ns = 1,
        .start_latency_ns = 300 * BL_NS_PER_US,
        .overshoot_ns = 2 * BL_NS_PER_MS,
        .usage = {.cpu_time_ns = BL_NS_PER_S, .wall_time_ns = 2 * BL_NS_PER_S}};
    struct bl_metrics metrics;

    (void)state;
    bl_metrics_init(&metrics);
    bl_metrics_count_run(&metrics, &result);
    result.verdict = BL_VERDICT_SANDBOX_ERROR;
    result.started_ns = 0;
    bl_metrics_count_run(&metrics, &result);
    format(&metrics);
    assert_told("bailiff_runs_total{verdict=\"TIME_LIMIT\"} 1\n");
    assert_told("bailiff_runs_total{verdict=\"SANDBOX_ERROR\"} 1\n");
    assert_told("bailiff_sandboxes_total{start=\"warm\"} 1\n");
    assert_told("bailiff_sandboxes_total{start=\"cold\"} 0\n");
    assert_told("bailiff_start_latency_seconds_sum 0.0003\n");
    assert_told("bailiff_run_wall_seconds_sum 2\n");
    assert_told("bailiff_run_cpu_seconds_total 1\n");
    assert_told("bailiff_cpu_overshoot_seconds_sum 0.002\n");
    assert_told("bailiff_wall_overshoot_seconds_count 0\n");
}

static void sources__refusals_count_by_reason(void **state)
{
    static const enum bl_step steps[] = {BL_STEP_FIELD, BL_STEP_CAPACITY, BL_STEP_QUEUE_FULL,
                                         BL_STEP_DRAINING, BL_STEP_MEMORY};
    struct bl_metrics metrics;

    (void)state;
    bl_metrics_init(&metrics);
    for (size_t i = 0; i < BL_ARRAY_LEN(steps); i++) {
        struct bl_err err = {.step = steps[i]};

        bl_metrics_count_refusal(&metrics, &err);
    }
    format(&metrics);
    assert_told("{reason=\"invalid\"} 1\n");
    assert_told("{reason=\"capacity\"} 1\n");
    assert_told("{reason=\"queue_full\"} 1\n");
    assert_told("{reason=\"draining\"} 1\n");
    assert_told("{reason=\"host\"} 1\n");
    assert_told("{reason=\"unauthorized\"} 0\n");
}

static void sources__the_queue_is_seen(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(3, BL_GIB);
    struct bl_admission_job job = {
        .tenant = "a", .weight = 1, .slots = 2, .memory_bytes = BL_MIB, .held_bytes = 5};
    struct bl_admission_event event;
    struct bl_admission *admission;
    struct bl_metrics metrics;
    struct bl_ticket *ticket;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_admission_new(&admission, &options, &err), 0);
    assert_int_equal(bl_admission_enqueue(admission, &job, BL_NS_PER_S, &ticket, &err), 0);
    assert_true(bl_admission_next(admission, BL_NS_PER_S, &event));
    assert_int_equal(bl_admission_enqueue(admission, &job, 2 * BL_NS_PER_S, &ticket, &err), 0);
    bl_metrics_init(&metrics);
    bl_metrics_see_admission(&metrics, admission, 5 * BL_NS_PER_S);
    format(&metrics);
    assert_told("\nbailiff_queue_jobs 1\n");
    assert_told("\nbailiff_queue_bytes 5\n");
    assert_told("\nbailiff_queue_oldest_seconds 3\n");
    assert_told("\nbailiff_slots 3\n");
    assert_told("\nbailiff_slots_used 2\n");
    assert_told("\nbailiff_jobs_running 1\n");
    assert_told("\nbailiff_memory_admitted_bytes 1048576\n");
    bl_admission_done(admission, event.ticket, 0, 0);
    bl_admission_free(&admission);
}

static void sources__the_process_is_seen(void **state)
{
    struct bl_metrics metrics;
    struct bl_process process;
    uint64_t fds;

    (void)state;
    bl_metrics_init(&metrics);
    bl_process_open(&process);
    bl_metrics_see_process(&metrics, &process);
    fds = bl_metrics_get(&metrics, BL_METRIC_PROCESS_FDS, 0);
    assert_in_range(bl_metrics_get(&metrics, BL_METRIC_PROCESS_RSS, 0), 4096, UINT64_MAX - 1);
    assert_true(bl_metrics_get(&metrics, BL_METRIC_PROCESS_VSIZE, 0) >=
                bl_metrics_get(&metrics, BL_METRIC_PROCESS_RSS, 0));
    {
        bl_autoclose int fd = dup(STDERR_FILENO);

        assert_true(fd >= 0);
        bl_metrics_see_process(&metrics, &process);
        assert_int_equal(bl_metrics_get(&metrics, BL_METRIC_PROCESS_FDS, 0), fds + 1);
    }
    bl_process_close(&process);
}

static void sources__what_the_kernel_does_not_tell_is_absent(void **state)
{
    const struct bl_machine machine = BL_MACHINE_NONE;
    const struct bl_process process = {.statm = -1, .started_ns = BL_NS_PER_S};
    struct bl_metrics metrics;

    (void)state;
    bl_metrics_init(&metrics);
    bl_metrics_see_machine(&metrics, &machine);
    bl_metrics_see_process(&metrics, &process);
    format(&metrics);
    assert_untold("pressure");
    assert_untold("steal");
    assert_untold("process_resident_memory_bytes");
    assert_untold("process_open_fds");
    assert_told("\nprocess_start_time_seconds 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format__counters_have_a_sample_for_each_value),
        cmocka_unit_test(format__times_are_exact_seconds),
        cmocka_unit_test(format__histogram_is_cumulative),
        cmocka_unit_test(format__what_was_not_told_is_absent),
        cmocka_unit_test(format__label_values_are_escaped),
        cmocka_unit_test(format__fits_with_the_longest_of_everything),
        cmocka_unit_test(table__names_are_valid_and_say_their_unit),
        cmocka_unit_test(docs__have_the_same_table),
        cmocka_unit_test(sources__a_run_counts_where_it_belongs),
        cmocka_unit_test(sources__refusals_count_by_reason),
        cmocka_unit_test(sources__the_queue_is_seen),
        cmocka_unit_test(sources__the_process_is_seen),
        cmocka_unit_test(sources__what_the_kernel_does_not_tell_is_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
