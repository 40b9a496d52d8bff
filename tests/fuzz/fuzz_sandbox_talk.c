/* What a warden and an init tell the worker about one sandbox, in any order and of any content,
 * with descriptors where none belong, mixed with the worker's own calls: events keep to sandbox.h,
 * what they tell is in its bounds, and every descriptor is closed again. The warden is the fuzzer:
 * the worker's handle of it is mute_warden.c. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/sandbox/pool_private.h"
#include "executor/sandbox/sandbox_private.h"
#include "limits/ceilings.h"
#include "limits/cgroup_backend.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/mute_warden.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS_MAX = 40, OPEN_FILES_SEEN = 256 };

/* ---- the scene --------------------------------------------------------------------------------
 */

struct scene {
    struct fuzz_bytes bytes;
    struct bl_warden warden;
    struct bl_sandbox *sandbox;
    struct bl_watch *idle;             /* always ready: ends each round of the loop */
    int null, always, control, launch; /* the last two: init's ends; -1: closed */
    bool started, ended, failed, closing, closed;
    bool free_at_event; /* the next event's callback frees it */
};

static void expect_ending(const struct bl_ending *e)
{
    assert(e->refusal_count <= BL_REFUSALS_MAX && e->killed_for < BL_KILL_REASON_COUNT);
    assert(e->started_ns <= e->ended_ns && e->ended_ns <= e->emptied_ns);
    assert(e->emptied_ns <= bl_now_ns());
}

static void on_event(void *ctx, const struct bl_sandbox_event *event)
{
    struct scene *s = ctx;

    assert(!s->closed && (!s->failed || event->kind == BL_SANDBOX_CLOSED));
    switch (event->kind) {
    case BL_SANDBOX_READY:
        assert(!s->started && !s->ended && bl_sandbox_cgroup(s->sandbox));
        break;
    case BL_SANDBOX_STARTED:
        assert(!s->started && !s->ended);
        s->started = true;
        break;
    case BL_SANDBOX_ENDED:
        assert(!s->ended);
        expect_ending(event->ending);
        s->ended = true;
        break;
    case BL_SANDBOX_FILE:
        assert(s->ended && event->file.fd >= 0 && event->file.mode <= 0777);
        assert(strlen(event->file.name) < BL_WIRE_NAME_MAX);
        free(event->file.name);
        (void)close(event->file.fd);
        break;
    case BL_SANDBOX_COLLECTED:
        assert(s->ended && event->error);
        break;
    case BL_SANDBOX_FAILED:
        assert(event->error->step > BL_STEP_NONE && event->error->step < BL_STEP_COUNT);
        assert(memchr(event->error->detail, '\0', sizeof(event->error->detail)));
        s->failed = true;
        break;
    case BL_SANDBOX_CLOSED:
        assert(s->closing);
        s->closed = true;
        break;
    }
    if (s->free_at_event)
        bl_sandbox_free(&s->sandbox);
}

static void on_idle(void *ctx, short what)
{
    struct scene *s = ctx;

    (void)what;
    bl_loop_stop(s->warden.loop);
}

static void turn(struct scene *s)
{
    struct bl_err err;

    assert(bl_loop_run(s->warden.loop, &err) == 0);
}

/* ---- what the warden and init say -------------------------------------------------------------
 */

