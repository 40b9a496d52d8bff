/* start_selftest.c - bailiffd attacks its own host before it serves (processes: worker, as root;
 * and a child of it, which becomes what the worker will be and has a warden of its own).
 *
 * A child, because the attacks need a worker under all its walls, and the start-up is not over: it
 * still needs root. The bait is ours, so that it goes however the child ends. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "executor/attack/suite.h"
#include "executor/base/log.h"
#include "executor/daemon/confine.h"
#include "executor/daemon/daemon_private.h"
#include "executor/sandbox/syscalls.h"
#include "limits/verdict.h"

enum { HELD = 0, BROKE = 1, NOT_TRIED = 2 }; /* the child's exit status */

static const uint64_t patience_ns = 600 * BL_NS_PER_S; /* the service manager's, at most */

/* What the child has; the warden's end is a part of releasing it. */
struct trial {
    const struct bl_daemon *daemon;
    struct bl_loop *loop;
    struct bl_watch *leash;
    struct bl_warden *warden;
    struct bl_suite *suite;
};

/* ---- the child --------------------------------------------------------------------------------
 */

static int start_warden(struct trial *t, struct bl_suite_profiles *profiles, struct bl_err *err)
{
    const struct bl_config *config = &t->daemon->config;
    struct bl_plan *plan = NULL;
    int status;

    if (bl_plan_new(&plan, err) < 0)
        return -1;
    plan->first_id = (uint32_t)config->first_id;
    (void)snprintf(plan->cgroup_place, sizeof(plan->cgroup_place), "%s", config->cgroup);
    status = bl_suite_fill_plan(plan, profiles, err);
    if (status == 0)
        status = bl_warden_start(&t->warden, t->loop, plan, err);
    bl_plan_free(&plan);
    return status;
}

/* PR_SET_PDEATHSIG would not outlast the change of ids. */
__attribute__((noreturn)) static void on_parent_gone(void *ctx, short what)
{
    (void)ctx, (void)what; /* only ever its end */
    _exit(NOT_TRIED);
}

static int prepare(struct trial *t, int leash, const struct bl_bait *bait, struct bl_err *err)
{
    const struct bl_identity *identity = &t->daemon->identity;
    const struct bl_confinement confinement = {.uid = identity->uid, .gid = identity->gid};
    struct bl_suite_order order = {.bait = bait};
    int landlock_abi;

    if (bl_loop_new(&t->loop, err) < 0 ||
        bl_watch_new(&t->leash, t->loop, leash, on_parent_gone, t, err) < 0 ||
        bl_watch_want(t->leash, EV_READ, err) < 0 || start_warden(t, &order.profiles, err) < 0)
        return -1;
    order.loop = t->loop;
    order.warden = t->warden;
    if (bl_suite_new(&t->suite, &order, err) < 0)
        return -1;
    return bl_confine(&confinement, &landlock_abi, err);
}

static bool try_one(struct trial *t, const struct bl_attack *attack, enum bl_attack_policy policy)
{
    struct bl_suite_finding finding;

    if (bl_suite_try(t->suite, attack, policy, &finding))
        return true;
    bl_log(BL_LOG_ERROR, "a wall does not hold", bl_log_text("wall", attack->wall),
           bl_log_text("attack", attack->title), bl_log_text("lines", attack->lines),
           bl_log_text("policy", bl_attack_policy_name(policy)),
           bl_log_text("verdict", bl_verdict_name(finding.verdict)),
           bl_log_text("why", finding.why));
    return false;
}

