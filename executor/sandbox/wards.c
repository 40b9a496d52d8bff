/* wards.c - see wards.h: orders, and making (process: warden). */
#include "executor/sandbox/wards.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "bailiff/own.h"
#include "executor/sandbox/syscalls.h"

enum {
    RETRY_MS = 2,        /* between two tries to remove a group whose processes are dying */
    FULL_MS = 5,         /* between two looks at whether fewer are dying */
    FULL_MS_MAX = 10000, /* then somebody on the host keeps them: they are not ours to wait for */
};

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void bl_wards_init(struct bl_wards *wards, int socket)
{
    wards->socket = socket;
    bl_maker_init(&wards->maker);
    bl_departed_init(&wards->departed);
}

struct bl_ward *bl_wards_find(struct bl_wards *wards, uint64_t id)
{
    for (unsigned i = 0; id != 0 && i < wards->top; i++)
        if (wards->all[i].order.id == id)
            return &wards->all[i];
    return NULL;
}

/* NULL: none. The lowest, so that few are ever looked through, and few pages are touched. */
static struct bl_ward *free_place(struct bl_wards *w)
{
    for (unsigned i = 0; i < w->top; i++)
        if (w->all[i].order.id == 0)
            return &w->all[i];
    return w->top < BL_ARRAY_LEN(w->all) ? &w->all[w->top++] : NULL;
}

void bl_wards_reply(struct bl_wards *wards, struct bl_reply *reply, const int *fds, unsigned count)
{
    if (bl_wire_send(wards->socket, reply, sizeof(*reply), fds, count) < 0)
        wards->leaving = true; /* nobody listens any more */
}

void bl_wards_refuse(struct bl_wards *wards, const struct bl_order *order, const struct bl_err *err)
{
    struct bl_reply failed = {
        .kind = BL_REPLY_FAILED, .failed_kind = order->kind, .id = order->id, .error = *err};

    bl_wards_reply(wards, &failed, NULL, 0);
}

static unsigned number_of(const struct bl_wards *wards, const struct bl_ward *ward)
{
    return (unsigned)(ward - wards->all);
}

/* ---- priority ---------------------------------------------------------------------------------
 */

void bl_ward_set_low(struct bl_wards *w, struct bl_ward *ward, bool low)
{
    w->low += (unsigned)low - (unsigned)ward->low;
    ward->low = low;
    ward->low_since_ms = low ? now_ms() : 0;
}

static int raise_ward(struct bl_wards *w, struct bl_ward *ward, struct bl_err *err)
{
    bl_ward_set_low(w, ward, false);
    if (ward->making)
        bl_maker_raise(&w->maker);
    return ward->pid > 0 ? bl_raise_init(&w->home, ward->pid, err) : 0;
}

/* One that waits is made at the usual priority then. */
void bl_wards_raise(struct bl_wards *wards, const struct bl_order *order)
{
    struct bl_reply raised = {.kind = BL_REPLY_RAISED, .id = order->id};
    struct bl_ward *ward = bl_wards_find(wards, order->id);
    struct bl_err err;

    if (!ward) {
        (void)bl_fail(&err, BL_STEP_CLONE_INIT, 0, "no such sandbox");
        bl_wards_refuse(wards, order, &err);
        return;
    }
    if (ward->waiting)
        ward->order.low = 0;
    if (ward->order.low && raise_ward(wards, ward, &err) < 0)
        bl_wards_refuse(wards, order, &err);
    else
        bl_wards_reply(wards, &raised, NULL, 0);
}

/* Those that are low for longer than that. What fails is tried again, and told, when the worker
 * orders it. */
static void raise_after(struct bl_wards *w, uint64_t ms)
{
    struct bl_err ignored;

    for (unsigned i = 0; w->low > 0 && i < w->top; i++) {
        struct bl_ward *ward = &w->all[i];
        if (ward->low && now_ms() - ward->low_since_ms >= ms)
            (void)raise_ward(w, ward, &ignored);
    }
}

