/* init.c - start and loop of pid 1 (process: init; system calls only; see init.h). */
#include "executor/sandbox/init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "bailiff/own.h"
#include "executor/sandbox/orders.h"
#include "executor/sandbox/syscalls.h"

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
    return (uint64_t)now.tv_sec * BL_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* ---- the end of the program -------------------------------------------------------------------
 */

struct watch {
    struct bl_init *init;
    struct bl_notify notify;
    struct bl_setup_failure failure; /* of the program's process */
    struct bl_collection collection;
    struct bl_guard guard;
    int signals;
    bool has_listener, ended;
    bool owes_ready; /* to be told when the program's process has settled */
    bool unfiltered; /* no filtered process is left: the listener has nothing more to say */
};

static void add_usage(struct bl_ending *ending, const struct rusage *usage)
{
    uint64_t rss = (uint64_t)usage->ru_maxrss * 1024;

    ending->voluntary_switches += (uint64_t)usage->ru_nvcsw;
    ending->involuntary_switches += (uint64_t)usage->ru_nivcsw;
    ending->minor_faults += (uint64_t)usage->ru_minflt;
    ending->major_faults += (uint64_t)usage->ru_majflt;
    ending->read_bytes += (uint64_t)usage->ru_inblock * 512;
    ending->write_bytes += (uint64_t)usage->ru_oublock * 512;
    if (rss > ending->max_rss_bytes)
        ending->max_rss_bytes = rss;
}

static void send_report(struct watch *w, const struct bl_init_report *report, const int *fds,
                        unsigned fd_count)
{
    if (bl_wire_send(w->init->control, report, sizeof(*report), fds, fd_count) < 0)
        _exit(0); /* the worker is gone, and nothing may outlive it */
}

static void tell_settled(struct watch *w)
{
    const struct bl_init_report ready = {.kind = BL_INIT_READY};

    if (w->owes_ready)
        send_report(w, &ready, NULL, 0);
    w->owes_ready = false;
}

/* What the program's process said before its end: that it has settled, the listener, a failure. */
static void read_inner(struct watch *w)
{
    struct bl_setup_failure failure;
    unsigned fds = 0;
    int fd = -1;
    ssize_t length = bl_wire_recv(w->init->inner[0], &failure, sizeof(failure), &fd, 1, &fds);

    if (length == (ssize_t)sizeof(failure))
        w->failure = failure;
    else if (length == 1 && fds == 1 && !w->has_listener) {
        w->notify.listener = bl_take_fd(&fd);
        w->has_listener = true;
        tell_settled(w);
    } else if (length == 1 && fds == 0)
        tell_settled(w); /* and the listener is still to come */
    else if (length < 0 && w->owes_ready)
        _exit(0); /* whether it has settled can't be heard any more, and is waited for */
    else
        bl_close_fd(&w->init->inner[0]); /* end of file: the exec worked, or it died */
    bl_close_fd(&fd);
}

/* On our clock; 0: it has not come to its exec. */
static uint64_t started_ns(const struct bl_init *init)
{
    return init->page->started_ns ? init->page->started_ns + init->clock_offset_ns : 0;
}

/* Whoever is left is killed at one stroke (a fork in progress sees the signal and fails), then
 * reaped, which is what "over" means. Mostly there is nobody, and that is known without the stroke,
 * for which the kernel walks through every process of the host: who loses its parent becomes ours,
 * so while anybody lives we have a child. */
static void end_others(struct bl_ending *ending)
{
    struct rusage usage;
    pid_t pid = wait4(-1, NULL, __WALL | WNOHANG, &usage);

    if (pid < 0)
        return;              /* ECHILD */
    (void)kill(-1, SIGKILL); /* ESRCH: it was dead already */
    do
        if (pid > 0)
            add_usage(ending, &usage);
    while ((pid = wait4(-1, NULL, __WALL, &usage)) > 0 || errno == EINTR);
}

/* Nothing is urgent any more (see birth.c): there may be a million names to look at, and our own
 * exit takes the sandbox apart, for which no program that runs by now should have to wait. */
static void calm_down(void)
{
    const struct sched_param none = {0};

    /* Lowering is always allowed, but to drop the flag is not. */
    (void)sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
}

/* The first process is gone: nothing of it may go on. What is open is left to our own end: to close
 * it would hold the report up. */
