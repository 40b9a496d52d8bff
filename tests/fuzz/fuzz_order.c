/* What a worker that has been taken over orders, in any order and of any content, with descriptors
 * where none belong. The first byte chooses who is spoken to.
 *
 * The warden: its own dispatch and its book of sandboxes, behind its real channel; what they come
 * down to is mute_birth.c, which is asked for nothing that a birth or a graft could not stand.
 * Every order is answered as wards.h says, the book is right after each, no descriptor is kept, and
 * at the end nothing is left.
 *
 * Init: what passes the check is bounded, and what it makes of a time limit can be waited for. What
 * an order has it do in its sandbox is not for a fuzzer's process: test_channel_chance. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "bailiff/own.h"
#include "executor/sandbox/init.h"
#include "executor/sandbox/orders.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/mute_birth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS_MAX = 60, PROFILES = 3, IDS = 6, OPEN_FILES_SEEN = 256, WORN_OUT = 1000000 };

static unsigned open_files(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < OPEN_FILES_SEEN; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* ---- the warden -------------------------------------------------------------------------------
 */

struct scene {
    struct fuzz_bytes bytes;
    struct bl_wards *wards;
    struct bl_cgroup_tree *tree;
    int worker, null; /* its end of the channel; what it sends descriptors of */
};

/* What was sent, for what comes back. */
struct sent {
    struct bl_order order;
    unsigned count, answers;
};

static void expect_book(const struct bl_wards *w)
{
    unsigned waiting = 0, dying = 0;

    assert(w->top <= BL_PLAN_SANDBOXES_MAX);
    for (unsigned i = 0; i < w->top; i++) {
        const struct bl_ward *ward = &w->all[i];
        if (ward->order.id == 0)
            continue;
        assert(bl_wards_find((struct bl_wards *)(uintptr_t)w, ward->order.id) == ward);
        assert((ward->pid > 0) == (ward->pidfd >= 0));
        assert(!ward->waiting || (!ward->closing && ward->pid < 0));
        waiting += ward->waiting;
        dying += ward->closing;
    }
    assert(waiting == w->waiting && dying == w->dying);
}

static void expect_reply(struct scene *s, const struct bl_reply *reply, unsigned count,
                         const struct sent *sent)
{
    const struct bl_ward *ward = bl_wards_find(s->wards, reply->id);

    switch ((enum bl_reply_kind)reply->kind) {
    case BL_REPLY_OPENED:
        assert(ward && ward->pid > 0 && !ward->waiting);
        assert(count == 3 + (unsigned)__builtin_popcount(reply->cgroup_present));
        return;
    case BL_REPLY_GRAFTED:
        assert(ward && sent && reply->id == sent->order.id && count == sent->count);
        assert(sent->order.kind == BL_ORDER_GRAFT);
        return;
    case BL_REPLY_FAILED:
        assert(reply->failed_kind == BL_ORDER_OPEN ||
               (sent && reply->failed_kind == sent->order.kind && reply->id == sent->order.id));
        assert(reply->error.step > BL_STEP_NONE && reply->error.step < BL_STEP_COUNT);
        assert(memchr(reply->error.detail, '\0', sizeof(reply->error.detail)) && count == 0);
        return;
    case BL_REPLY_CLOSED:
        assert(!ward && count == 0);
        return;
    case BL_REPLY_HELLO:
        break;
    }
    assert(false); /* told once, before any order; or of no kind */
}

/* sent: NULL: nothing was, just now. */
static void hear(struct scene *s, struct sent *sent)
{
    int fds[BL_WIRE_FDS_MAX];
    struct bl_reply reply;
    unsigned count;

    while (bl_wire_recv(s->worker, &reply, sizeof(reply), fds, BL_WIRE_FDS_MAX, &count) ==
           (ssize_t)sizeof(reply)) {
        expect_reply(s, &reply, count, sent);
        for (unsigned i = 0; i < count; i++)
            (void)close(fds[i]);
        if (sent)
            sent->answers++;
    }
    assert(errno == EAGAIN); /* nothing shorter, and not the end */
}

static void expect_answer(struct scene *s, const struct sent *sent)
{
    const struct bl_ward *ward = bl_wards_find(s->wards, sent->order.id);

    switch ((enum bl_order_kind)sent->order.kind) {
    case BL_ORDER_OPEN:
        assert(sent->answers > 0 || (ward && ward->waiting));
        return;
    case BL_ORDER_GRAFT:
        assert(sent->answers == 1);
        return;
    case BL_ORDER_KILL:
        assert(sent->answers == 0);
        return;
    case BL_ORDER_CLOSE:
        assert(sent->answers == !ward && (!ward || ward->closing));
        return;
    }
}

