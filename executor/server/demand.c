/* demand.c - see demand.h. */
#include "executor/server/demand.h"

#include "bailiff/own.h"
#include "executor/server/slots.h"
#include "limits/ceilings.h"

/* What a compiler gets where neither the job nor the language says: javac, go and rustc write many
 * files, want several threads, and none of it for long. */
static const struct {
    const char *option;
    uint64_t value;
} compiler_limits[] = {
    {"cpu-time", 60 * BL_NS_PER_S},
    {"wall-time", 90 * BL_NS_PER_S},
    {"memory", BL_GIB},
    {"pids", 128},
    {"output", BL_MIB},
    {"error-output", BL_MIB},
    {"file-size", 512 * BL_MIB},
    {"open-files", 1024},
    {"box-size", 512 * BL_MIB},
    {"box-files", 20000},
    {"tmp-size", 512 * BL_MIB},
    {"tmp-files", 20000},
};

static void set(struct bl_limits *limits, const struct bl_limit_row *row, uint64_t value)
{
    struct bl_err err;

    if (value > row->most)
        value = row->most;
    (void)bl_limit_set(limits, row, value, &err); /* what is too little is left as it was */
}

/* Rows that the command itself did not name. */
static void fill_in(struct bl_limits *limits, uint32_t given, const struct bl_language_step *step)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    for (size_t i = 0; i < count; i++) {
        uint32_t bit = UINT32_C(1) << i;

        if (!(given & bit) && (step->limits_set & bit))
            set(limits, &rows[i], bl_limit_get(&step->limits, &rows[i]));
    }
}

static void fill_in_compiler(struct bl_limits *limits, uint32_t given)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    for (size_t i = 0; i < BL_ARRAY_LEN(compiler_limits); i++) {
        const struct bl_limit_row *row = bl_limit_find(compiler_limits[i].option);

        if (!(given & UINT32_C(1) << (row - rows)))
            set(limits, row, compiler_limits[i].value);
    }
}

/* Nobody who asked for nothing is refused for it. */
static void hold_to_ceilings(struct bl_limits *limits, uint32_t given,
                             const struct bl_limits *ceilings)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    for (size_t i = 0; i < count; i++) {
        uint64_t most = bl_limit_get(ceilings, &rows[i]);

        if (!(given & UINT32_C(1) << i) && most != 0 && bl_limit_get(limits, &rows[i]) > most)
            set(limits, &rows[i], most);
    }
}

static uint64_t times(uint64_t value, double factor)
{
    return (uint64_t)((double)value * factor); /* 24 h x 100 at most */
}

static void fill_in_runtime(struct bl_limits *limits, const struct bl_language_step *run)
{
    set(limits, bl_limit_find("memory"), limits->memory_bytes + run->extra_memory_bytes);
    set(limits, bl_limit_find("cpu-time"), times(limits->cpu_time_ns, run->time_factor));
    set(limits, bl_limit_find("wall-time"), times(limits->wall_time_ns, run->time_factor));
}

struct bl_limits bl_demand_limits(const struct bl_job *job, const struct bl_job_command *command,
                                  const struct bl_language *language)
{
    struct bl_limits limits = command->limits;

    if (language && command->program == BL_PROGRAM_COMPILE) {
        fill_in_compiler(&limits, command->limits_set);
        fill_in(&limits, command->limits_set, &language->compile);
    } else if (language && command->program == BL_PROGRAM_COMPILED) {
        fill_in(&limits, command->limits_set, &language->run);
        fill_in_runtime(&limits, &language->run);
    }
    hold_to_ceilings(&limits, command->limits_set, &job->ceilings);
    return limits;
}

const struct bl_job_command *bl_job_maker(const struct bl_job *job,
                                          const struct bl_job_command *command)
{
    switch (command->program) {
    case BL_PROGRAM_COMPILE:
        return command;
    case BL_PROGRAM_COMPILED:
        return &job->steps[command->compiled_step].commands[0];
    case BL_PROGRAM_ARGV:
        break;
    }
    return NULL;
}

static struct bl_limits limits_of(const struct bl_job *job, const struct bl_job_command *command,
                                  const struct bl_languages *languages)
{
    const struct bl_job_command *maker = bl_job_maker(job, command);

    return bl_demand_limits(job, command,
                            maker ? bl_language_find(languages, maker->language) : NULL);
}

/* One case of a step: all its commands together, then the checker alone. */
static void add_step(const struct bl_job *job, const struct bl_job_step *step,
                     const struct bl_languages *languages, uint64_t *memory_bytes,
                     uint64_t *cpus_milli)
{
    uint64_t together = 0;

    for (size_t i = 0; i < step->command_count; i++) {
        struct bl_limits limits = limits_of(job, &step->commands[i], languages);

        together += limits.memory_bytes; /* eight times 1 TiB at most */
        if (limits.cpus_milli > *cpus_milli)
            *cpus_milli = limits.cpus_milli;
    }
    if (together > *memory_bytes)
        *memory_bytes = together;
    if (step->check.checker) {
        struct bl_limits limits = limits_of(job, step->check.checker, languages);

        if (limits.memory_bytes > *memory_bytes)
            *memory_bytes = limits.memory_bytes;
    }
}

struct bl_demand bl_demand_of(const struct bl_job *job, const struct bl_languages *languages,
                              uint32_t slots_max)
{
    uint64_t memory_bytes = 0, cpus_milli = 0, slots;
    size_t cases = job->parallel < job->case_count ? job->parallel : job->case_count;

    for (size_t i = 0; i < job->step_count; i++)
        add_step(job, &job->steps[i], languages, &memory_bytes, &cpus_milli);
    slots = (cpus_milli + 999) / 1000;
    if (slots > slots_max)
        slots = slots_max; /* it is slower then, as on any machine that has no more */
    if (slots > BL_SLOTS_NAMED_MAX)
        slots = BL_SLOTS_NAMED_MAX;
    return (struct bl_demand){
        .cases = (uint32_t)cases,
        .slots = (uint32_t)slots,
        .memory_bytes = memory_bytes,
        .event_bytes = bl_demand_events(job, job->case_count),
    };
}

/* A command's result, packed, without what it returns: 300 bytes mostly; with eight refused calls
 * and an error in words, 1500. A file's name and digest take 250 at most. */
enum { FIXED = 4096, PER_STEP = 256, PER_CASE = 512, PER_COMMAND = 1536, PER_OUTPUT = 256 };

static size_t per_case(const struct bl_job *job)
{
    size_t most = 0;

    for (size_t i = 0; i < job->step_count; i++) {
        const struct bl_job_step *step = &job->steps[i];
        size_t bytes = PER_CASE + (step->check.kind == BL_CHECK_NONE ? 0 : PER_COMMAND);

        for (size_t c = 0; c < step->command_count; c++)
            bytes += PER_COMMAND + step->commands[c].output_count * PER_OUTPUT;
        if (bytes > most)
            most = bytes;
    }
    return most;
}

size_t bl_demand_events(const struct bl_job *job, size_t cases_left)
{
    /* What is returned is the decoder's bound for the whole job: 4096 times 3 MiB at most. */
    size_t each = per_case(job) + (size_t)(job->return_bytes_max / job->case_count) + 1;

    return FIXED + job->step_count * PER_STEP + cases_left * each;
}
