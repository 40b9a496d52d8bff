/* mute_birth.c - see mute_birth.h; the calls are those of birth.h, departed.h and cgroup_tree.h. */
#include "tests/fuzz/mute_birth.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>

#include "bailiff/own.h"

uint32_t bl_birth_first_id(const struct bl_home *home, unsigned slot)
{
    assert(slot < BL_PLAN_SANDBOXES_MAX);
    return home->plan->first_id + 2 * slot;
}

unsigned bl_newborn_fds(const struct bl_newborn *born, int fds[BL_NEWBORN_FDS_MAX])
{
    unsigned count = 0;

    fds[count++] = born->control;
    fds[count++] = born->launch;
    fds[count++] = born->pidfd;
    for (unsigned role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        if (born->files.present & (1U << role))
            fds[count++] = born->files.fds[role];
    return count;
}

static int any_fd(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    assert(fd >= 0);
    return fd;
}

/* Everything here is an array's index, a name, or a size that must be bounded, once it is born. */
static void expect_order(const struct bl_cgroup_tree *tree, const struct bl_order *order,
                         unsigned slot)
{
    const struct bl_wards *w = tree->wards;

    assert(slot < w->top && w->top <= BL_PLAN_SANDBOXES_MAX);
    assert(order == &w->all[slot].order && order->kind == BL_ORDER_OPEN && order->id != 0);
    assert(order->profile < w->home.plan->profile_count);
    assert(order->box_bytes > 0 && order->box_files > 0);
    assert(order->tmp_bytes > 0 && order->tmp_files > 0);
    assert(w->dying < BL_DYING_MAX && w->departed.count < BL_DYING_MAX);
    assert(tree->born[slot] == 0);
    for (unsigned i = 0; i < w->top; i++)
        assert(tree->born[i] != order->id);
}

int bl_birth(struct bl_home *home, const struct bl_order *order, unsigned slot,
             struct bl_newborn *out, struct bl_err *err)
{
    struct bl_cgroup_tree *tree = home->tree;
    struct bl_newborn born = {.pid = (pid_t)slot + 1};

    expect_order(tree, order, slot);
    if (tree->birth_fails)
        return bl_fail(err, BL_STEP_CLONE_INIT, ENOSPC, "as told");
    tree->born[slot] = order->id;
    bl_cgroup_files_init(&born.files);
    born.files.version = 1;
    born.files.present = tree->present % (1U << BL_CGROUP_ROLE_COUNT);
    for (unsigned role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        if (born.files.present & (1U << role))
            born.files.fds[role] = any_fd();
    born.pidfd = any_fd(); /* a signal to it goes nowhere */
    born.control = any_fd();
    born.launch = any_fd();
    *out = born;
    return 0;
}

void fuzz_birth_end(struct bl_wards *wards, unsigned place)
{
    struct bl_ward *ward = &wards->all[place];

    if (ward->pid < 1)
        return;
    ward->pid = -1;
    bl_close_fd(&ward->pidfd);
    wards->home.tree->born[place] = 0;
}

int bl_graft(const struct bl_home *home, int *fds, unsigned count, uint32_t program_id,
             struct bl_err *err)
{
    const struct bl_wards *w = home->tree->wards;
    const uint32_t place = (program_id - home->plan->first_id) / 2;

    assert(count >= 1 && count <= BL_WIRE_FDS_MAX && program_id > home->plan->first_id);
    assert(place < w->top && w->all[place].order.id != 0);
    assert(program_id == bl_birth_first_id(home, place) + 1);
    for (unsigned i = 0; i < count; i++)
        assert(fcntl(fds[i], F_GETFD) == FD_CLOEXEC);
    if (home->tree->graft_fails)
        return bl_fail(err, BL_STEP_GRAFT, EPERM, "as told");
    (void)close(fds[0]); /* replaced, as each would be */
    fds[0] = any_fd();
    return 0;
}

int bl_cgroup_remove(struct bl_cgroup_tree *tree, uint64_t serial, bool *gone, struct bl_err *err)
{
    const struct bl_wards *w = tree->wards;
    unsigned slot = 0;

    while (slot < w->top && w->all[slot].order.id != serial)
        slot++;
    assert(serial != 0 && slot < w->top && w->all[slot].closing && w->all[slot].pid < 0);
    *gone = !tree->group_stays;
    if (tree->removal_fails)
        return bl_fail(err, BL_STEP_CGROUP_REMOVE, ENOMEM, "as told");
    return 0;
}

void bl_departed_init(struct bl_departed *departed)
{
    *departed = (struct bl_departed){.socket = -1};
}

void bl_departed_watch(struct bl_departed *departed, pid_t pid)
{
    assert(pid > 0);
    departed->count++;
}

unsigned bl_departed_count(struct bl_departed *departed)
{
    return departed->count;
}

void bl_departed_forget(struct bl_departed *departed)
{
    departed->count = 0;
}
