#include "tests/sandbox/graph_scene.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/job/places.h"
#include "limits/ceilings.h"
#include "limits/verdict.h"

static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/box", NULL};

/* ---- rig and spool ----------------------------------------------------------------------------
 */

struct change {
    struct bl_scene *scene;
};

static void add_places(struct bl_plan *plan, const void *ctx)
{
    const struct change *change = ctx;
    struct bl_err err;

    for (unsigned root = 0; root < plan->root_count; root++)
        if (bl_places_add(plan, root, &err) != 0)
            (void)snprintf(change->scene->why_not, sizeof(change->scene->why_not), "%.190s",
                           err.detail);
}

static void open_programs(struct bl_scene *scene)
{
    int fd = open(BAILIFF_BINARY_DIR "/tests/programs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fdopendir(fd); /* takes it */

    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        struct bl_scene_program *program = &scene->programs[scene->program_count];

        if (entry->d_name[0] == '.' || scene->program_count == BL_SCENE_PROGRAMS ||
            strlen(entry->d_name) >= sizeof(program->name))
            continue;
        (void)strcpy(program->name, entry->d_name); /* measured above */
        program->fd = openat(fd, entry->d_name, O_RDONLY | O_CLOEXEC);
        assert_true(program->fd >= 0);
        scene->program_count++;
    }
    (void)closedir(folder); /* read only */
}

static int open_spool(struct bl_scene *scene, struct bl_err *err)
{
    if (bl_spool_new(&scene->spool, 64 * BL_MIB, err) != 0)
        return -1;
    return getenv("BAILIFF_RIG_CONFINED")
               ? bl_spool_give(scene->spool, BL_RIG_CONFINED_ID, BL_RIG_CONFINED_ID, err)
               : 0;
}

/* The spool first: the warden must see it, and so must it see every file that it is to mount. */
int bl_scene_setup(void **state)
{
    struct bl_scene *scene = calloc(1, sizeof(*scene));
    struct change change = {scene};
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;
    void *rig = NULL;

    if (!scene)
        return -1;
    if (open_spool(scene, &err) != 0)
        (void)snprintf(scene->why_not, sizeof(scene->why_not), "%.190s", bl_error_text(&err, text));
    open_programs(scene);
    if (bl_rig_setup_with(&rig, add_places, &change) != 0)
        return -1;
    scene->rig = rig;
    *state = scene;
    return 0;
}

/* ---- the depot --------------------------------------------------------------------------------
 */

struct work {
    struct bl_scene *scene;
    struct bl_errand *errand;
    struct bl_timer *timer;
    bool fails;
};

static struct bl_scene_file *find_file(struct bl_scene *scene, const uint8_t *digest)
{
    for (size_t i = 0; i < scene->file_count; i++)
        if (memcmp(scene->files[i].name, digest, BL_SHA256_BYTES) == 0)
            return &scene->files[i];
    return NULL;
}

/* Only ever mounted, so that it need not have an offset of its own. */
static int open_program(const struct bl_scene *scene, const uint8_t *digest)
{
    for (size_t i = 0; i < scene->program_count; i++)
        if (memcmp(scene->programs[i].name, digest, BL_SHA256_BYTES) == 0)
            return fcntl(scene->programs[i].fd, F_DUPFD_CLOEXEC, 0);
    return -1;
}