static void finish(struct watch *w, int status, const struct rusage *usage)
{
    struct bl_init_report report = {.kind = BL_INIT_ENDED};
    struct bl_ending *ending = &report.ending;

    ending->ended_ns = now_ns();
    ending->wait_status = status;
    add_usage(ending, usage);
    end_others(ending);
    ending->emptied_ns = now_ns();
    if (w->init->page->started_ns == 0) /* it says why, and has never come to its exec */
        while (w->init->inner[0] >= 0)
            read_inner(w);
    bl_guard_end(&w->guard);
    ending->started_ns = started_ns(w->init);
    ending->killed_for = w->notify.killed ? BL_KILL_SYSCALL : w->guard.killed_for;
    memcpy(ending->refusals, w->notify.refusals, sizeof(ending->refusals));
    ending->refusal_count = w->notify.count;
    ending->refusals_total = w->notify.total;
    report.failure = w->failure;
    w->ended = true;
    send_report(w, &report, NULL, 0);
    bl_guard_go_home(&w->guard);
    calm_down();
}

/* flags: WNOHANG, or 0 where the program is known to be dying. */
static void reap(struct watch *w, int flags)
{
    struct rusage usage;
    int status;

    for (;;) {
        pid_t pid = wait4(-1, &status, flags | __WALL, &usage);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            return;
        if (pid == w->init->program) {
            finish(w, status, &usage);
            return;
        }
    }
}

static void on_sigchld(struct watch *w)
{
    struct signalfd_siginfo info;

    (void)!read(w->signals, &info, sizeof(info)); /* one read clears; wait4 finds whoever it was */
    reap(w, WNOHANG);
}

/* No filtered process is left that could ask, and the program was one: it is in its exit. Its
 * signal is a moment away. The listener is not closed: that frees the filter, on the very CPU that
 * the program needs for its exit. */
static void on_unfiltered(struct watch *w)
{
    w->unfiltered = true;
    reap(w, 0);
}

/* ---- orders -----------------------------------------------------------------------------------
 */

static void place(struct watch *w, const struct bl_init_order *order, int mount_fd)
{
    struct bl_init_report report = {.kind = BL_INIT_PLACED};
    enum bl_step failed = BL_STEP_INPUT;

    if (mount_fd < 0)
        errno = EPROTO;
    else
        failed = bl_init_place(order->name, mount_fd);
    if (failed != BL_STEP_NONE)
        report.failure = (struct bl_setup_failure){(int32_t)failed, errno, (int32_t)order->index};
    if (order->last || report.failure.step != 0)
        send_report(w, &report, NULL, 0);
}

static void collect(struct watch *w, const struct bl_init_order *order)
{
    struct bl_init_report report = {.kind = BL_INIT_COLLECTED};

    if (!w->ended) /* files are only looked at when nobody is left to change them */
        w->collection.failure =
            (struct bl_setup_failure){BL_STEP_OUTPUT, EBUSY, (int32_t)order->index};
    if (!w->collection.has_begun) /* the bound of all patterns, also when it is used up */
        w->collection.bytes_left = order->bytes_max;
    w->collection.has_begun = true;
    if (w->collection.failure.step == 0)
        bl_init_collect(w->init, &w->collection, order);
    if (!order->last)
        return;
    report.failure = w->collection.failure;
    memcpy(report.file.name, w->collection.path, sizeof(report.file.name));
    w->collection = (struct bl_collection){0};
    send_report(w, &report, NULL, 0);
}

static void obey(struct watch *w)
{
    struct bl_init_order order;
    unsigned fds = 0;
    int received[2] = {-1, -1};
    ssize_t length = bl_wire_recv(w->init->control, &order, sizeof(order), received, 2, &fds);
    bl_autoclose int first = fds > 0 ? received[0] : -1;
    bl_autoclose int second = fds > 1 ? received[1] : -1;

    if (!bl_init_order_check(&order, length))
        _exit(0); /* the worker closed its end, or is out of its mind: all of it ends with us */
    switch ((enum bl_init_order_kind)order.kind) {
    case BL_INIT_PLACE:
        place(w, &order, first);
        return;
    case BL_INIT_KILL:
        (void)kill(-1, SIGKILL); /* ESRCH: all dead already */
        return;
    case BL_INIT_GUARD:
        if (!w->ended)
            bl_guard_begin(&w->guard, &order.guard, started_ns(w->init), bl_take_fd(&first),
                           bl_take_fd(&second));
        return;
    case BL_INIT_COLLECT:
        collect(w, &order);
        return;
    }
}