static int try_all(struct trial *t)
{
    const char *wanted = t->daemon->config.selftest;
    bool all = strcmp(wanted, "all") == 0;
    size_t count, tried = 0, broken = 0;
    const struct bl_attack *const *attacks = bl_attacks(&count);

    for (size_t i = 0; i < count; i++) {
        if (!all && strcmp(attacks[i]->wall, wanted) != 0)
            continue;
        for (int p = 0; p < BL_ATTACK_POLICY_COUNT; p++) {
            if (!(attacks[i]->policies & (1U << p)))
                continue;
            tried++;
            broken += !try_one(t, attacks[i], (enum bl_attack_policy)p);
        }
    }
    bl_log(broken ? BL_LOG_ERROR : BL_LOG_INFO, broken ? "walls were broken" : "every wall held",
           bl_log_number("attacks", (int64_t)tried), bl_log_number("broke", (int64_t)broken));
    return broken ? BROKE : HELD;
}

/* Nothing of what the parent has is the child's to free. */
__attribute__((noreturn)) static void be_child(const struct bl_daemon *d, int leash,
                                               const struct bl_bait *bait)
{
    struct trial trial = {.daemon = d};
    struct bl_err err;
    int status = NOT_TRIED;

    if (prepare(&trial, leash, bait, &err) == 0)
        status = try_all(&trial);
    else
        bl_log_error(BL_LOG_ERROR, "the walls can't be tried", &err);
    bl_suite_free(&trial.suite);
    bl_warden_free(&trial.warden);
    _exit(status);
}

/* ---- the worker -------------------------------------------------------------------------------
 */

/* The child's end. A signal that ends the start-up ends the child first; it is left pending, to
 * have its effect when the bait is gone. */
static int await(pid_t child, int signals)
{
    bl_autoclose int pidfd = bl_pidfd_open(child);
    struct pollfd on[] = {{.fd = pidfd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    int status = -1;

    while (pidfd >= 0 && poll(on, BL_ARRAY_LEN(on), -1) < 0 && errno == EINTR)
        ;
    if (pidfd < 0 || on[1].revents)
        (void)kill(child, SIGKILL); /* not reaped yet: the number is still its own */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : NOT_TRIED;
}

/* signals: readable when one is pending that ends us. */
static int try_walls(struct bl_daemon *d, int signals, const struct bl_bait *bait,
                     struct bl_err *err)
{
    int leash[2];
    int status;
    pid_t child;

    if (pipe2(leash, O_CLOEXEC) < 0)
        return bl_fail(err, BL_STEP_SELFTEST, errno, "pipe2");
    bl_autoclose int theirs = leash[0], ours = leash[1];
    child = fork();
    if (child < 0)
        return bl_fail(err, BL_STEP_SELFTEST, errno, "fork");
    if (child == 0) {
        bl_close_fd(&ours);
        be_child(d, theirs, bait);
    }
    status = await(child, signals);
    if (status == HELD)
        return 0;
    return bl_fail(err, BL_STEP_SELFTEST, 0, "%s",
                   status == BROKE ? "not safe to run programs here that nobody trusts"
                                   : "the attacks came to no end");
}

static int try_with_bait(struct bl_daemon *d, int signals, struct bl_err *err)
{
    struct bl_bait bait;
    int status;

    if (bl_bait_plant(&bait, err) < 0)
        return -1;
    status = try_walls(d, signals, &bait, err);
    bl_bait_release(&bait);
    return status;
}

int bl_daemon_selftest(struct bl_daemon *d, struct bl_err *err)
{
    bl_autoclose int signals = -1;
    sigset_t ends, before;
    int status;

    if (strcmp(d->config.selftest, "none") == 0)
        return 0;
    bl_notify_starting(d->notify, "attacking this host", patience_ns);
    bl_log(BL_LOG_INFO, "attacking this host", bl_log_text("walls", d->config.selftest));
    (void)sigemptyset(&ends); /* these can't fail */
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    signals = signalfd(-1, &ends, SFD_CLOEXEC);
    if (signals < 0 || sigprocmask(SIG_BLOCK, &ends, &before) < 0)
        return bl_fail(err, BL_STEP_SELFTEST, errno, "signals");
    status = try_with_bait(d, signals, err);
    (void)sigprocmask(SIG_SETMASK, &before, NULL); /* can't fail: it was got from there */
    return status;
}
