#include "tests/support/rig.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/daemon/confine.h"
#include "limits/ceilings.h"
#include "limits/policy.h"
#include "limits/verdict.h"

static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};

/* ---- plan and warden
 * ----------------------------------------------------------------------------------
 */

static int add_profile(struct bl_rig *rig, const char *policy_name, enum bl_network network,
                       unsigned root, unsigned *profile, struct bl_err *err)
{
    bl_autofree struct bl_policy *policy = malloc(sizeof(*policy));
    unsigned policy_number;

    assert_non_null(policy);
    if (bl_policy_load(policy, policy_name, err) != 0 ||
        bl_plan_add_policy(rig->plan, policy, &policy_number, err) != 0)
        return -1;
    return bl_plan_add_profile(rig->plan, policy_name, root, policy_number, network, profile, err);
}

/* Policies for tests alone: foreign ABIs are killed even by these. */
static int add_inline_policy(struct bl_rig *rig, const char *name, const char *json,
                             unsigned *number, struct bl_err *err)
{
    bl_autofree struct bl_policy *policy = malloc(sizeof(*policy));

    assert_non_null(policy);
    if (bl_policy_parse(policy, name, json, strlen(json), err) != 0)
        return -1;
    return bl_plan_add_policy(rig->plan, policy, number, err);
}

static int add_inline_profiles(struct bl_rig *rig, unsigned root, struct bl_err *err)
{
    static const char allow_all[] = "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}";
    static const char bpf_kills[] =
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\","
        " \"syscalls\": [{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"}]}";
    unsigned open_policy, killing;

    if (add_inline_policy(rig, "open", allow_all, &open_policy, err) != 0 ||
        add_inline_policy(rig, "bpf-kills", bpf_kills, &killing, err) != 0 ||
        bl_plan_add_profile(rig->plan, "open", root, open_policy, BL_NETWORK_NONE, &rig->open,
                            err) != 0 ||
        bl_plan_add_profile(rig->plan, "open-loopback", root, open_policy, BL_NETWORK_LOOPBACK,
                            &rig->open_loopback, err) != 0)
        return -1;
    return bl_plan_add_profile(rig->plan, "bpf-kills", root, killing, BL_NETWORK_NONE,
                               &rig->bpf_kills, err);
}

/* As bailiff does at its start: a collected file is a descriptor. */
static void raise_open_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int build(struct bl_rig *rig, struct bl_err *err)
{
    unsigned root;

    raise_open_files();
    rig->programs_fd =
        open(BAILIFF_BINARY_DIR "/tests/programs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rig->programs_fd < 0)
        return bl_fail(err, BL_STEP_INPUT, errno, "%s", BAILIFF_BINARY_DIR "/tests/programs");
    (void)setenv("BAILIFF_WARDEN", BAILIFF_BINARY_DIR "/bin/bailiff-warden", 0);
    if (bl_loop_new(&rig->loop, err) != 0 || bl_plan_new(&rig->plan, err) != 0 ||
        bl_plan_add_host_root(rig->plan, &root, err) != 0 ||
        add_profile(rig, "default", BL_NETWORK_NONE, root, &rig->standard, err) != 0 ||
        add_profile(rig, "strict", BL_NETWORK_NONE, root, &rig->strict, err) != 0 ||
        add_profile(rig, "compile", BL_NETWORK_NONE, root, &rig->compile, err) != 0 ||
        add_profile(rig, "loopback", BL_NETWORK_LOOPBACK, root, &rig->loopback, err) != 0 ||
        add_inline_profiles(rig, root, err) != 0)
        return -1;
    return 0;
}

/* ---- trials -----------------------------------------------------------------------------------
 */

static int new_file(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

void bl_trial_init(struct bl_trial *trial, const struct bl_rig *rig, const char *program, ...)
{
    const char *argument;
    va_list arguments;
    size_t count = 1;

    memset(trial, 0, sizeof(*trial));
    (void)snprintf(trial->path, sizeof(trial->path), "%s%s", strchr(program, '/') ? "" : "/app/",
                   program);
    trial->argv[0] = trial->path;
    va_start(arguments, program);
    while ((argument = va_arg(arguments, const char *))) {
        assert_true(count < BL_TRIAL_ARGS_MAX);
        trial->argv[count++] = argument;
    }
    va_end(arguments);
    trial->spec = (struct bl_spec){
        .argv = trial->argv,
        .env = environment,
        .limits = bl_limits_default(),
        .inputs = trial->inputs,
        .outputs = trial->outputs,
        .collect_bytes_max = 64 * BL_MIB,
        .profile = rig->standard,
    };
    bl_trial_add_input(trial, rig->programs_fd, "/app");
    trial->kept[0] = -1;
    for (int i = 1; i <= 2; i++) {
        trial->kept[i] = new_file(i == 1 ? "stdout" : "stderr");
        trial->streams[i] = (struct bl_stream){BL_STREAM_RELAY, trial->kept[i]};
    }
}

void bl_trial_add_input(struct bl_trial *trial, int fd, const char *name)
{
    assert_true(trial->spec.input_count < BL_TRIAL_INPUTS_MAX);
    trial->inputs[trial->spec.input_count++] = (struct bl_input){.fd = fd, .name = name};
}

void bl_trial_add_output(struct bl_trial *trial, const char *glob, bool required)
{
    assert_true(trial->spec.output_count < BL_TRIAL_OUTPUTS_MAX);
    trial->outputs[trial->spec.output_count++] =
        (struct bl_output){.glob = glob, .required = required};
}

/* ---- running one ------------------------------------------------------------------------------
 */

struct running {
    struct bl_rig *rig;
    struct bl_outcome *outcome;
};

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct running *running = ctx;

    running->outcome->result = *result;
    result->files = NULL; /* the outcome's from here on */
    result->file_count = 0;
    bl_run_free(&run);
    bl_loop_stop(running->rig->loop);
}

static char *read_back(int fd, size_t *length)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);

    assert_non_null(text);
    *length = (size_t)size;
    assert_int_equal(pread(fd, text, (size_t)size, 0), size);
    return text;
}

