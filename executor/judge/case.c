/* case.c - the life of a testcase's run; see case.h and case_private.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/judge/case_private.h"
#include "limits/ceilings.h"

#define WALL_MAX_NS (86400 * BL_NS_PER_S)

static struct bl_loop *loop_of(const struct bl_case *c)
{
    return c->order.program->engine->loop;
}

static void remove_folder(const struct bl_case *c, char name[BL_SPOOL_NAME_MAX])
{
    if (name[0])
        bl_spool_remove(c->order.program->engine->spool, name);
    name[0] = '\0';
}

static void tell(void *ctx)
{
    struct bl_case *c = ctx;
    struct bl_case_result result = c->result;

    c->result = (struct bl_case_result){0}; /* on_end's now */
    c->order.on_end(c->order.ctx, c, &result);
}

/* The program's own proof goes with every outcome that a person may ask about. */
static void keep_evidence(struct bl_case *c)
{
    struct bl_case_evidence *evidence;

    if (c->result.judgement.outcome == BL_AC || !c->result.ran)
        return;
    evidence = malloc(sizeof(*evidence));
    if (!evidence)
        return; /* the judgement stands without it */
    *evidence = (struct bl_case_evidence){c->program_result, c->program.spec.limits};
    c->result.evidence = evidence;
}

static void finish(struct bl_case *c)
{
    keep_evidence(c);
    bl_loop_defer(loop_of(c), &c->over);
}

void bl_case_fail(struct bl_case *c, const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    c->result.judgement.outcome = BL_JE;
    (void)snprintf(c->result.judgement.reason, sizeof(c->result.judgement.reason), "%s",
                   bl_error_text(err, text)); /* may be cut */
    finish(c);
}

void bl_case_note_program(struct bl_case *c, const struct bl_result *result)
{
    const struct bl_usage *usage = &result->usage;

    c->program_result = *result;
    c->program_result.files = NULL;
    c->program_result.file_count = 0;
    c->result.ran = true;
    if (usage->cpu_time_ns > c->result.cpu_time_ns)
        c->result.cpu_time_ns = usage->cpu_time_ns;
    if (usage->wall_time_ns > c->result.wall_time_ns)
        c->result.wall_time_ns = usage->wall_time_ns;
    if (usage->memory_peak_bytes > c->result.memory_peak_bytes)
        c->result.memory_peak_bytes = usage->memory_peak_bytes;
}

static struct bl_limits limits_of(const struct bl_case *c)
{
    const struct bl_problem *problem = &c->order.package->problem;
    double factor = c->order.program->language->run.time_factor;
    struct bl_limits limits = bl_limits_default();

    limits.cpu_time_ns = (uint64_t)((double)c->order.time_limit_ns * factor);
    /* Generous, so that a busy machine does not make a slow program of a quick one. */
    limits.wall_time_ns = 3 * limits.cpu_time_ns + 2 * BL_NS_PER_S;
    if (limits.wall_time_ns > WALL_MAX_NS)
        limits.wall_time_ns = WALL_MAX_NS;
    limits.memory_bytes = problem->memory_bytes;
    limits.stack_bytes = problem->memory_bytes; /* the stack is memory like other memory */
    limits.stdout_bytes = limits.stderr_bytes = limits.file_size_bytes = problem->output_bytes;
    return limits;
}

int bl_case_prepare_program(struct bl_case *c, struct bl_err *err)
{
    const struct bl_app *app = c->order.program;
    struct bl_limits limits = limits_of(c);

    bl_app_run_release(&c->program);
    if (bl_app_run_prepare(&c->program, app, &app->language->run, &limits, c->order.testcase->args,
                           err))
        return -1;
    for (size_t i = 0; i < c->file_count; i++)
        bl_app_run_add_input(&c->program, c->files[i].fd, c->files[i].name);
    return 0;
}

static int start_pass(struct bl_case *c, struct bl_err *err)
{
    c->program_over = c->validator_over = false;
    c->result.passes++;
    return c->order.package->problem.interactive ? bl_case_start_interaction(c, err)
                                                 : bl_case_start_batch(c, err);
}

/* The validator asked for another pass: its nextpass.in is the input now. */
static void next_pass(struct bl_case *c)
{
    uint64_t most = c->order.package->problem.validation_passes;
    struct bl_judgement *judgement = &c->result.judgement;
    struct bl_err err;

    if (c->result.passes >= most) {
        judgement->outcome = BL_JE;
        (void)snprintf(judgement->reason, sizeof(judgement->reason),
                       "the output validator asks for more than %llu passes",
                       (unsigned long long)most);
        finish(c);
        return;
    }
    bl_close_fd(&c->input);
    remove_folder(c, c->input_folder);
    c->input = bl_take_fd(&c->next_input);
    memcpy(c->input_folder, c->next_folder, sizeof(c->input_folder));
    c->next_folder[0] = '\0';
    if (start_pass(c, &err))
        bl_case_fail(c, &err);
}