static bool job_waits(const struct bl_wards *w)
{
    for (unsigned i = 0; w->waiting > 0 && i < w->top; i++)
        if (w->all[i].waiting && !w->all[i].order.low)
            return true;
    return false;
}

/* ---- making -----------------------------------------------------------------------------------
 */

/* Whatever is left of its group goes. */
static void fail_birth(struct bl_wards *w, struct bl_ward *ward, const struct bl_err *err)
{
    if (!ward->closing)
        w->dying++;
    ward->closing = true;
    bl_wards_refuse(w, &ward->order, err);
}

static void release(struct bl_newborn *born)
{
    bl_close_fd(&born->control);
    bl_close_fd(&born->launch);
    bl_cgroup_files_release(&born->files);
}

static void send_newborn(struct bl_wards *w, const struct bl_ward *ward, struct bl_newborn *born)
{
    struct bl_reply opened = {.kind = BL_REPLY_OPENED,
                              .id = ward->order.id,
                              .cgroup_version = born->files.version,
                              .cgroup_present = born->files.present};
    int fds[BL_NEWBORN_FDS_MAX];
    const unsigned count = bl_newborn_fds(born, fds);

    bl_wards_reply(w, &opened, fds, count);
    release(born);
}

static void begin_low(struct bl_wards *w, struct bl_ward *ward)
{
    struct bl_err err;

    if (bl_maker_begin(&w->maker, &w->home, &ward->order, number_of(w, ward), &err) < 0) {
        fail_birth(w, ward, &err);
        return;
    }
    w->maker.since_ms = now_ms();
    ward->making = true;
    bl_ward_set_low(w, ward, true);
}

/* A template must be the warden's own. */
static bool goes_low(const struct bl_wards *w, const struct bl_order *order)
{
    return order->low && w->home.templates[w->home.plan->profiles[order->profile].root] >= 0;
}

static void make(struct bl_wards *w, struct bl_ward *ward)
{
    struct bl_newborn born;
    struct bl_err err;

    ward->waiting = false;
    w->waiting--;
    if (goes_low(w, &ward->order)) {
        begin_low(w, ward);
        return;
    }
    ward->order.low = 0;
    raise_after(w, 0); /* a job waits for this one, and must not for a lock that a spare's has */
    if (bl_birth(&w->home, &ward->order, number_of(w, ward), &born, &err) < 0) {
        fail_birth(w, ward, &err);
        return;
    }
    ward->pid = born.pid;
    ward->pidfd = born.pidfd;
    send_newborn(w, ward, &born);
}

/* What its maker had cloned when it ended: it dies, and is reaped, as if it had been told of. */
static void take_orphan(struct bl_wards *w, struct bl_ward *ward)
{
    const pid_t pid = bl_maker_orphan(&w->home);
    struct bl_err ignored; /* it dies slowly, then */

    for (unsigned i = 0; i < w->top; i++)
        if (w->all[i].pid == pid)
            return; /* also where there is none, as our own has none */
    ward->pid = pid;
    (void)bl_raise_init(&w->home, pid, &ignored);
    (void)kill(pid, SIGKILL); /* not reaped: the number is its own */
}

/* Its init may have ended, and have been reaped, before we heard of it: then only its group is
 * left. */
void bl_wards_take_made(struct bl_wards *wards)
{
    struct bl_ward *ward = bl_wards_find(wards, wards->maker.id); /* its place is not freed */
    struct bl_newborn born;
    struct bl_err err;

    ward->making = false;
    if (bl_maker_finish(&wards->maker, &born, &err) < 0) {
        bl_ward_set_low(wards, ward, false);
        take_orphan(wards, ward);
        fail_birth(wards, ward, &err);
        return;
    }
    if (bl_pidfd_send_signal(born.pidfd, 0) == 0) {
        ward->pid = born.pid;
        ward->pidfd = born.pidfd;
    }
    if (ward->closing) {
        bl_ward_kill(ward);
        release(&born);
    } else {
        if (ward->pid > 0 && !ward->low) /* raised meanwhile, but perhaps only its maker */
            (void)bl_raise_init(&wards->home, ward->pid, &err); /* told by the order, if need be */
        send_newborn(wards, ward, &born);
    }
    if (ward->pid < 0)
        bl_close_fd(&born.pidfd);
}