static void keep_output(struct bl_trial *trial, struct bl_outcome *outcome)
{
    outcome->out = read_back(trial->kept[1], &outcome->out_length);
    outcome->err = read_back(trial->kept[2], &outcome->err_length);
    bl_close_fd(&trial->kept[1]);
    bl_close_fd(&trial->kept[2]);
}

void bl_rig_run(struct bl_rig *rig, struct bl_trial *trial, struct bl_outcome *outcome)
{
    struct running running = {.rig = rig, .outcome = outcome};
    const struct bl_run_order order = {
        .spec = &trial->spec,
        .streams = {trial->streams[0], trial->streams[1], trial->streams[2]},
        .on_end = on_end,
        .ctx = &running,
    };
    struct bl_run *run;
    struct bl_err err;

    memset(outcome, 0, sizeof(*outcome));
    outcome->refused = bl_run_start(&run, rig->loop, rig->warden, &order, &outcome->refusal) != 0;
    if (!outcome->refused)
        assert_int_equal(bl_loop_run(rig->loop, &err), 0);
    keep_output(trial, outcome);
}

void bl_outcome_release(struct bl_outcome *outcome)
{
    for (unsigned i = 0; i < outcome->result.file_count; i++) {
        bl_close_fd(&outcome->result.files[i].fd);
        free(outcome->result.files[i].name);
    }
    free(outcome->result.files);
    free(outcome->out);
    free(outcome->err);
    memset(outcome, 0, sizeof(*outcome));
}

static void tell(const struct bl_outcome *outcome)
{
    const struct bl_result *result = &outcome->result;
    char text[BL_ERROR_TEXT_MAX];

    if (outcome->refused) {
        print_error("refused: %s\n", bl_error_text(&outcome->refusal, text));
        return;
    }
    print_error("verdict %s, exit %d, signal %d, killed for %d, limit %s, cpu %llu us, wall %llu "
                "us, peak %llu KiB, %llu OOM kills, %llu refusals\n",
                bl_verdict_name(result->verdict), result->exit_code, result->signal,
                (int)result->kill_reason, result->limit ? result->limit : "none",
                (unsigned long long)result->usage.cpu_time_ns / 1000,
                (unsigned long long)result->usage.wall_time_ns / 1000,
                (unsigned long long)result->usage.memory_peak_bytes / 1024,
                (unsigned long long)result->usage.oom_kills,
                (unsigned long long)result->refusals_total);
    if (result->error.step != BL_STEP_NONE)
        print_error("error: %s\n", bl_error_text(&result->error, text));
    if (result->refusal_count > 0)
        print_error("refused first: system call %d\n", result->refusals[0].nr);
    print_error("stdout: %.400s\nstderr: %.400s\n", outcome->out, outcome->err);
}

