/* Reports into messages: every field arrives, what is not known has no value, what is too much is
 * cut and said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "job_scene.h"
#include "limits/ceilings.h"
#include "proto/decode.h"
#include "proto/encode.h"
#include "proto/encode_private.h"

struct scene {
    struct bl_job *job;
    struct bl_limits limits;
    struct bl_result result;
    struct bl_command_report command;
    struct bl_job_event event;
    struct bl_packed_event packed;
    Bailiff__V1__Event *told;
};

static int set_up(void **state)
{
    static struct job_scene order;
    struct scene *s = calloc(1, sizeof(*s));

    job_scene_set_up(&order);
    s->job = job_scene_decode(&order);
    s->limits = bl_limits_default();
    s->result.exit_code = 0;
    s->command.result = &s->result;
    s->command.limits = &s->limits;
    s->event.kind = BL_JOB_EVENT_CASE;
    s->event.number = 7;
    s->event.at_ns = 1234567890123;
    s->event.testcase = (struct bl_case_report){.step = 1,
                                                .testcase = 2,
                                                .decided_by = -1,
                                                .first_ended = -1,
                                                .commands = &s->command,
                                                .command_count = 1};
    *state = s;
    return 0;
}

static void forget(struct scene *s)
{
    if (s->told)
        bailiff__v1__event__free_unpacked(s->told, NULL);
    s->told = NULL;
    bl_packed_event_release(&s->packed);
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    forget(s);
    bl_job_free(&s->job);
    free(s);
    return 0;
}

/* The event as a client reads it. */
static const Bailiff__V1__Event *tell(struct scene *s)
{
    struct bl_err err;

    forget(s);
    assert_int_equal(bl_event_encode(&s->packed, s->job, "j1", &s->event, &err), 0);
    assert_in_range(s->packed.length, 1, BL_EVENT_BYTES_MAX);
    s->told = bailiff__v1__event__unpack(NULL, s->packed.length, s->packed.bytes);
    assert_non_null(s->told);
    return s->told;
}

static const Bailiff__V1__CommandResult *tell_command(struct scene *s)
{
    const Bailiff__V1__Event *event = tell(s);

    assert_int_equal(event->what_case, BAILIFF__V1__EVENT__WHAT_CASE_ENDED);
    assert_int_equal(event->case_ended->n_commands, 1);
    return event->case_ended->commands[0];
}

static void encode__names_values_as_the_schema_does(void **state)
{
    static const struct {
        const ProtobufCEnumDescriptor *type;
        const char *prefix;
        int shift, count;
        const char *names[16];
    } lists[] = {
#define X(name, text) #name,
        {&bailiff__v1__verdict__descriptor, "VERDICT_", 1, BL_VERDICT_COUNT, {BL_VERDICTS(X)}},
        {&bailiff__v1__outcome__descriptor, "OUTCOME_", 1, BL_OUTCOME_COUNT, {BL_OUTCOMES(X)}},
        {&bailiff__v1__skip__descriptor, "SKIP_", 0, BL_SKIP_COUNT, {BL_SKIPS(X)}},
        {&bailiff__v1__noise__descriptor, "NOISE_", 1, BL_NOISE_COUNT, {BL_NOISES(X)}},
#undef X
        {&bailiff__v1__fault__descriptor, "FAULT_", 1, 3, {"CLIENT", "BUSY", "HOST"}},
        {&bailiff__v1__end__descriptor,
         "END_",
         1,
         BL_JOB_END_COUNT,
         {"COMPLETED", "CANCELLED", "EXPIRED", "BROKEN"}},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(lists); i++) {
        assert_int_equal(lists[i].type->n_values, lists[i].count + lists[i].shift);
        for (int k = 0; k < lists[i].count; k++) {
            const ProtobufCEnumValue *value =
                protobuf_c_enum_descriptor_get_value(lists[i].type, k + lists[i].shift);

            assert_non_null(value);
            assert_memory_equal(value->name, lists[i].prefix, strlen(lists[i].prefix));
            assert_string_equal(value->name + strlen(lists[i].prefix), lists[i].names[k]);
        }
    }
}