void bl_case_pass_over(struct bl_case *c, const struct bl_judgement *judgement)
{
    c->result.judgement = *judgement;
    if (c->next_input < 0) {
        finish(c);
    } else if (judgement->outcome == BL_AC) {
        next_pass(c);
    } else {
        if (judgement->outcome == BL_WA) {
            c->result.judgement.outcome = BL_JE;
            (void)strcpy(c->result.judgement.reason,
                         "the output validator wrote nextpass.in and said wrong answer");
        }
        finish(c);
    }
}

/* One of the testcase's files, copied: /proc/self/mountinfo would tell where the package has it. */
static int open_file(struct bl_case *c, int folder, const struct bl_folder_entry *file,
                     struct bl_err *err)
{
    bl_autoclose int source = -1;
    struct bl_input *input = &c->files[c->file_count];

    if (bl_folder_file(c->order.package->fd, file->path, &source, NULL, err) ||
        bl_spool_put(folder, file->name, source, 0444, err))
        return -1;
    input->name = file->name;
    input->fd = openat(folder, file->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (input->fd < 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "%s", file->path);
    c->file_count++;
    return 0;
}

static int open_files(struct bl_case *c, struct bl_err *err)
{
    const struct bl_testcase *testcase = c->order.testcase;
    bl_autoclose int folder = -1;
    struct bl_folder_entry *entries;
    size_t count;

    if (!testcase->files_path)
        return 0;
    if (bl_spool_folder(c->order.program->engine->spool, &folder, c->files_folder, err))
        return -1;
    if (bl_folder_tree(c->order.package->fd, testcase->files_path, &c->arena, &entries, &count,
                       err))
        return -1;
    if (count > BL_CASE_FILES_MAX)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: more than %d files", testcase->files_path,
                       BL_CASE_FILES_MAX);
    for (size_t i = 0; i < count; i++)
        if (open_file(c, folder, &entries[i], err))
            return -1;
    return 0;
}

int bl_case_spool_input(struct bl_case *c, int source, int *fd, char name[BL_SPOOL_NAME_MAX],
                        struct bl_err *err)
{
    bl_autoclose int folder = -1;

    if (bl_spool_folder(c->order.program->engine->spool, &folder, name, err) ||
        bl_spool_put(folder, "input", source, 0444, err))
        return -1;
    *fd = openat(folder, "input", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return *fd >= 0 ? 0 : bl_fail(err, BL_STEP_SPOOL, errno, "an input");
}

/* The input is handed to the program itself, without a copy: a file that others may write to is
 * the exception, for the program is one of them (app.h). */
static int open_input(struct bl_case *c, struct bl_err *err)
{
    const struct bl_testcase *testcase = c->order.testcase;
    bl_autoclose int open_to_all = -1;
    struct stat st;

    if (bl_folder_file(c->order.package->fd, testcase->input_path, &c->input, NULL, err))
        return -1;
    if (fstat(c->input, &st))
        return bl_fail(err, BL_STEP_PACKAGE, errno, "%s", testcase->input_path);
    if (!(st.st_mode & S_IWOTH))
        return 0;
    open_to_all = bl_take_fd(&c->input);
    return bl_case_spool_input(c, open_to_all, &c->input, c->input_folder, err);
}

static int begin(struct bl_case *c, struct bl_err *err)
{
    if (open_input(c, err) ||
        bl_folder_file(c->order.package->fd, c->order.testcase->answer_path, &c->answer, NULL,
                       err) ||
        open_files(c, err))
        return -1;
    return start_pass(c, err);
}

int bl_case_start(struct bl_case **out, const struct bl_case_order *order, struct bl_err *err)
{
    struct bl_case *c = calloc(1, sizeof(*c));
    struct bl_err failure;

    if (!c)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", order->testcase->name);
    c->order = *order;
    c->input = c->answer = c->output = c->next_input = c->feedback = -1;
    c->to_validator = c->to_program = (struct bl_joint)BL_JOINT_NONE;
    c->over = (struct bl_deferred){.work = tell, .ctx = c};
    *out = c;
    if (begin(c, &failure))
        bl_case_fail(c, &failure);
    return 0;
}

void bl_case_free(struct bl_case **testcase)
{
    struct bl_case *c = *testcase;

    if (!c)
        return;
    bl_loop_undefer(loop_of(c), &c->over);
    bl_app_run_release(&c->program);
    bl_app_run_release(&c->validator);
    bl_joint_release(&c->to_validator);
    bl_joint_release(&c->to_program);
    for (size_t i = 0; i < c->file_count; i++)
        bl_close_fd(&c->files[i].fd);
    bl_close_fd(&c->input);
    bl_close_fd(&c->answer);
    bl_close_fd(&c->output);
    bl_close_fd(&c->next_input);
    bl_close_fd(&c->feedback);
    remove_folder(c, c->feedback_name);
    remove_folder(c, c->input_folder);
    remove_folder(c, c->next_folder);
    remove_folder(c, c->files_folder);
    bl_case_result_release(&c->result);
    bl_arena_release(&c->arena);
    free(c);
    *testcase = NULL;
}

void bl_case_result_release(struct bl_case_result *result)
{
    free(result->judgemessage);
    free(result->evidence);
    *result = (struct bl_case_result){0};
}