void bl_outcome_expect_at(const struct bl_outcome *outcome, enum bl_verdict verdict,
                          const char *file, int line)
{
    if (!outcome->refused && outcome->result.verdict == verdict)
        return;
    print_error("expected %s\n", bl_verdict_name(verdict));
    tell(outcome);
    _fail(file, line);
}

/* ---- set-up and end ---------------------------------------------------------------------------
 */

/* A root's template is made at its first use, and stays: not to be taken for something left over.
 */
static void warm_up(struct bl_rig *rig)
{
    const unsigned profiles[] = {rig->standard, rig->strict, rig->compile, rig->loopback};

    for (size_t i = 0; i < BL_ARRAY_LEN(profiles); i++) {
        struct bl_trial trial;
        struct bl_outcome outcome;

        bl_trial_init(&trial, rig, "hello", NULL);
        trial.spec.profile = profiles[i];
        bl_rig_run(rig, &trial, &outcome);
        bl_outcome_release(&outcome); /* whether it worked is the tests' matter */
    }
}

static void change_nothing(struct bl_plan *plan, const void *ctx)
{
    (void)plan;
    (void)ctx;
}

void bl_rig_confine(struct bl_rig *rig)
{
    static const struct bl_confine_path paths[] = {{"/tmp", BL_CONFINE_OWN, false},
                                                   {"/var/tmp", BL_CONFINE_OWN, false},
                                                   {"/run/bailiff", BL_CONFINE_OWN, true},
                                                   {"/dev/full", BL_CONFINE_USE, false}};
    const struct bl_confinement confinement = {.uid = BL_RIG_CONFINED_ID,
                                               .gid = BL_RIG_CONFINED_ID,
                                               .paths = paths,
                                               .path_count = BL_ARRAY_LEN(paths)};
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;
    int abi;

    rig->confined = true;
    if (bl_confine(&confinement, &abi, &err) == 0)
        return;
    print_error("%s\n", bl_error_text(&err, text));
    fail();
}

int bl_rig_setup(void **state)
{
    return bl_rig_setup_with(state, change_nothing, NULL);
}

int bl_rig_setup_with(void **state, void (*change)(struct bl_plan *plan, const void *ctx),
                      const void *ctx)
{
    struct bl_rig *rig = calloc(1, sizeof(*rig));
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;

    if (!rig)
        return -1;
    (void)signal(SIGPIPE, SIG_IGN); /* as run.h asks */
    rig->programs_fd = -1;
    int status = build(rig, &err);
    if (status == 0) {
        change(rig->plan, ctx);
        status = bl_warden_start(&rig->warden, rig->loop, rig->plan, &err);
    }
    if (status != 0)
        (void)snprintf(rig->why_not, sizeof(rig->why_not), "%s", bl_error_text(&err, text));
    else
        warm_up(rig);
    if (status == 0 && getenv("BAILIFF_RIG_CONFINED"))
        bl_rig_confine(rig);
    *state = rig;
    return 0;
}

int bl_rig_teardown(void **state)
{
    struct bl_rig *rig = *state;

    bl_warden_free(&rig->warden);
    if (rig->plan)
        bl_plan_free(&rig->plan);
    if (rig->loop)
        bl_loop_free(&rig->loop);
    bl_close_fd(&rig->programs_fd);
    free(rig);
    return 0;
}

/* Root can isolate: where it could not, something is broken. */
static bool must_isolate(void)
{
    const char *must = getenv("BAILIFF_MUST_ISOLATE"), *ci = getenv("CI");

    return geteuid() == 0 || (must && strcmp(must, "1") == 0) || (ci && strcmp(ci, "true") == 0);
}

struct bl_rig *bl_rig_of(void **state)
{
    struct bl_rig *rig = *state;

    if (!rig->why_not[0])
        return rig;
    print_message("no isolation here: %s\n", rig->why_not);
    if (must_isolate())
        fail();
    skip();
    return NULL;
}

struct bl_rig *bl_rig_of_root(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);

    if (rig->confined) {
        print_message("only root can try this\n");
        skip();
    }
    return rig;
}

unsigned long bl_rig_core_limit(void)
{
    struct rlimit limit;

    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){1, 1}); /* as the warden tries it */
    assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
    return limit.rlim_max >= 1;
}
