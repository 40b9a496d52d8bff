#include "raw_warden.h"

#include <spawn.h>
#include <sys/socket.h>

#include "limits/policy.h"

static int seal_plan(const char *place)
{
    static const char allow_all[] = "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}";
    bl_autofree struct bl_policy *policy = calloc(1, sizeof(*policy));
    struct bl_plan *plan = NULL;
    unsigned root, number;
    struct bl_err err;
    int sealed = -1;

    must(bl_plan_new(&plan, &err), &err);
    must(bl_plan_add_host_root(plan, &root, &err), &err);
    must(bl_policy_parse(policy, "open", allow_all, strlen(allow_all), &err), &err);
    must(bl_plan_add_policy(plan, policy, &number, &err), &err);
    must(bl_plan_add_profile(plan, "open", root, number, BL_NETWORK_NONE, &number, &err), &err);
    (void)snprintf(plan->cgroup_place, sizeof(plan->cgroup_place), "%s", place);
    must(bl_plan_seal(plan, &sealed, &err), &err);
    bl_plan_free(&plan);
    return sealed;
}

/* How many descriptors a process has open. */
static unsigned count_fds_of(pid_t pid)
{
    unsigned count = 0;
    char path[64];

    for (int fd = 0; fd < 4096; fd++) {
        (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
        count += faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    }
    return count;
}

void raw_warden_start(struct raw_warden *raw, void **state)
{
    const struct fixture *fixture = *state;
    char name[] = "bailiff-warden";
    char *const argv[] = {name, NULL}, *const envp[] = {NULL};
    posix_spawn_file_actions_t actions;
    struct raw_sandbox first;
    struct bl_reply hello;
    int ends[2];

    if (geteuid() != 0)
        cannot_isolate("the warden needs root");
    bl_autoclose int sealed = seal_plan(fixture->place);
    assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), errno);
    bl_autoclose int theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, 64);
    bl_autoclose int plan = fcntl(sealed, F_DUPFD_CLOEXEC, 64);
    bl_close_fd(&ends[1]);
    *raw = (struct raw_warden){.socket = ends[0]};
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, theirs, BL_WARDEN_SOCKET_FD), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, plan, BL_WARDEN_PLAN_FD), 0);
    assert_int_equal(posix_spawn(&raw->pid, BAILIFF_BINARY_DIR "/bin/bailiff-warden", &actions,
                                 NULL, argv, envp),
                     0);
    (void)posix_spawn_file_actions_destroy(&actions); /* can't fail in glibc */
    bl_close_fd(&theirs);
    assert_int_equal(bl_wire_recv(raw->socket, &hello, sizeof(hello), NULL, 0, NULL),
                     sizeof(hello));
    assert_int_equal(hello.kind, BL_REPLY_HELLO);
    must(hello.error.step == BL_STEP_NONE ? 0 : -1, &hello.error);
    raw_open(raw, &first);
    raw_close(raw, &first);
    raw->fds = count_fds_of(raw->pid);
}

void raw_warden_end(struct raw_warden *raw)
{
    bl_close_fd(&raw->socket);
    assert_exited(wait_for(raw->pid), 0);
}

struct bl_order raw_order(struct raw_warden *raw, enum bl_order_kind kind)
{
    return (struct bl_order){.kind = kind,
                             .id = ++raw->last_id,
                             .box_bytes = BL_MIB,
                             .box_files = 16,
                             .tmp_bytes = BL_MIB,
                             .tmp_files = 16};
}

void raw_send(const struct raw_warden *raw, const struct bl_order *order, const int *fds,
              unsigned count)
{
    assert_return_code(bl_wire_send(raw->socket, order, sizeof(*order), fds, count), errno);
}

struct bl_reply raw_receive(const struct raw_warden *raw, struct raw_sandbox *sandbox)
{
    struct pollfd on = {.fd = raw->socket, .events = POLLIN};
    int fds[BL_WIRE_FDS_MAX];
    struct bl_reply reply;
    unsigned count = 0, from = 0;

    assert_int_equal(poll(&on, 1, FIXTURE_DEADLINE_S * 1000), 1);
    assert_int_equal(bl_wire_recv(raw->socket, &reply, sizeof(reply), fds, BL_WIRE_FDS_MAX, &count),
                     sizeof(reply));
    if (sandbox && count >= 3) {
        *sandbox = (struct raw_sandbox){reply.id, fds[0], fds[1], fds[2]};
        from = 3;
    }
    for (unsigned i = from; i < count; i++)
        bl_close_fd(&fds[i]);
    return reply;
}

void raw_expect_failed(const struct raw_warden *raw, uint64_t id, enum bl_step step)
{
    struct bl_reply reply = raw_receive(raw, NULL);

    assert_int_equal(reply.kind, BL_REPLY_FAILED);
    assert_int_equal(reply.id, id);
    assert_int_equal(reply.error.step, step);
}

void raw_open(struct raw_warden *raw, struct raw_sandbox *sandbox)
{
    const struct bl_order order = raw_order(raw, BL_ORDER_OPEN);

    raw_send(raw, &order, NULL, 0);
    assert_int_equal(raw_receive(raw, sandbox).kind, BL_REPLY_OPENED);
    struct bl_init_report ready = raw_report(sandbox);
    assert_int_equal(ready.kind, BL_INIT_READY);
    assert_int_equal(ready.failure.step, BL_STEP_NONE);
}

void raw_close(struct raw_warden *raw, struct raw_sandbox *sandbox)
{
    struct bl_order order = raw_order(raw, BL_ORDER_CLOSE);

    order.id = sandbox->id;
    raw_send(raw, &order, NULL, 0);
    struct bl_reply reply = raw_receive(raw, NULL);
    assert_int_equal(reply.kind, BL_REPLY_CLOSED);
    assert_int_equal(reply.id, sandbox->id);
    raw_release(sandbox);
}

void raw_warden_expect_no_fds(const struct raw_warden *raw)
{
    time_t deadline = deadline_from_now();

    while (count_fds_of(raw->pid) != raw->fds)
        pause_before(deadline);
}

struct bl_init_report raw_report(const struct raw_sandbox *sandbox)
{
    struct bl_init_report report;

    assert_int_equal(bl_wire_recv(sandbox->control, &report, sizeof(report), NULL, 0, NULL),
                     sizeof(report));
    return report;
}

void raw_release(struct raw_sandbox *sandbox)
{
    bl_close_fd(&sandbox->control);
    bl_close_fd(&sandbox->launch);
    bl_close_fd(&sandbox->pidfd);
}

void raw_garbage(void *bytes, size_t length, unsigned seed)
{
    unsigned char *at = bytes;
    uint64_t x = seed * 0x9e3779b97f4a7c15ULL + 1;

    for (size_t i = 0; i < length; i++) {
        x ^= x << 13; /* Marsaglia's xorshift */
        x ^= x >> 7;
        x ^= x << 17;
        at[i] = (unsigned char)x;
    }
}