static void send_order(struct scene *s, struct sent *sent, size_t length)
{
    unsigned char longer[sizeof(sent->order) + 8] = {0};
    int fds[BL_WIRE_FDS_MAX];

    memcpy(longer, &sent->order, sizeof(sent->order));
    for (unsigned i = 0; i < sent->count; i++)
        fds[i] = s->null;
    assert(bl_wire_send(s->worker, longer, length, fds, sent->count) == 0);
    bl_wards_obey(s->wards);
    hear(s, sent);
    assert(s->wards->leaving ==
           (length != sizeof(sent->order) || sent->order.kind < BL_ORDER_OPEN ||
            sent->order.kind > BL_ORDER_CLOSE));
    if (!s->wards->leaving)
        expect_answer(s, sent);
}

/* The warden has no numbers left for what comes with it: the order, whatever it is, is refused. */
static void send_to_full(struct scene *s, struct sent *sent)
{
    struct rlimit usual, full;
    int fds[] = {s->null, s->null, s->null};
    const int free_fd = dup(s->null);

    (void)close(free_fd);
    sent->count = 1 + fuzz_below(&s->bytes, BL_ARRAY_LEN(fds));
    assert(bl_wire_send(s->worker, &sent->order, sizeof(sent->order), fds, sent->count) == 0);
    assert(getrlimit(RLIMIT_NOFILE, &usual) == 0);
    full = (struct rlimit){(rlim_t)free_fd + sent->count - 1, usual.rlim_max};
    assert(setrlimit(RLIMIT_NOFILE, &full) == 0);
    bl_wards_obey(s->wards);
    assert(setrlimit(RLIMIT_NOFILE, &usual) == 0);
    hear(s, sent);
    assert(sent->answers == 1 && !s->wards->leaving);
}

static void order_well(struct scene *s, enum bl_order_kind kind, uint32_t profile, uint64_t id)
{
    struct sent sent = {.order = {.kind = kind,
                                  .profile = profile,
                                  .id = id,
                                  .box_bytes = 1,
                                  .box_files = 1,
                                  .tmp_bytes = 1,
                                  .tmp_files = 1}};

    if (kind == BL_ORDER_GRAFT)
        sent.count = fuzz_below(&s->bytes, BL_WIRE_FDS_MAX + 1);
    send_order(s, &sent, sizeof(sent.order));
}

static void order_one(struct scene *s, enum bl_order_kind kind)
{
    const uint32_t profile = fuzz_below(&s->bytes, PROFILES);

    order_well(s, kind, profile, 1 + fuzz_below(&s->bytes, IDS));
}

/* So many are dying that one more must wait. */
static void order_crowd(struct scene *s)
{
    if (fuzz_below(&s->bytes, 32) != 31 || s->wards->dying > BL_DYING_MAX / 2)
        return; /* it takes a while */
    for (uint64_t id = IDS + 1; id <= IDS + BL_DYING_MAX; id++) {
        order_well(s, BL_ORDER_OPEN, 0, id);
        order_well(s, BL_ORDER_CLOSE, 0, id);
    }
}

static void order_anything(struct scene *s)
{
    struct sent sent;
    size_t length = sizeof(sent.order);

    memset(&sent, 0, sizeof(sent));
    fuzz_take(&s->bytes, &sent.order, sizeof(sent.order));
    if (fuzz_below(&s->bytes, 2))
        sent.order.kind = 1 + sent.order.kind % BL_ORDER_CLOSE;
    if (fuzz_below(&s->bytes, 16) == 15)
        length = fuzz_below(&s->bytes, sizeof(sent.order) + 8);
    if (fuzz_below(&s->bytes, 8) == 7) {
        send_to_full(s, &sent);
        return;
    }
    sent.count = fuzz_below(&s->bytes, 4);
    send_order(s, &sent, length);
}

/* Sandboxes end, fail, and are hard to remove whatever the worker does. */
static void host_acts(struct scene *s)
{
    const unsigned place = fuzz_below(&s->bytes, IDS);

    switch (fuzz_below(&s->bytes, 8)) {
    case 0:
        s->tree->birth_fails = fuzz_below(&s->bytes, 2);
        s->tree->present = (uint32_t)fuzz_number(&s->bytes);
        break;
    case 1:
        s->tree->graft_fails = fuzz_below(&s->bytes, 2);
        break;
    case 2:
        s->tree->removal_fails = fuzz_below(&s->bytes, 2);
        s->tree->group_stays = fuzz_below(&s->bytes, 2);
        break;
    case 3:
        s->wards->departed.count = fuzz_below(&s->bytes, 2) ? BL_DYING_MAX : 0;
        break;
    case 4:
        if (s->wards->all[place].closing)
            s->wards->all[place].tries = WORN_OUT;
        break;
    default:
        fuzz_birth_end(s->wards, place);
    }
}

