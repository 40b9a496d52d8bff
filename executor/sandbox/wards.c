/* wards.c - see wards.h: orders, and making (process: warden). */
#include "executor/sandbox/wards.h"

#include <time.h>

#include "bailiff/own.h"
#include "executor/sandbox/orders.h"

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

/* ---- making -----------------------------------------------------------------------------------
 */

/* Whatever is left of its group goes. */
static void fail_birth(struct bl_wards *w, struct bl_ward *ward, const struct bl_err *err)
{
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

static void make(struct bl_wards *w, struct bl_ward *ward)
{
    struct bl_newborn born;
    struct bl_err err;

    ward->waiting = false;
    w->waiting--;
    if (bl_birth(&w->home, &ward->order, number_of(w, ward), &born, &err) < 0) {
        fail_birth(w, ward, &err);
        return;
    }
    ward->pid = born.pid;
    ward->pidfd = born.pidfd;
    send_newborn(w, ward, &born);
}

/* The lowest id: orders come in turn. NULL: none waits. */
static struct bl_ward *first_waiting(struct bl_wards *w)
{
    struct bl_ward *first = NULL;

    for (unsigned i = 0; w->waiting > 0 && i < w->top; i++) {
        struct bl_ward *ward = &w->all[i];
        if (ward->waiting && (!first || ward->order.id < first->order.id))
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

void bl_wards_open(struct bl_wards *wards, const struct bl_order *order)
{
    struct bl_ward *ward;
    struct bl_err err;

    if (bl_order_check_open(order, wards->home.plan, &err) < 0) {
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
    if (w->dying > 0)
        return RETRY_MS;
    return w->waiting > 0 ? FULL_MS : -1;
}

int bl_wards_attend(struct bl_wards *wards)
{
    bl_wards_bury(wards);
    make_waiting(wards);
    return time_left(wards);
}