/* Where each counter is in struct bl_usage, by the schema's names. */
static const struct {
    const char *name;
    size_t offset;
} counters[] = {
#define U(name)                                \
    {                                          \
#name, offsetof(struct bl_usage, name) \
    }
    U(cpu_time_ns),        U(user_time_ns),        U(system_time_ns),
    U(wall_time_ns),       U(memory_peak_bytes),   U(memory_file_bytes),
    U(memory_shmem_bytes), U(memory_kernel_bytes), U(max_rss_bytes),
    U(oom_kills),          U(memory_limit_hits),   U(pids_peak),
    U(pids_refused),       U(stdin_bytes),         U(stdout_bytes),
    U(stderr_bytes),       U(voluntary_switches),  U(involuntary_switches),
    U(minor_faults),       U(major_faults),        U(read_bytes),
    U(write_bytes),        U(throttled_ns),        U(steal_ns),
    U(cpu_pressure_ns),    U(memory_pressure_ns),  U(io_pressure_ns),
#undef U
};

static uint64_t told_counter(const Bailiff__V1__Usage *usage, const char *name, bool *known)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(&bailiff__v1__usage__descriptor, name);
    uint64_t value;
    uint32_t given;

    assert_non_null(field);
    memcpy(&value, (const char *)usage + field->offset, sizeof(value));
    *known = true;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        memcpy(&given, (const char *)usage + field->quantifier_offset, sizeof(given));
        *known = given == field->id;
    }
    return value;
}

static void encode__tells_each_counter_under_its_name(void **state)
{
    struct scene *s = *state;
    struct bl_usage *usage = &s->result.usage;
    const Bailiff__V1__Usage *told;
    bool known;

    usage->has_memory_peak = usage->has_memory_split = usage->has_memory_limit_hits = true;
    usage->has_pids_peak = usage->has_io = usage->has_throttled = usage->has_steal = true;
    usage->has_pressure = true;
    assert_int_equal(BL_ARRAY_LEN(counters), bailiff__v1__usage__descriptor.n_fields);
    for (uint64_t i = 0; i < BL_ARRAY_LEN(counters); i++) {
        uint64_t value = i * 1000;

        memcpy((char *)usage + counters[i].offset, &value, sizeof(value));
    }
    told = tell_command(s)->usage;
    for (uint64_t i = 0; i < BL_ARRAY_LEN(counters); i++) {
        assert_true(told_counter(told, counters[i].name, &known) == i * 1000);
        assert_true(known);
    }
}

static void encode__what_the_kernel_does_not_tell_has_no_value(void **state)
{
    static const char *const optional[] = {
        "memory_peak_bytes", "memory_file_bytes", "memory_shmem_bytes", "memory_kernel_bytes",
        "memory_limit_hits", "pids_peak",         "read_bytes",         "write_bytes",
        "throttled_ns",      "steal_ns",          "cpu_pressure_ns",    "memory_pressure_ns",
        "io_pressure_ns",
    };
    struct scene *s = *state;
    const Bailiff__V1__CommandResult *told;
    bool known;

    s->result.exit_code = -1;
    told = tell_command(s);
    for (size_t i = 0; i < BL_ARRAY_LEN(optional); i++) {
        (void)told_counter(told->usage, optional[i], &known);
        assert_false(known);
    }
    assert_int_equal(told->exit_code_opt_case, 0);
    assert_int_equal(told->started_ns_opt_case, 0);
    assert_int_equal(told->ended_ns_opt_case, 0);
    assert_int_equal(told->start_latency_ns_opt_case, 0);
    assert_int_equal(told->cause_case, BAILIFF__V1__COMMAND_RESULT__CAUSE__NOT_SET);
    assert_null(told->stdout);
    assert_null(told->stderr);
}

static void encode__tells_how_a_command_ended(void **state)
{
    struct scene *s = *state;
    const Bailiff__V1__CommandResult *told;

    s->result.verdict = BL_VERDICT_SIGNALED;
    s->result.signal = SIGSEGV;
    s->result.oom_killed = s->result.warm = true;
    s->result.overshoot_ns = 5;
    s->result.started_ns = 10;
    s->result.ended_ns = 20;
    s->result.start_latency_ns = 3;
    s->command.noisy = true;
    s->command.noise = 1u << BL_NOISE_STEAL | 1u << BL_NOISE_CPU_PRESSURE;
    (void)snprintf(s->limits.cpuset, sizeof(s->limits.cpuset), "2-3");
    told = tell_command(s);
    assert_int_equal(told->verdict, BAILIFF__V1__VERDICT__VERDICT_SIGNALED);
    assert_int_equal(told->exit_code, 0);
    assert_int_equal(told->signal, SIGSEGV);
    assert_string_equal(told->signal_name, "SEGV");
    assert_true(told->oom_killed && told->warm && told->noisy);
    assert_true(told->overshoot_ns == 5 && told->started_ns == 10 && told->ended_ns == 20);
    assert_true(told->start_latency_ns == 3);
    assert_int_equal(told->n_noise, 2);
    assert_int_equal(told->noise[0], BAILIFF__V1__NOISE__NOISE_CPU_PRESSURE);
    assert_int_equal(told->noise[1], BAILIFF__V1__NOISE__NOISE_STEAL);
    assert_string_equal(told->limits->cpuset, "2-3");
#define X(field, option, kind, least, most, otherwise) \
    assert_true(told->limits->field == s->limits.field);
    BL_LIMITS(X)
#undef X
}

