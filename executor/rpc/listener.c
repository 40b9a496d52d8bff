#include "executor/rpc/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/rpc/listener_socket.h"

enum { ACCEPTS_A_TURN = 4 };

#define SHORTAGE_NS (100 * BL_NS_PER_MS)
#define REST_NS BL_NS_PER_MS

struct bl_listener {
    int fd;
    int reserve; /* given up for a moment to accept, and close, when descriptors run out */
    struct bl_address address;
    struct bl_socket_file file;
    struct bl_watch *watch;
    struct bl_timer *timer; /* armed: descriptors ran out, or it rests */
    bool paused, short_of_fds, rests;
    bl_accept_fn *on_accept;
    void *ctx;
};

/* The one function that decides whether we accept. */
static void watch(struct bl_listener *listener)
{
    bool accepts = !listener->paused && !listener->short_of_fds && !listener->rests;
    struct bl_err err;

    if (bl_watch_want(listener->watch, accepts ? EV_READ : 0, &err) == 0)
        return;
    listener->short_of_fds = true; /* the kernel is out of memory: try again later, too */
    bl_timer_arm(listener->timer, bl_now_ns() + SHORTAGE_NS);
}

/* Of an address; one of each family is told from the other's by its upper half. */
static uint64_t origin_of(const struct bl_address *from)
{
    const struct in6_addr *v6 = &from->v6.sin6_addr;
    uint64_t half;
    uint32_t v4;

    if (from->any.sa_family == AF_INET)
        return from->v4.sin_addr.s_addr;
    if (IN6_IS_ADDR_V4MAPPED(v6)) {
        memcpy(&v4, &v6->s6_addr[12], sizeof(v4));
        return v4;
    }
    memcpy(&half, v6->s6_addr, sizeof(half));
    return ~half;
}

static void describe(int fd, const struct bl_address *from, struct bl_peer *peer)
{
    char text[BL_ADDRESS_TEXT_MAX];
    struct ucred ids;
    socklen_t length = sizeof(ids);
    const int on = 1;

    memset(peer, 0, sizeof(*peer));
    if (from->any.sa_family != AF_UNIX) {
        peer->origin = origin_of(from);
        (void)snprintf(peer->address, sizeof(peer->address), "%s", bl_address_text(from, text));
        /* Frames are gathered before they are sent; waiting for more helps nobody. */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* slower without */
        return;
    }
    (void)snprintf(peer->address, sizeof(peer->address), "unix");
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ids, &length) != 0)
        return; /* nobody is worth more than somebody without a name */
    peer->has_ids = true;
    peer->uid = ids.uid;
    peer->gid = ids.gid;
    peer->pid = ids.pid;
    peer->origin = (uint64_t)ids.uid << 32 | (uint32_t)ids.pid;
}

static bool is_shortage(int why)
{
    return why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
}

/* Who waits in the queue would wait until its own deadline: better to be refused at once. */
static void turn_one_away(struct bl_listener *listener)
{
    bl_close_fd(&listener->reserve);
    listener->reserve = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    bl_close_fd(&listener->reserve);
    listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC); /* -1: nothing to give up */
    listener->short_of_fds = true;
    bl_timer_arm(listener->timer, bl_now_ns() + SHORTAGE_NS);
    watch(listener);
}

static void on_ready(void *ctx, short what)
{
    struct bl_listener *listener = ctx;

    (void)what;
    for (int i = 0; i < ACCEPTS_A_TURN && !listener->paused; i++) {
        struct bl_address from = {.fd = -1};
        socklen_t length = sizeof(from.local);
        struct bl_peer peer;
        int fd = accept4(listener->fd, &from.any, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
            continue;
        if (fd < 0 && is_shortage(errno))
            turn_one_away(listener);
        if (fd < 0)
            return;
        describe(fd, &from, &peer);
        listener->on_accept(listener->ctx, fd, &peer);
    }
}

static void on_due(void *ctx)
{
    struct bl_listener *listener = ctx;

    listener->short_of_fds = listener->rests = false;
    watch(listener);
}

int bl_listener_new(struct bl_listener **out, struct bl_loop *loop,
                    const struct bl_address *address, mode_t mode, bool encrypted,
                    bl_accept_fn *on_accept, void *ctx, struct bl_err *err)
{
    struct bl_listener *listener = calloc(1, sizeof(*listener));

    if (!listener)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "listener");
    listener->fd = -1;
    listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC); /* -1: nothing to give up */
    listener->address = *address;
    listener->on_accept = on_accept;
    listener->ctx = ctx;
    if (bl_listener_socket(&listener->fd, &listener->address, mode, encrypted, &listener->file,
                           err) != 0 ||
        bl_timer_new(&listener->timer, loop, on_due, listener, err) != 0 ||
        bl_watch_new(&listener->watch, loop, listener->fd, on_ready, listener, err) != 0 ||
        bl_watch_want(listener->watch, EV_READ, err) != 0) {
        bl_listener_free(&listener);
        return -1;
    }
    bl_watch_be_patient(listener->watch);
    *out = listener;
    return 0;
}

void bl_listener_pause(struct bl_listener *listener)
{
    listener->paused = true;
    watch(listener);
}

void bl_listener_resume(struct bl_listener *listener)
{
    listener->paused = false;
    watch(listener);
}

void bl_listener_rest(struct bl_listener *listener)
{
    if (listener->rests || listener->short_of_fds)
        return;
    listener->rests = true;
    bl_timer_arm(listener->timer, bl_now_ns() + REST_NS);
    watch(listener);
}

const struct bl_address *bl_listener_address(const struct bl_listener *listener)
{
    return &listener->address;
}

void bl_listener_free(struct bl_listener **listener)
{
    struct bl_listener *object = *listener;

    if (!object)
        return;
    bl_watch_free(&object->watch);
    bl_timer_free(&object->timer);
    bl_socket_file_remove(&object->file, &object->address);
    bl_close_fd(&object->fd);
    bl_close_fd(&object->reserve);
    free(object);
    *listener = NULL;
}