/* The lowest id: orders come in turn. NULL: none that can be made now. */
static struct bl_ward *first_waiting(struct bl_wards *w)
{
    struct bl_ward *first = NULL;

    for (unsigned i = 0; w->waiting > 0 && i < w->top; i++) {
        struct bl_ward *ward = &w->all[i];
        if (!ward->waiting || (goes_low(w, &ward->order) && w->maker.socket >= 0))
            continue;
        if (!first || ward->order.id < first->order.id)
            first = ward;
    }
    return first;
}

static bool is_full(struct bl_wards *w)
{
    return w->dying >= BL_DYING_MAX || bl_departed_count(&w->departed) >= BL_DYING_MAX;
}

/* Whoever is kept from dying for so long is so by somebody else: nobody waits any longer. */
static void make_waiting(struct bl_wards *w)
{
    struct bl_ward *ward;

    while ((ward = first_waiting(w))) {
        if (!is_full(w)) {
            w->full_since_ms = 0;
            make(w, ward);
            continue;
        }
        if (w->full_since_ms == 0)
            w->full_since_ms = now_ms();
        if (now_ms() - w->full_since_ms < FULL_MS_MAX)
            return;
        bl_departed_forget(&w->departed);
        w->full_since_ms = now_ms();
        return;
    }
}

static int check_open(const struct bl_wards *w, const struct bl_order *order, struct bl_err *err)
{
    if (order->profile >= w->home.plan->profile_count)
        return bl_fail(err, BL_STEP_FIELD, 0, "profile %u: the plan has %u", order->profile,
                       w->home.plan->profile_count);
    if (order->id == 0 || order->box_bytes == 0 || order->box_files == 0 || order->tmp_bytes == 0 ||
        order->tmp_files == 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "an order without id or sizes");
    return 0;
}

void bl_wards_open(struct bl_wards *wards, const struct bl_order *order)
{
    struct bl_ward *ward;
    struct bl_err err;

    if (check_open(wards, order, &err) < 0) {
        bl_wards_refuse(wards, order, &err);
        return;
    }
    if (bl_wards_find(wards, order->id) || !(ward = free_place(wards))) {
        (void)bl_fail(&err, BL_STEP_SLOTS, 0, "%d sandboxes at once", BL_PLAN_SANDBOXES_MAX);
        bl_wards_refuse(wards, order, &err);
        return;
    }
    *ward = (struct bl_ward){.order = *order, .pid = -1, .pidfd = -1, .waiting = true};
    wards->waiting++;
    make_waiting(wards);
}

/* ---- all of it --------------------------------------------------------------------------------
 */

static int time_left(const struct bl_wards *w)
{
    if (w->low > 0)
        return BL_LOW_MS_MAX / 20; /* removals wait, too */
    if (w->dying > 0)
        return RETRY_MS;
    if (w->maker.socket >= 0)
        return BL_LOW_MS_MAX / 20;
    return w->waiting > 0 ? FULL_MS : -1;
}

/* Stopped by somebody, or stuck: a place, and whoever waits for it, must not be so for ever. */
static void end_slow_maker(const struct bl_wards *w)
{
    if (w->maker.socket >= 0 && (w->leaving || now_ms() - w->maker.since_ms >= BL_MAKER_MS_MAX))
        bl_maker_kill(&w->maker); /* its socket comes to its end */
}

int bl_wards_attend(struct bl_wards *wards)
{
    struct bl_wards *w = wards;

    end_slow_maker(w);
    raise_after(w, w->dying > BL_LOW_REMOVALS_MAX || job_waits(w) ? 0 : BL_LOW_MS_MAX);
    if (w->low == 0)
        bl_wards_bury(w);
    make_waiting(w);
    return time_left(w);
}