static void reply(struct scene *s, const struct bl_reply *reply, const int *fds, unsigned count)
{
    int given[BL_WIRE_FDS_MAX];

    for (unsigned i = 0; i < count; i++)
        given[i] = fcntl(fds ? fds[i] : s->null, F_DUPFD_CLOEXEC, 0);
    if (s->warden.guest) {
        s->warden.guest->on_reply(s->warden.guest, reply, given, count);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        (void)close(given[i]);
}

static void reply_anything(struct scene *s)
{
    struct bl_reply any;

    fuzz_take(&s->bytes, &any, sizeof(any));
    any.kind = fuzz_below(&s->bytes, 7);
    any.failed_kind = fuzz_below(&s->bytes, 5);
    any.error.step = (enum bl_step)fuzz_below(&s->bytes, BL_STEP_COUNT - 1) + 1;
    reply(s, &any, NULL, fuzz_below(&s->bytes, BL_WIRE_FDS_MAX + 1));
}

static void reply_opened(struct scene *s)
{
    struct bl_reply opened = {.kind = BL_REPLY_OPENED, .id = 1};
    int control[2], launch[2], fds[3 + BL_CGROUP_ROLE_COUNT];
    unsigned count = 3;

    if (s->control >= 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, launch) < 0)
        return;
    opened.cgroup_version = 1 + fuzz_below(&s->bytes, 2);
    for (unsigned role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        if (bl_cgroup_file_name(opened.cgroup_version, (enum bl_cgroup_role)role)) {
            opened.cgroup_present |= 1U << role;
            fds[count++] = control[0]; /* can be waited for and written to, as those can */
        }
    fds[0] = control[0];
    fds[1] = launch[0];
    fds[2] = s->null;
    s->control = control[1];
    s->launch = launch[1];
    (void)fcntl(s->control, F_SETFL,
                O_NONBLOCK); /* a full socket's message is lost, as it may be */
    reply(s, &opened, fds, count);
    (void)close(control[0]);
    (void)close(launch[0]);
}

static void report(struct scene *s, const void *bytes, size_t length, unsigned fds)
{
    const int given[] = {s->null, s->null};

    if (s->control >= 0)
        (void)bl_wire_send(s->control, bytes, length, given, fds);
    turn(s);
}

static void report_anything(struct scene *s)
{
    struct bl_init_report any;

    fuzz_take(&s->bytes, &any, sizeof(any));
    any.kind = fuzz_below(&s->bytes, 7);
    if (fuzz_below(&s->bytes, 2))
        any.failure.step = 0;
    report(s, &any, fuzz_below(&s->bytes, 16) ? sizeof(any) : fuzz_below(&s->bytes, 256),
           fuzz_below(&s->bytes, 3));
}

static void report_well(struct scene *s)
{
    struct bl_init_report well = {.kind = 1 + fuzz_below(&s->bytes, BL_INIT_COLLECTED)};

    if (well.kind == BL_INIT_ENDED)
        well.ending = (struct bl_ending){.started_ns = 1, .ended_ns = 2, .emptied_ns = 3};
    if (well.kind == BL_INIT_FILE)
        fuzz_take(&s->bytes, well.file.name, 32);
    report(s, &well, sizeof(well), well.kind == BL_INIT_FILE);
}

/* ---- what the worker does ---------------------------------------------------------------------
 */

static void launch(struct scene *s)
{
    static const char *const argv[] = {"/app/program", "argument", NULL}, *const env[] = {NULL};
    const struct bl_input inputs[] = {{s->null, "/app"}, {s->null, "in/1.txt"}};
    const int stdio[] = {s->null, s->null, s->null};
    const struct bl_spec spec = {.argv = argv,
                                 .env = env,
                                 .limits = bl_limits_default(),
                                 .inputs = inputs,
                                 .input_count = fuzz_below(&s->bytes, 3)};
    struct bl_err err;

    if (s->sandbox->state == BL_SANDBOX_IS_READY)
        (void)bl_sandbox_launch(s->sandbox, &spec, stdio, &err);
}

static void collect(struct scene *s)
{
    static const struct bl_output outputs[] = {{"*.txt", true}, {"**", false}};
    const struct bl_spec spec = {.outputs = outputs, .output_count = BL_ARRAY_LEN(outputs)};
    struct bl_err err;

    if (s->sandbox->state == BL_SANDBOX_IS_ENDED)
        (void)bl_sandbox_collect(s->sandbox, &spec, &err);
}

static void guard(struct scene *s)
{
    const struct bl_guard_limits limits = {.cpu_ns = 1, .cpus = 1, .round_max = 1};
    struct bl_err err;

    if (s->sandbox->state >= BL_SANDBOX_IS_LAUNCHING && s->sandbox->state < BL_SANDBOX_IS_FAILED)
        (void)bl_sandbox_guard(s->sandbox, &limits, &err);
}

static void end_init(struct scene *s)
{
    if (fuzz_below(&s->bytes, 2))
        bl_close_fd(&s->control);
    bl_close_fd(&s->launch);
    turn(s);
}

static void end_warden(struct scene *s)
{
    if (!s->warden.gone && s->warden.guest)
        bl_loop_defer(s->warden.loop, &s->warden.guest->gone);
    s->warden.gone = true;
    turn(s);
}

static void act(struct scene *s)
{
    switch (fuzz_below(&s->bytes, 16)) {
    case 0:
        reply_anything(s);
        break;
    case 1:
    case 2:
        reply_opened(s);
        break;
    case 3:
    case 4:
        report_anything(s);
        break;
    case 5:
    case 6:
    case 7:
    case 8:
        report_well(s);
        break;
    case 9:
        collect(s);
        break;
    case 10:
    case 11:
        launch(s);
        break;
    case 12:
        end_init(s);
        break;
    case 13:
        guard(s);
        break;
    case 14:
        bl_sandbox_kill(s->sandbox);
        break;
    default:
        switch (fuzz_below(&s->bytes, 4)) {
        case 0:
            end_warden(s);
            break;
        case 1:
            s->closing = true;
            bl_sandbox_close(s->sandbox);
            break;
        case 2:
            s->free_at_event = true;
            break;
        default:
            turn(s);
        }
    }
}

static unsigned open_files(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < OPEN_FILES_SEEN; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void play(struct scene *s)
{
    const struct bl_sandbox_order order = {
        .box_bytes = 1, .box_files = 1, .tmp_bytes = 1, .tmp_files = 1};
    struct bl_err err;

    if (bl_loop_new(&s->warden.loop, &err) < 0)
        return;
    fuzz_warden_init(&s->warden);
    if (bl_watch_new(&s->idle, s->warden.loop, s->always, on_idle, s, &err) == 0 &&
        bl_watch_want(s->idle, EV_READ, &err) == 0 &&
        bl_sandbox_open(&s->sandbox, &s->warden, &order, on_event, s, &err) == 0) {
        for (unsigned i = 0; i < TURNS_MAX && s->bytes.left > 0 && s->sandbox; i++)
            act(s);
        turn(s);
        assert(s->warden.running <= 1);
        bl_sandbox_free(&s->sandbox);
        assert(s->warden.running == 0);
    }
    fuzz_warden_bury(&s->warden);
    if (s->idle)
        bl_watch_free(&s->idle);
    bl_loop_free(&s->warden.loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scene scene = {.bytes = {data, size}, .control = -1, .launch = -1};
    unsigned before = open_files();

    scene.null = open("/dev/null", O_RDWR | O_CLOEXEC);
    scene.always = eventfd(1, EFD_CLOEXEC);
    if (scene.null >= 0 && scene.always >= 0)
        play(&scene);
    bl_close_fd(&scene.null);
    bl_close_fd(&scene.always);
    bl_close_fd(&scene.control);
    bl_close_fd(&scene.launch);
    assert(open_files() == before);
    return 0;
}