static void act(struct scene *s)
{
    unsigned what = fuzz_below(&s->bytes, 12);

    if (what < 4)
        order_one(s, BL_ORDER_OPEN);
    else if (what < 7)
        order_one(s, BL_ORDER_GRAFT + what - 4);
    else if (what < 9)
        order_anything(s);
    else if (what < 11)
        host_acts(s);
    else
        order_crowd(s);
    if (!s->wards->leaving) {
        (void)bl_wards_attend(s->wards);
        hear(s, NULL);
    }
    expect_book(s->wards);
}

/* As in main_warden.c, on a host that lets it. */
static void leave(struct scene *s)
{
    s->wards->leaving = true;
    s->tree->removal_fails = s->tree->group_stays = false;
    bl_wards_close_all(s->wards);
    for (unsigned i = 0; i < s->wards->top; i++)
        fuzz_birth_end(s->wards, i);
    assert(bl_wards_attend(s->wards) == -1 && s->wards->dying == 0 && s->wards->waiting == 0);
    for (unsigned i = 0; i < s->wards->top; i++)
        assert(s->wards->all[i].order.id == 0);
}

static void order_from_warden(struct fuzz_bytes bytes)
{
    static struct bl_plan plan; /* too large for a stack */
    bl_autofree struct bl_wards *wards = calloc(1, sizeof(*wards));
    bl_autofree struct bl_cgroup_tree *tree = calloc(1, sizeof(*tree));
    bl_autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int ends[2];

    if (!wards || !tree || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return;
    bl_autoclose int worker = ends[0], warden = ends[1];
    struct scene scene = {
        .bytes = bytes, .wards = wards, .tree = tree, .worker = worker, .null = null};
    plan.profile_count = PROFILES;
    plan.first_id = BL_PLAN_FIRST_ID;
    tree->wards = wards;
    wards->home = (struct bl_home){.plan = &plan, .tree = tree};
    bl_wards_init(wards, warden);
    assert(fcntl(worker, F_SETFL, O_NONBLOCK) == 0);
    for (unsigned i = 0; i < TURNS_MAX && scene.bytes.left > 0 && !wards->leaving; i++)
        act(&scene);
    leave(&scene);
}

/* ---- init -------------------------------------------------------------------------------------
 */

static void expect_guard(const struct bl_guard *guard, uint64_t used_ns)
{
    const struct timespec *wait;
    struct timespec room;

    wait = bl_guard_wait(guard, &room);
    assert(!wait == (guard->clock.counter < 0) && !guard->is_away);
    if (!wait) {
        assert(guard->clock.cpuset < 0);
        return;
    }
    assert(wait->tv_sec >= 0 && wait->tv_nsec >= 0 && wait->tv_nsec < (long)BL_NS_PER_S);
    assert(guard->clock.cpu_count <= BL_CGROUP_ROUND_MAX);
    assert(guard->budget.cpus > 0 && guard->budget.limit_ns > 0);
    assert(bl_budget_sleep_ns(&guard->budget, used_ns) >= guard->budget.grain_ns);
}

static void guard_program(struct fuzz_bytes *bytes, struct bl_guard *guard,
                          const struct bl_init_order *order)
{
    const unsigned fds = fuzz_below(bytes, 3);
    int counter = fds > 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
    int cpuset = fds > 1 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;

    bl_guard_begin(guard, &order->guard, fuzz_number(bytes), counter, cpuset);
    expect_guard(guard, fuzz_number(bytes));
}

static void order_from_init(struct fuzz_bytes bytes)
{
    struct bl_guard guard = {.clock = {.counter = -1, .cpuset = -1}};

    for (unsigned i = 0; i < TURNS_MAX && bytes.left > 0; i++) {
        struct bl_init_order order;
        ssize_t length = sizeof(order);
        if (fuzz_below(&bytes, 16) == 15)
            length = (ssize_t)fuzz_number(&bytes);
        order.kind = fuzz_below(&bytes, BL_INIT_COLLECT + 2);
        fuzz_take(&bytes, &order.last, sizeof(order) - offsetof(struct bl_init_order, last));
        if (!bl_init_order_check(&order, length))
            break; /* so does init */
        assert(length == (ssize_t)sizeof(order));
        assert(order.kind >= BL_INIT_PLACE && order.kind <= BL_INIT_COLLECT);
        assert(memchr(order.name, '\0', sizeof(order.name)));
        if (order.kind == BL_INIT_GUARD)
            guard_program(&bytes, &guard, &order);
    }
    bl_guard_end(&guard);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    const unsigned before = open_files();

    if (fuzz_below(&bytes, 2))
        order_from_init(bytes);
    else
        order_from_warden(bytes);
    assert(open_files() == before);
    return 0;
}