static void answer(struct watch *w)
{
    bool must_kill;

    bl_notify_answer(&w->notify, w->init->policy, &must_kill);
    if (must_kill)
        (void)kill(-1, SIGKILL); /* its end is seen like any other */
}

/* Refused calls first, so that the note of one is there before its caller's death is told. What
 * comes on the inner channel behind the listener is of interest at the end only: the exec, which
 * closes the other end, must not wake us beside the program. After the end there are only orders:
 * nobody is left to be reaped. */
__attribute__((noreturn)) static void serve(struct watch *w)
{
    for (;;) {
        const bool quiet = w->ended || w->has_listener;
        struct pollfd on[] = {
            {.fd = w->ended || w->unfiltered ? -1 : w->notify.listener, .events = POLLIN},
            {.fd = quiet ? -1 : w->init->inner[0], .events = POLLIN},
            {.fd = w->ended ? -1 : w->signals, .events = POLLIN},
            {.fd = w->init->control, .events = POLLIN}};
        struct timespec room;
        if (ppoll(on, BL_ARRAY_LEN(on), bl_guard_wait(&w->guard, &room), NULL) < 0)
            continue; /* EINTR */
        bl_guard_look(&w->guard);
        if (on[0].revents & POLLIN)
            answer(w);
        else if (on[0].revents)
            on_unfiltered(w);
        if (on[1].revents)
            read_inner(w);
        if (on[2].revents && !w->ended)
            on_sigchld(w);
        if (on[3].revents)
            obey(w);
    }
}

/* Every descriptor that the warden had open and this process doesn't need. 0 to 2 stay: they are
 * /dev/null, and keep their numbers taken. */
static void close_others(const struct bl_init *init, int signals)
{
    int keep[BL_CGROUP_JOIN_MAX + 4], count = 0, from = 3;

    keep[count++] = init->control;
    keep[count++] = init->launch;
    keep[count++] = signals;
    if (init->join.directory >= 0)
        keep[count++] = init->join.directory;
    for (unsigned i = 0; i < init->join.count; i++)
        keep[count++] = init->join.tasks[i];
    for (int done = 0; done <= count; done++) {
        int next = -1;
        for (int i = 0; i < count; i++)
            if (keep[i] >= from && (next < 0 || keep[i] < next))
                next = keep[i];
        if (next != from && close_range((unsigned)from, next < 0 ? ~0U : (unsigned)next - 1, 0) < 0)
            _exit(0); /* what the warden holds is nothing for here */
        if (next < 0)
            return;
        from = next + 1;
    }
}

static int block_sigchld(void)
{
    sigset_t chld;

    (void)sigemptyset(&chld); /* these three can't fail */
    (void)sigaddset(&chld, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &chld, NULL);
    return signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
}

void bl_init_main(const struct bl_init_args *args)
{
    const struct bl_plan *plan = args->plan;
    struct bl_init init = {
        .plan = plan,
        .profile = &plan->profiles[args->order->profile],
        .policy = &plan->policies[plan->profiles[args->order->profile].policy],
        .order = args->order,
        .fail_step = plan->fail_step,
        .loads_late = !plan->allows_launch[plan->profiles[args->order->profile].policy],
        .control = args->control,
        .launch = args->launch,
        .join = args->join,
        .inner = {-1, -1},
        .program = -1,
        .index = -1,
    };
    struct watch w = {.init = &init,
                      .notify.listener = -1,
                      .guard.clock = {.counter = -1, .cpuset = -1},
                      .signals = block_sigchld()};
    struct bl_init_report ready = {.kind = BL_INIT_READY};
    char go;

    close_others(&init, w.signals);
    if (bl_wire_recv(init.control, &go, 1, NULL, 0, NULL) != 1)
        _exit(0); /* the warden could not map our ids, and tells why */
    init.page =
        mmap(NULL, sizeof(*init.page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (init.page == MAP_FAILED || w.signals < 0)
        ready.failure = (struct bl_setup_failure){BL_STEP_MEMORY, errno, -1};
    else {
        init.page->started_ns = 0; /* touched: a fault less at the program's end */
        (void)bl_init_set_up(&init, &ready.failure);
    }
    w.owes_ready = init.order->ahead != 0 && ready.failure.step == 0;
    if (!w.owes_ready)
        send_report(&w, &ready, NULL, 0);
    if (ready.failure.step != 0)
        _exit(0);
    serve(&w);
}