static void encode__tells_the_limit_that_was_broken(void **state)
{
    struct scene *s = *state;
    const Bailiff__V1__CommandResult *told;

    s->result.verdict = BL_VERDICT_TIME_LIMIT;
    s->result.limit = "cpu-time";
    s->result.bound = 1000;
    s->result.observed = 1001;
    told = tell_command(s);
    assert_int_equal(told->cause_case, BAILIFF__V1__COMMAND_RESULT__CAUSE_LIMIT);
    assert_string_equal(told->limit->limit, "cpu-time");
    assert_true(told->limit->bound == 1000 && told->limit->observed == 1001);
    s->result.observed = 0;
    told = tell_command(s);
    assert_int_equal(told->limit->observed_opt_case, 0);
}

static void encode__tells_the_system_calls_that_were_refused(void **state)
{
    struct scene *s = *state;
    const Bailiff__V1__CommandResult *told;

    s->result.verdict = BL_VERDICT_FORBIDDEN_SYSCALL;
    s->result.refusal_count = 2;
    s->result.refusals_total = 9;
    s->result.refusals[0] = (struct bl_refusal){.arch = AUDIT_ARCH_X86_64, .nr = 41, .count = 8};
    s->result.refusals[1] = (struct bl_refusal){.arch = AUDIT_ARCH_X86_64,
                                                .nr = 101,
                                                .args = {1, 2, 3, 4, 5, UINT64_MAX},
                                                .count = 1,
                                                .killed = true};
    told = tell_command(s);
    assert_int_equal(told->n_refused_syscalls, 2);
    assert_true(told->refused_syscalls_total == 9);
    assert_string_equal(told->refused_syscalls[0]->name, "socket");
    assert_int_equal(told->cause_case, BAILIFF__V1__COMMAND_RESULT__CAUSE_SYSCALL);
    assert_string_equal(told->syscall->syscall->name, "ptrace");
    assert_int_equal(told->syscall->syscall->n_args, 6);
    assert_true(told->syscall->syscall->args[5] == UINT64_MAX);
    s->result.refusals[1].killed = false; /* the kernel did it */
    assert_null(tell_command(s)->syscall->syscall);
}

static void encode__cleans_what_an_error_quotes(void **state)
{
    struct scene *s = *state;
    const Bailiff__V1__CommandResult *told;

    s->result.verdict = BL_VERDICT_FILE_ERROR;
    (void)bl_fail(&s->result.error, BL_STEP_OUTPUT, ELOOP, "a\xFF.txt");
    told = tell_command(s);
    assert_int_equal(told->cause_case, BAILIFF__V1__COMMAND_RESULT__CAUSE_ERROR);
    assert_string_equal(told->error->step, "OUTPUT");
    assert_int_equal(told->error->fault, BAILIFF__V1__FAULT__FAULT_CLIENT);
    assert_int_equal(told->error->sys_errno, ELOOP);
    assert_string_equal(told->error->errno_name, "ELOOP");
    assert_string_equal(told->error->detail, "a\xEF\xBF\xBD.txt");
    assert_string_equal(told->error->message, "cannot collect the output file: "
                                              "a\xEF\xBF\xBD.txt: Too many levels of symbolic "
                                              "links");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(encode__names_values_as_the_schema_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(encode__tells_each_counter_under_its_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(encode__what_the_kernel_does_not_tell_has_no_value, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(encode__tells_how_a_command_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(encode__tells_the_limit_that_was_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(encode__tells_the_system_calls_that_were_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(encode__cleans_what_an_error_quotes, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
