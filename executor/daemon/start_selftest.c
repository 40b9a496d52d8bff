/* start_selftest.c - bailiffd attacks its own host before it serves (process: worker, still root,
 * with a warden of its own that ends with the attacks).
 *
 * No process of its own: under systemd on cgroup v2 the warden finds its place only where nobody
 * but itself and the worker sits in the service's group (limits/cgroup_tree_v2.c). Root until it is
 * over, as `bailiff selftest` is: nothing of a client has been read yet. */
#include <signal.h>
#include <string.h>

#include "executor/attack/suite.h"
#include "executor/base/log.h"
#include "executor/daemon/daemon_private.h"
#include "limits/verdict.h"

static const uint64_t patience_ns = 600 * BL_NS_PER_S; /* the service manager's, at most */

/* Zero is a good start; the warden's end is a part of releasing it. */
struct trial {
    struct bl_daemon *daemon;
    struct bl_bait bait;
    bool planted, stop;
    struct bl_signal *terminate, *interrupt;
    struct bl_warden *warden;
    struct bl_suite *suite;
    size_t tried, broken;
};

static void on_stop(void *ctx, int signo)
{
    struct trial *t = ctx;

    (void)signo;
    t->stop = true; /* the attack at hand ends by its own limits */
}

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
        status = bl_warden_start(&t->warden, t->daemon->loop, plan, err);
    bl_plan_free(&plan);
    return status;
}

static int prepare(struct trial *t, struct bl_err *err)
{
    struct bl_loop *loop = t->daemon->loop;
    struct bl_suite_order order = {.bait = &t->bait, .loop = loop};

    if (bl_bait_plant(&t->bait, err) < 0)
        return -1;
    t->planted = true;
    if (start_warden(t, &order.profiles, err) < 0 ||
        bl_signal_new(&t->terminate, loop, SIGTERM, on_stop, t, err) < 0 ||
        bl_signal_new(&t->interrupt, loop, SIGINT, on_stop, t, err) < 0)
        return -1;
    order.warden = t->warden;
    return bl_suite_new(&t->suite, &order, err);
}

static void release(struct trial *t)
{
    bl_suite_free(&t->suite);
    bl_warden_free(&t->warden);
    if (t->terminate)
        bl_signal_free(&t->terminate);
    if (t->interrupt)
        bl_signal_free(&t->interrupt);
    if (t->planted)
        bl_bait_release(&t->bait);
}

static void try_one(struct trial *t, const struct bl_attack *attack, enum bl_attack_policy policy)
{
    struct bl_suite_finding finding;

    t->tried++;
    if (bl_suite_try(t->suite, attack, policy, &finding))
        return;
    t->broken++;
    bl_log(BL_LOG_ERROR, "a wall does not hold", bl_log_text("wall", attack->wall),
           bl_log_text("attack", attack->title), bl_log_text("lines", attack->lines),
           bl_log_text("policy", bl_attack_policy_name(policy)),
           bl_log_text("verdict", bl_verdict_name(finding.verdict)),
           bl_log_text("why", finding.why));
}

static void try_all(struct trial *t)
{
    const char *wanted = t->daemon->config.selftest;
    bool all = strcmp(wanted, "all") == 0;
    size_t count;
    const struct bl_attack *const *attacks = bl_attacks(&count);

    for (size_t i = 0; i < count; i++)
        for (int p = 0; p < BL_ATTACK_POLICY_COUNT && !t->stop; p++)
            if ((all || strcmp(attacks[i]->wall, wanted) == 0) && attacks[i]->policies & (1U << p))
                try_one(t, attacks[i], (enum bl_attack_policy)p);
}

static int judge(const struct trial *t, struct bl_err *err)
{
    if (t->stop)
        return bl_fail(err, BL_STEP_SELFTEST, 0, "it was ended by a signal");
    bl_log(t->broken ? BL_LOG_ERROR : BL_LOG_INFO,
           t->broken ? "walls were broken" : "every wall held",
           bl_log_number("attacks", (int64_t)t->tried), bl_log_number("broke", (int64_t)t->broken));
    if (t->broken)
        return bl_fail(err, BL_STEP_SELFTEST, 0,
                       "not safe to run programs here that nobody trusts");
    return 0;
}

int bl_daemon_selftest(struct bl_daemon *d, struct bl_err *err)
{
    struct trial trial = {.daemon = d};
    int status;

    if (strcmp(d->config.selftest, "none") == 0)
        return 0;
    bl_notify_starting(d->notify, "attacking this host", patience_ns);
    bl_log(BL_LOG_INFO, "attacking this host", bl_log_text("walls", d->config.selftest));
    status = prepare(&trial, err);
    if (status == 0)
        try_all(&trial);
    release(&trial);
    return status == 0 ? judge(&trial, err) : -1;
}