static int reopen(int fd)
{
    char path[32];

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void answer_get(struct bl_scene *scene, struct bl_errand *errand)
{
    struct bl_scene_file *file = find_file(scene, errand->sha256);
    struct bl_err err;

    errand->fd = file ? reopen(file->fd) : open_program(scene, errand->sha256);
    (void)bl_fail(&err, BL_STEP_STORE_MISSING, 0, "a digest");
    errand->on_answer(errand->ctx, errand, errand->fd < 0 ? &err : NULL);
}

static void answer_put(struct bl_scene *scene, struct bl_errand *errand)
{
    ssize_t length = pread(errand->fd, scene->last_put, sizeof(scene->last_put) - 1, 0);

    scene->last_put[length > 0 ? length : 0] = '\0';
    scene->puts++;
    memset(errand->sha256, 0, BL_SHA256_BYTES);
    memcpy(errand->sha256, scene->last_put, length < BL_SHA256_BYTES ? (size_t)length : 32);
    errand->on_answer(errand->ctx, errand, NULL);
}

static void answer(struct work *work)
{
    struct bl_err err;

    if (work->fails) {
        (void)bl_fail(&err, BL_STEP_STORE, EIO, "as the test wants it");
        work->errand->on_answer(work->errand->ctx, work->errand, &err);
    } else if (work->errand->kind == BL_ERRAND_GET) {
        answer_get(work->scene, work->errand);
    } else {
        answer_put(work->scene, work->errand);
    }
}

static void on_due(void *ctx)
{
    answer(ctx);
}

static void send_errand(void *ctx, struct bl_errand *errand)
{
    struct bl_scene *scene = ctx;
    struct bl_scene_file *file =
        errand->kind == BL_ERRAND_GET ? find_file(scene, errand->sha256) : NULL;
    enum bl_scene_answer how = errand->kind == BL_ERRAND_PUT ? scene->put_answer
                               : file                        ? file->answer
                                                             : BL_SCENE_AT_ONCE;
    struct work *work = calloc(1, sizeof(*work));
    struct bl_err err;

    assert_non_null(work);
    *work = (struct work){scene, errand, NULL, how == BL_SCENE_FAILS_LATER};
    errand->work = work;
    scene->sent++;
    assert_int_equal(bl_timer_new(&work->timer, scene->rig->loop, on_due, work, &err), 0);
    if (how == BL_SCENE_AT_ONCE)
        answer(work);
    else if (how != BL_SCENE_NEVER)
        bl_timer_arm(work->timer, bl_now_ns() + 2 * BL_NS_PER_MS);
}

static void release_errand(void *ctx, struct bl_errand *errand)
{
    struct bl_scene *scene = ctx;
    struct work *work = errand->work;

    assert_ptr_equal(work->errand, errand);
    scene->released++;
    bl_timer_free(&work->timer);
    free(work);
}

/* Only a file with a name can be mounted: not a memfd. One in the spool would count as left behind,
 * so they lie in /tmp until the next test. */
struct bl_scene_file *bl_scene_file(struct bl_scene *scene, const char *name, const char *bytes,
                                    enum bl_scene_answer how)
{
    struct bl_scene_file *file = &scene->files[scene->file_count++];
    char path[256];

    assert_true(scene->file_count <= BL_SCENE_FILES);
    (void)snprintf(path, sizeof(path), "/tmp/bailiff-graph-%d-%s", (int)getpid(), name);
    *file = (struct bl_scene_file){.fd = -1, .answer = how};
    (void)strncpy(file->name, name, sizeof(file->name)); /* as a digest: no NUL is needed */
    if (!bytes)
        return file;
    file->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    assert_true(file->fd >= 0);
    assert_int_equal(write(file->fd, bytes, strlen(bytes)), strlen(bytes));
    return file;
}

static void remove_files(struct bl_scene *scene)
{
    char path[300];

    for (size_t i = 0; i < scene->file_count; i++) {
        (void)snprintf(path, sizeof(path), "/tmp/bailiff-graph-%d-%.32s", (int)getpid(),
                       scene->files[i].name);
        (void)unlink(path);
        bl_close_fd(&scene->files[i].fd);
    }
    scene->file_count = 0;
}

int bl_scene_teardown(void **state)
{
    struct bl_scene *scene = *state;
    void *rig = scene->rig;

    remove_files(scene);
    for (size_t i = 0; i < scene->program_count; i++)
        bl_close_fd(&scene->programs[i].fd);
    (void)bl_rig_teardown(&rig);
    bl_spool_free(&scene->spool);
    free(scene);
    return 0;
}

/* ---- the outfitter ----------------------------------------------------------------------------
 */

static bool has_file(const struct bl_outfit_order *order, const char *name)
{
    for (size_t i = 0; i < order->app_count; i++)
        if (strcmp(order->app_names[i], name) == 0)
            return faccessat(order->app, name, R_OK, 0) == 0;
    return false;
}

static int outfit(void *ctx, const struct bl_outfit_order *order, struct bl_arena *arena,
                  struct bl_outfit *out, struct bl_err *err)
{
    static const char *const compiler[] = {"gcc", "-O1", "-o", "/box/program", "/app/main.c", NULL};
    static const char *const program[] = {"/app/program", NULL};
    static const char *const products[] = {"program", NULL};
    struct bl_scene *scene = ctx;

    (void)arena;
    *out = (struct bl_outfit){.argv = order->command->argv,
                              .env = environment,
                              .profile = scene->rig->standard,
                              .limits = order->command->limits};
    if (order->command->program == BL_PROGRAM_ARGV)
        return 0;
    out->argv = program;
    if (order->command->program == BL_PROGRAM_COMPILED)
        return 0;
    if (!has_file(order, "main.c"))
        return bl_fail(err, BL_STEP_LANGUAGE, 0, "no main.c");
    out->argv = strcmp(order->maker->language, "none") == 0 ? NULL : compiler;
    out->products = out->argv ? products : NULL;
    out->profile = scene->rig->compile;
    return 0;
}

/* ---- a job ------------------------------------------------------------------------------------
 */

struct bl_scene *bl_scene_of(void **state)
{
    struct bl_scene *scene = *state;
    void *rig_state = scene->rig;
    struct bl_rig *rig = bl_rig_of(&rig_state);

    if (!scene->spool)
        fail_msg("no spool: %s", scene->why_not);
    remove_files(scene);
    memset(&scene->job, 0, sizeof(*scene) - offsetof(struct bl_scene, job));
    scene->rig = rig;
    scene->job = (struct bl_job){.id = "test",
                                 .tenant = "",
                                 .parallel = 1,
                                 .steps = scene->job_steps,
                                 .return_bytes_max = 64 * BL_MIB};
    scene->slots[0] = "";
    scene->slot_count = 1;
    scene->depot = (struct bl_depot){send_errand, release_errand, scene};
    scene->outfitter = (struct bl_outfitter){outfit, scene};
    return scene;
}

struct bl_scene_step *bl_scene_step(struct bl_scene *scene, const char *name)
{
    size_t number = scene->job.step_count++;
    struct bl_scene_step *step = &scene->steps[number];

    assert_true(number < BL_SCENE_STEPS);
    step->scene = scene;
    step->step = &scene->job_steps[number];
    step->step->name = name;
    step->step->commands = step->commands;
    step->step->cases = step->cases;
    step->step->check.file = "";
    step->step->check.absolute = step->step->check.relative = -1;
    return step;
}

static struct bl_job_command *init_command(struct bl_scene_step *step,
                                           struct bl_job_command *command, size_t room,
                                           const char *program, va_list arguments)
{
    const char **argv = step->room[room].argv, *argument;
    size_t count = 1;

    argv[0] = program;
    while ((argument = va_arg(arguments, const char *))) {
        assert_true(count < BL_SCENE_ARGS);
        argv[count++] = argument;
    }
    *command = (struct bl_job_command){
        .argv = argv,
        .argc = count,
        .language = "",
        .entrypoint = "",
        .env = step->room[room].env,
        .workdir = "",
        .profile = "",
        .limits = bl_limits_default(),
        .inputs = step->room[room].inputs,
        .outputs = step->room[room].outputs,
        .collect_bytes_max = 16 * BL_MIB,
        .in = {.kind = BL_STDIN_CASE},
        .piped_to = -1,
    };
    if (!strchr(program, '/')) {
        static char paths[BL_SCENE_STEPS][BL_SCENE_COMMANDS + 1][64];
        char *path = paths[step - step->scene->steps][room];

        (void)snprintf(path, sizeof(paths[0][0]), "/box/%s", program);
        argv[0] = path;
        bl_scene_input(step, command, program, bl_scene_stored(program));
    }
    return command;
}

struct bl_job_command *bl_scene_command(struct bl_scene_step *step, const char *program, ...)
{
    size_t number = step->step->command_count++;
    struct bl_job_command *command;
    va_list arguments;

    assert_true(number < BL_SCENE_COMMANDS);
    va_start(arguments, program);
    command = init_command(step, &step->commands[number], number, program, arguments);
    va_end(arguments);
    if (number > 0)
        command->in.kind = BL_STDIN_EMPTY;
    return command;
}

struct bl_job_command *bl_scene_checker(struct bl_scene_step *step, const char *program, ...)
{
    va_list arguments;

    va_start(arguments, program);
    (void)init_command(step, &step->checker, BL_SCENE_COMMANDS, program, arguments);
    va_end(arguments);
    step->checker.in.kind = BL_STDIN_EMPTY;
    step->step->check.kind = BL_CHECK_CHECKER;
    step->step->check.checker = &step->checker;
    return &step->checker;
}

static size_t room_of(struct bl_scene_step *step, const struct bl_job_command *command)
{
    return command == &step->checker ? BL_SCENE_COMMANDS : (size_t)(command - step->commands);
}

void bl_scene_input(struct bl_scene_step *step, struct bl_job_command *command, const char *name,
                    struct bl_file_source file)
{
    assert_true(command->input_count < BL_SCENE_INPUTS);
    step->room[room_of(step, command)].inputs[command->input_count++] =
        (struct bl_job_input){.name = name, .file = file};
}

struct bl_job_output *bl_scene_output(struct bl_scene_step *step, struct bl_job_command *command,
                                      const char *glob, bool required)
{
    struct bl_job_output *output =
        &step->room[room_of(step, command)].outputs[command->output_count++];

    assert_true(command->output_count <= BL_SCENE_OUTPUTS);
    *output = (struct bl_job_output){.glob = glob, .required = required};
    return output;
}

struct bl_job_case *bl_scene_case(struct bl_scene_step *step, const char *input, const char *answer)
{
    static const char *const none[] = {NULL};
    struct bl_job_case *testcase = &step->cases[step->step->case_count++];

    assert_true(step->step->case_count <= BL_SCENE_CASES);
    *testcase =
        (struct bl_job_case){.name = "", .group_name = "", .args = none, .check_args = none};
    if (input)
        testcase->input = bl_scene_inline(input);
    if (answer)
        testcase->answer = bl_scene_inline(answer);
    return testcase;
}

void bl_scene_pipe(struct bl_scene_step *step, uint32_t from, uint32_t to)
{
    step->commands[from].piped_to = (int32_t)to;
    step->commands[to].in = (struct bl_job_stdin){.kind = BL_STDIN_PIPE, .pipe_from = from};
}

struct bl_file_source bl_scene_inline(const char *text)
{
    return (struct bl_file_source){
        .kind = BL_FILE_INLINE, .bytes = (const uint8_t *)text, .length = strlen(text)};
}

struct bl_file_source bl_scene_stored(const char *name)
{
    static uint8_t digests[256][BL_SHA256_BYTES];
    static unsigned next;
    uint8_t *digest = digests[next++ % 256];

    memset(digest, 0, BL_SHA256_BYTES);
    memcpy(digest, name, strnlen(name, BL_SHA256_BYTES));
    return (struct bl_file_source){.kind = BL_FILE_STORED, .sha256 = digest};
}

struct bl_file_source bl_scene_output_of(uint32_t step, uint32_t testcase, enum bl_output_part part,
                                         const char *name)
{
    return (struct bl_file_source){
        .kind = BL_FILE_OUTPUT, .step = step, .testcase = testcase, .part = part, .name = name};
}

/* ---- what is told -----------------------------------------------------------------------------
 */

static void copy_text(char to[BL_SCENE_TEXT], const uint8_t *bytes, size_t length)
{
    size_t fits = length < BL_SCENE_TEXT - 1 ? length : BL_SCENE_TEXT - 1;

    if (bytes)
        memcpy(to, bytes, fits);
    to[bytes ? fits : 0] = '\0';
}

static void copy_files(struct bl_scene_case *told, const struct bl_command_report *report)
{
    size_t used = 0;

    for (size_t i = 0; i < report->file_count && used < sizeof(told->files); i++) {
        const struct bl_file_report *file = &report->files[i];

        used += (size_t)snprintf(told->files + used, sizeof(told->files) - used, "%s:%llu:%.*s;",
                                 file->name, (unsigned long long)file->content.size_bytes,
                                 (int)file->content.length,
                                 file->content.bytes ? (const char *)file->content.bytes : "");
    }
}

static void copy_command(struct bl_scene_case *told, size_t number,
                         const struct bl_command_report *report)
{
    told->verdicts[number] = report->result->verdict;
    told->results[number] = *report->result;
    told->results[number].files = NULL;
    copy_text(told->out[number], report->out.bytes, report->out.length);
    copy_text(told->error_out[number], report->error_out.bytes, report->error_out.length);
    told->out_blob[number] = report->out;
    told->out_blob[number].bytes = NULL;
    told->noisy = told->noisy || report->noisy;
    (void)snprintf(told->cpus, sizeof(told->cpus), "%s", report->limits->cpuset);
    if (number == 0)
        copy_files(told, report);
}

static void take_case(struct bl_scene *scene, const struct bl_case_report *report)
{
    struct bl_scene_case *told = &scene->cases[scene->case_count++];

    assert_true(scene->case_count <= BL_SCENE_TOLD);
    *told = (struct bl_scene_case){
        .step = report->step,
        .testcase = report->testcase,
        .outcome = report->outcome,
        .skip = report->skip,
        .decided_by = report->decided_by,
        .first_ended = report->first_ended,
        .command_count = report->command_count,
        .set_aside_count = report->set_aside_count,
        .was_alone = report->was_alone,
        .check = report->check,
        .has_checker = report->check.checker != NULL,
        .error = report->error ? report->error->step : BL_STEP_NONE,
        .at_ns = bl_now_ns(),
    };
    for (size_t i = 0; i < report->command_count; i++)
        copy_command(told, i, &report->commands[i]);
    if (told->has_checker)
        told->checker_verdict = report->check.checker->result->verdict;
    copy_text(told->message, report->check.message, report->check.message_length);
    if (scene->on_case)
        scene->on_case(scene, told);
}

static void on_event(void *ctx, const struct bl_job_event *event)
{
    struct bl_scene *scene = ctx;

    assert_int_equal(scene->dones, 0); /* nothing comes behind it */
    assert_int_equal(event->number, 5 + scene->case_count + scene->step_count);
    switch (event->kind) {
    case BL_JOB_EVENT_CASE:
        take_case(scene, &event->testcase);
        return;
    case BL_JOB_EVENT_STEP:
        scene->step_reports[scene->step_count++] = event->step;
        return;
    case BL_JOB_EVENT_DONE:
        scene->done = event->done;
        scene->dones++;
        bl_graph_free(&scene->graph);
        bl_loop_stop(scene->rig->loop);
        return;
    case BL_JOB_EVENT_QUEUED:
    case BL_JOB_EVENT_STARTED:
    default:
        fail_msg("event %d is the caller's", (int)event->kind);
    }
}

static void on_slot_idle(void *ctx, unsigned slot)
{
    struct bl_scene *scene = ctx;

    (void)slot;
    scene->idle_slots++;
}

static void ask_alone(void *ctx)
{
    struct bl_scene *scene = ctx;

    scene->alones++;
    if (!scene->holds_alone)
        bl_graph_alone(scene->graph, !scene->is_crowded);
}

static void end_alone(void *ctx)
{
    struct bl_scene *scene = ctx;

    scene->alone_ends++;
}

static void on_still(void *ctx)
{
    struct bl_scene *scene = ctx;

    scene->stills++;
    if (scene->on_still)
        scene->on_still(scene);
}

/* ---- running it -------------------------------------------------------------------------------
 */

static void on_timer(void *ctx)
{
    struct bl_scene *scene = ctx;

    scene->on_time(scene);
}

void bl_scene_start(struct bl_scene *scene)
{
    struct bl_graph_order order = {
        .job = &scene->job,
        .loop = scene->rig->loop,
        .warden = scene->rig->warden,
        .spool = scene->spool,
        .depot = &scene->depot,
        .outfitter = &scene->outfitter,
        .slots = scene->slots,
        .slot_count = scene->slot_count,
        .first_number = 5,
        .calls = {on_event, on_slot_idle, ask_alone, end_alone, on_still, scene},
    };
    struct bl_err err;

    for (size_t i = 0; i < scene->job.step_count; i++) {
        if (scene->job_steps[i].case_count == 0)
            (void)bl_scene_case(&scene->steps[i], NULL, NULL);
        scene->job.case_count += scene->job_steps[i].case_count;
    }
    scene->started_ns = order.accepted_ns = bl_now_ns();
    if (scene->deadline_ns > 0)
        order.deadline_ns = order.accepted_ns + scene->deadline_ns;
    assert_int_equal(bl_timer_new(&scene->timer, scene->rig->loop, on_timer, scene, &err), 0);
    assert_int_equal(bl_graph_start(&scene->graph, &order, &err), 0);
}

void bl_scene_finish(struct bl_scene *scene)
{
    struct bl_err err;

    assert_int_equal(bl_loop_run(scene->rig->loop, &err), 0);
    bl_graph_free(&scene->graph);
    bl_timer_free(&scene->timer);
    assert_int_equal(scene->sent, scene->released);
    assert_int_equal(bl_scene_left(scene), 0);
}

void bl_scene_run(struct bl_scene *scene)
{
    bl_scene_start(scene);
    bl_scene_finish(scene);
    assert_int_equal(scene->dones, 1);
}

void bl_scene_soon(struct bl_scene *scene, void (*what)(struct bl_scene *scene), uint64_t ms)
{
    scene->on_time = what;
    bl_timer_arm(scene->timer, bl_now_ns() + ms * BL_NS_PER_MS);
}

unsigned bl_scene_left(const struct bl_scene *scene)
{
    DIR *folder = opendir("/run/bailiff"); /* in our own mount namespace */
    unsigned count = 0;

    (void)scene;
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    (void)closedir(folder);
    return count;
}

static void describe(const struct bl_scene_case *told)
{
    char text[BL_ERROR_TEXT_MAX];

    print_error("step %u, case %u: outcome %d, skip %d, decided by %d, error %s\n", told->step,
                told->testcase, (int)told->outcome, (int)told->skip, told->decided_by,
                bl_step_name(told->error));
    for (size_t i = 0; i < told->command_count; i++)
        print_error("  %s, exit %d, signal %d: %s\n  stdout: %.300s\n  stderr: %.300s\n",
                    bl_verdict_name(told->verdicts[i]), told->results[i].exit_code,
                    told->results[i].signal,
                    told->results[i].error.step == BL_STEP_NONE
                        ? ""
                        : bl_error_text(&told->results[i].error, text),
                    told->out[i], told->error_out[i]);
    print_error("  files: %s\n  check: ran %d, accepted %d: %s\n", told->files, told->check.ran,
                told->check.accepted, told->message);
}

const struct bl_scene_case *bl_scene_expect_at(const struct bl_scene *scene, size_t number,
                                               enum bl_case_outcome outcome, const char *file,
                                               int line)
{
    if (number < scene->case_count && scene->cases[number].outcome == outcome)
        return &scene->cases[number];
    print_error("case %zu of %zu: expected outcome %d\n", number, scene->case_count, (int)outcome);
    for (size_t i = 0; i < scene->case_count; i++)
        describe(&scene->cases[i]);
    _fail(file, line);
    return NULL;
}
