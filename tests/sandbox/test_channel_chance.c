/* test_channel_chance.c - a worker that has been taken over, by chance: orders of every right kind
 * and size, with any values and any descriptors in them, so that they get past what refuses
 * garbage. The warden answers what must be answered, init goes on or ends, and nothing of it is
 * kept. */
#include <poll.h>

#include "raw_warden.h"

enum { ORDERS = 300, IDS = 6, INITS = 12, INIT_ORDERS = 40 };

/* Something of each kind that a descriptor may be. */
struct things {
    int fds[5];
};

static void open_things(struct things *things)
{
    int *fds = things->fds;

    fds[0] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fds[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
    fds[2] = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    fds[3] = open("/tmp", O_PATH | O_CLOEXEC);
    fds[4] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (size_t i = 0; i < BL_ARRAY_LEN(things->fds); i++)
        assert_true(fds[i] >= 0);
}

static void close_things(struct things *things)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(things->fds); i++)
        bl_close_fd(&things->fds[i]);
}

/* Some numbers are more likely to be somebody's mistake than others. */
static uint64_t value(const unsigned char *chance)
{
    static const uint64_t odd[] = {0, 1, 4096, BL_MIB, INT64_MAX, UINT64_MAX, UINT64_MAX - 4095};
    uint64_t any;

    if (chance[0] % 8 < BL_ARRAY_LEN(odd))
        return odd[chance[0] % 8];
    memcpy(&any, chance, sizeof(any));
    return any;
}

/* ---- the warden -------------------------------------------------------------------------------
 */

static void take_replies(const struct raw_warden *raw)
{
    struct pollfd on = {.fd = raw->socket, .events = POLLIN};

    while (poll(&on, 1, 0) > 0)
        (void)raw_receive(raw, NULL);
}

static void send_one(const struct raw_warden *raw, const struct things *things, unsigned seed)
{
    unsigned char chance[64];
    int fds[BL_WIRE_FDS_MAX];
    unsigned count;

    raw_garbage(chance, sizeof(chance), seed);
    count = chance[1] % 4 ? chance[1] % 3 : BL_WIRE_FDS_MAX;
    for (unsigned i = 0; i < count; i++)
        fds[i] = things->fds[(chance[2] + i) % BL_ARRAY_LEN(things->fds)];
    const struct bl_order order = {
        .kind = BL_ORDER_OPEN + chance[3] % BL_ORDER_CLOSE,
        .profile = chance[4] % 4 ? 0 : (uint32_t)value(chance + 8),
        .id = chance[5] % 16 ? raw->last_id + chance[5] % IDS : value(chance + 16),
        .box_bytes = value(chance + 24),
        .box_files = value(chance + 32),
        .tmp_bytes = value(chance + 40),
        .tmp_files = value(chance + 48),
        .ahead = chance[6] % 4 == 0,
    };
    raw_send(raw, &order, fds, count);
}

static void warden__any_values_leave_it_serving(void **state)
{
    struct raw_sandbox ends;
    struct things things;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    open_things(&things);
    for (unsigned i = 0; i < ORDERS; i++) {
        send_one(&raw, &things, i);
        take_replies(&raw);
    }
    close_things(&things);
    raw.last_id += IDS;
    take_replies(&raw);
    raw_warden_end(&raw); /* whatever is open goes with it */
    raw_warden_start(&raw, state);
    raw_open(&raw, &ends);
    raw_close(&raw, &ends);
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

/* ---- init -------------------------------------------------------------------------------------
 */

static void tell_one(const struct raw_sandbox *ends, const struct things *things, unsigned seed)
{
    static const char *const names[] = {"in", "../x", "/app", "**", "[", "a/b/c", "/proc/self", ""};
    unsigned char chance[sizeof(struct bl_init_order)];
    struct bl_init_order order;
    int fds[2];

    raw_garbage(chance, sizeof(chance), seed);
    memcpy(&order, chance, sizeof(order));
    order.kind = BL_INIT_PLACE + chance[1] % BL_INIT_COLLECT;
    order.last = chance[2] % 2;
    order.bytes_max = value(chance + 16);
    order.guard.limits.cpu_ns = value(chance + 24);
    order.guard.limits.wall_ns = value(chance + 32);
    if (chance[3] % 4) /* else a name without an end */
        (void)snprintf(order.name, sizeof(order.name), "%s",
                       names[chance[4] % BL_ARRAY_LEN(names)]);
    for (size_t i = 0; i < BL_ARRAY_LEN(fds); i++)
        fds[i] = things->fds[chance[5 + i] % BL_ARRAY_LEN(things->fds)];
    /* EPIPE: it has ended; EAGAIN is none, for it reads on. */
    (void)bl_wire_send(ends->control, &order, sizeof(order), fds, chance[7] % 3);
}

static void take_reports(const struct raw_sandbox *ends)
{
    struct pollfd on = {.fd = ends->control, .events = POLLIN};
    struct bl_init_report report;
    unsigned count = 0;
    int fd = -1;

    while (poll(&on, 1, 0) > 0 && on.revents & POLLIN &&
           bl_wire_recv(ends->control, &report, sizeof(report), &fd, 1, &count) > 0) {
        if (count > 0)
            bl_close_fd(&fd);
        count = 0;
    }
}

static void init__any_values_harm_nobody_else(void **state)
{
    struct things things;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    open_things(&things);
    for (unsigned i = 0; i < INITS; i++) {
        struct raw_sandbox ends;
        raw_open(&raw, &ends);
        for (unsigned k = 0; k < INIT_ORDERS; k++) {
            tell_one(&ends, &things, i * INIT_ORDERS + k);
            take_reports(&ends);
        }
        raw_close(&raw, &ends);
    }
    close_things(&things);
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(warden__any_values_leave_it_serving, set_up, tear_down),
        cmocka_unit_test_setup_teardown(init__any_values_harm_nobody_else, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
