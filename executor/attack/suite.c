#include "executor/attack/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/beside.h"
#include "executor/base/error.h"
#include "executor/job/run.h"
#include "limits/verdict.h"

enum { OUTPUT_MAX = 2 * 1024 * 1024 };

struct bl_suite {
    struct bl_suite_order order;
    int program; /* bailiff-selftest */
    struct bl_run *run;
    struct bl_result *result; /* the run's; NULL before its end */
};

/* ---- the plan ---------------------------------------------------------------------------------
 */

static int load(struct bl_policy *policy, enum bl_attack_policy which, struct bl_err *err)
{
    static const char allow_all[] = "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}";

    if (which == BL_ATTACK_NONE)
        return bl_policy_parse(policy, "none", allow_all, strlen(allow_all), err);
    return bl_policy_load(policy, bl_attack_policy_name(which), err);
}

int bl_suite_fill_plan(struct bl_plan *plan, struct bl_suite_profiles *profiles, struct bl_err *err)
{
    bl_autofree struct bl_policy *policy = malloc(sizeof(*policy));
    unsigned root, number;

    if (!policy)
        return bl_fail(err, BL_STEP_MEMORY, errno, "policy");
    plan->may_remap = true; /* the attack programs may lie where only root reads */
    if (bl_plan_add_host_root(plan, &root, err) < 0)
        return -1;
    for (int i = 0; i < BL_ATTACK_POLICY_COUNT; i++) {
        enum bl_attack_policy which = (enum bl_attack_policy)i;
        enum bl_network network =
            which == BL_ATTACK_LOOPBACK ? BL_NETWORK_LOOPBACK : BL_NETWORK_NONE;
        if (load(policy, which, err) < 0 || bl_plan_add_policy(plan, policy, &number, err) < 0 ||
            bl_plan_add_profile(plan, bl_attack_policy_name(which), root, number, network,
                                &profiles->of[i], err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the suite --------------------------------------------------------------------------------
 */

int bl_suite_new(struct bl_suite **out, const struct bl_suite_order *order, struct bl_err *err)
{
    char path[PATH_MAX];

    if (bl_beside(path, "bailiff-selftest", "BAILIFF_SELFTEST", BL_STEP_SELFTEST, err) < 0)
        return -1;
    bl_autoclose int program = open(path, O_RDONLY | O_CLOEXEC);
    if (program < 0)
        return bl_fail(err, BL_STEP_SELFTEST, errno, "%s", path);
    *out = calloc(1, sizeof(**out));
    if (!*out)
        return bl_fail(err, BL_STEP_MEMORY, errno, "suite");
    (*out)->order = *order;
    (*out)->program = bl_take_fd(&program);
    return 0;
}

void bl_suite_free(struct bl_suite **suite)
{
    if (!*suite)
        return;
    bl_run_free(&(*suite)->run);
    bl_close_fd(&(*suite)->program);
    free(*suite);
    *suite = NULL;
}

/* ---- one run ----------------------------------------------------------------------------------
 */

struct run_text {
    int fd; /* a memfd that a stream goes to */
    char *text;
    size_t length;
};

static void release_text(struct run_text *text)
{
    bl_close_fd(&text->fd);
    free(text->text);
}

static int read_text(struct run_text *text, struct bl_err *err)
{
    off_t size = lseek(text->fd, 0, SEEK_END);

    text->text = calloc(1, OUTPUT_MAX + 1);
    if (!text->text)
        return bl_fail(err, BL_STEP_MEMORY, errno, "what an attack wrote");
    if (size < 0 || size > OUTPUT_MAX || pread(text->fd, text->text, (size_t)size, 0) != size)
        return bl_fail(err, BL_STEP_SELFTEST, errno, "what an attack wrote");
    text->length = (size_t)size;
    return 0;
}

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct bl_suite *suite = ctx;

    (void)run;
    suite->result = result;
    bl_loop_stop(suite->order.loop);
}

static int run_to_end(struct bl_suite *suite, const struct bl_spec *spec, const int streams[3],
                      struct bl_err *err)
{
    struct bl_run_order order = {.spec = spec, .on_end = on_end, .ctx = suite};

    order.streams[0] =
        (struct bl_stream){streams[0] < 0 ? BL_STREAM_NULL : BL_STREAM_HAND, streams[0]};
    for (int i = 1; i < 3; i++)
        order.streams[i] = (struct bl_stream){BL_STREAM_RELAY, streams[i]};
    suite->result = NULL;
    if (bl_run_start(&suite->run, suite->order.loop, suite->order.warden, &order, err) < 0)
        return -1;
    return bl_loop_run(suite->order.loop, err);
}

static const char *resolve(const struct bl_bait *bait, const char *argument)
{
    const struct {
        const char *name, *value;
    } names[] = {{"@path", bait->path},
                 {"@nekot", bait->nekot},
                 {"@abstract", bait->abstract},
                 {"@port", bait->port}};

    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++)
        if (strcmp(argument, names[i].name) == 0)
            return names[i].value;
    return argument;
}

static bool judge(const struct bl_suite *suite, const struct bl_attack *attack,
                  const struct run_text texts[2], struct bl_suite_finding *finding)
{
    const struct bl_attack_outcome outcome = {suite->result,   texts[0].text,
                                              texts[1].text,   texts[0].length,
                                              texts[1].length, suite->order.bait->secret};
    const char *touched = bl_bait_touched(suite->order.bait);

    finding->verdict = suite->result->verdict;
    if (!bl_attack_holds(attack, &outcome, finding->why))
        return false;
    if (!touched)
        return true;
    (void)snprintf(finding->why, sizeof(finding->why), "%s", touched);
    return false;
}

static bool tell_error(struct bl_suite_finding *finding, const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    (void)snprintf(finding->why, sizeof(finding->why), "not tried: %s", bl_error_text(err, text));
    return false;
}

static bool run_attack(struct bl_suite *suite, const struct bl_attack *attack,
                       enum bl_attack_policy policy, struct bl_suite_finding *finding)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    const char *argv[BL_ATTACK_ARGS_MAX + 2] = {"/box/selftest"};
    const struct bl_input input = {.fd = suite->program, .name = "selftest"};
    struct bl_spec spec = {.argv = argv,
                           .env = env,
                           .inputs = &input,
                           .input_count = 1,
                           .profile = suite->order.profiles.of[policy]};
    struct run_text texts[2] = {{.fd = memfd_create("out", MFD_CLOEXEC)},
                                {.fd = memfd_create("err", MFD_CLOEXEC)}};
    const int streams[3] = {attack->terminal ? suite->order.bait->terminal : -1, texts[0].fd,
                            texts[1].fd};
    struct bl_err err;

    for (size_t i = 0; attack->argv[i]; i++)
        argv[i + 1] = resolve(suite->order.bait, attack->argv[i]);
    if (bl_attack_limits(attack, &spec.limits, &err) == 0 &&
        run_to_end(suite, &spec, streams, &err) == 0 && read_text(&texts[0], &err) == 0 &&
        read_text(&texts[1], &err) == 0)
        finding->holds = judge(suite, attack, texts, finding);
    else
        finding->holds = tell_error(finding, &err);
    bl_run_free(&suite->run);
    release_text(&texts[0]);
    release_text(&texts[1]);
    return finding->holds;
}

/* ---- and the canary ---------------------------------------------------------------------------
 */

static const struct bl_attack canary = {
    .lines = "canary",
    .title = "an honest program",
    .argv = {"canary", "the-canary"},
    .verdicts = 1U << BL_VERDICT_OK,
    .tells = "the-canary sings, 0 bytes read, pid 2, clean",
};

bool bl_suite_try(struct bl_suite *suite, const struct bl_attack *attack,
                  enum bl_attack_policy policy, struct bl_suite_finding *finding)
{
    struct bl_suite_finding after = {.verdict = BL_VERDICT_SANDBOX_ERROR};

    *finding = (struct bl_suite_finding){.verdict = BL_VERDICT_SANDBOX_ERROR};
    if (!run_attack(suite, attack, policy, finding))
        return false;
    if (run_attack(suite, &canary, BL_ATTACK_DEFAULT, &after))
        return true;
    finding->holds = false;
    (void)snprintf(finding->why, sizeof(finding->why), "the program after it: %.500s", after.why);
    return false;
}
