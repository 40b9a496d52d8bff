/* mute_warden.c - see mute_warden.h; the calls are those of warden.h and warden_private.h. */
#include "tests/fuzz/mute_warden.h"

#include <assert.h>

#include "executor/sandbox/pool_private.h"

static void on_guest_gone(void *ctx)
{
    struct bl_warden_guest *guest = ctx;

    guest->on_gone(guest);
}

void bl_warden_enter(struct bl_warden *warden, struct bl_warden_guest *guest)
{
    guest->id = 1;
    guest->gone = (struct bl_deferred){.work = on_guest_gone, .ctx = guest};
    warden->guest = guest;
}

void bl_warden_leave(struct bl_warden *warden, struct bl_warden_guest *guest)
{
    warden->guest = NULL;
    bl_loop_undefer(warden->loop, &guest->gone);
}

static void bury(void *ctx)
{
    struct bl_warden *warden = ctx;
    struct bl_warden_guest *guest = warden->dead;

    warden->dead = NULL;
    if (guest)
        guest->on_burial(guest);
}

void bl_warden_bury(struct bl_warden *warden, struct bl_warden_guest *guest)
{
    assert(!warden->dead);
    warden->dead = guest;
    if (bl_loop_runs(warden->loop))
        bl_loop_defer_late(warden->loop, &warden->burial);
    else
        bury(warden);
}

void bl_warden_bury_dead(struct bl_warden *warden)
{
    bury(warden);
}

bool bl_warden_close(struct bl_warden *warden, uint64_t id)
{
    assert(id == 1);
    return !warden->gone;
}

int bl_warden_send(struct bl_warden *warden, const struct bl_order *order, const int *fds,
                   unsigned count, struct bl_err *err)
{
    assert(order->id == 1 && order->kind >= BL_ORDER_OPEN && order->kind <= BL_ORDER_CLOSE);
    assert(count <= BL_WIRE_FDS_MAX && (count == 0) == (order->kind != BL_ORDER_GRAFT));
    for (unsigned i = 0; i < count; i++)
        assert(fds[i] >= 0);
    return warden->gone ? bl_fail(err, BL_STEP_WARDEN_GONE, 0, "%s", "") : 0;
}

unsigned bl_warden_profile_count(const struct bl_warden *warden)
{
    (void)warden;
    return 1;
}

struct bl_loop *bl_warden_loop(const struct bl_warden *warden)
{
    return warden->loop;
}

unsigned *bl_warden_running(struct bl_warden *warden)
{
    return &warden->running;
}

unsigned *bl_warden_placing(struct bl_warden *warden)
{
    return &warden->placing;
}

struct bl_pool *bl_warden_pool(const struct bl_warden *warden)
{
    (void)warden;
    return NULL;
}

void bl_warden_set_pool(struct bl_warden *warden, struct bl_pool *pool)
{
    (void)warden;
    (void)pool;
}

void fuzz_warden_init(struct bl_warden *warden)
{
    warden->burial = (struct bl_deferred){.work = bury, .ctx = warden};
}

void fuzz_warden_bury(struct bl_warden *warden)
{
    bl_loop_undefer(warden->loop, &warden->burial);
    bury(warden);
}
