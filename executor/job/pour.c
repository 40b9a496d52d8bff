#include "executor/job/pour.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"

/* Where what nobody wants is read to; never read itself. */
static char scrap[BL_POUR_BUFFER];

static mode_t kind_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

static bool may_block(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

/* A second open file description of the same terminal: O_NONBLOCK on it is nobody else's. */
static int reopen_terminal(int fd, mode_t kind, int direction)
{
    char path[32];

    if (kind != S_IFCHR || !isatty(fd))
        return -1;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, direction | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static bool can_splice(mode_t source, mode_t sink)
{
    if (source == S_IFIFO)
        return sink == S_IFIFO || sink == S_IFREG;
    return source == S_IFREG && sink == S_IFIFO;
}

/* source: what kind `from` is. */
static void set_sink(struct bl_pour *pour, mode_t source, int to)
{
    const mode_t sink = to < 0 ? 0 : kind_of(to);

    pour->own_to = to < 0 ? -1 : reopen_terminal(to, sink, O_WRONLY);
    pour->to = pour->own_to >= 0 ? pour->own_to : to;
    pour->splices = to >= 0 && can_splice(source, sink);
    pour->to_is_file = sink == S_IFREG;
    pour->to_waits = to >= 0 && !pour->to_is_file && may_block(pour->to);
}

void bl_pour_init(struct bl_pour *pour, int from, int to)
{
    const mode_t source = kind_of(from);

    *pour = (struct bl_pour){.own_from = reopen_terminal(from, source, O_RDONLY)};
    pour->from = pour->own_from >= 0 ? pour->own_from : from;
    pour->from_waits = source != S_IFREG && may_block(pour->from);
    set_sink(pour, source, to);
}

void bl_pour_init_pipe(struct bl_pour *pour, int from, int to)
{
    *pour = (struct bl_pour){.from = from, .own_from = -1};
    set_sink(pour, S_IFIFO, to);
}

void bl_pour_release(struct bl_pour *pour)
{
    bl_close_fd(&pour->own_from);
    bl_close_fd(&pour->own_to);
    bl_free_ptr(&pour->buffer);
}

void bl_pour_to_nowhere(struct bl_pour *pour)
{
    pour->to = BL_POUR_NOWHERE;
    pour->splices = false;
    pour->head = pour->tail = 0;
}

static bool ready(int fd, short events)
{
    struct pollfd asked = {.fd = fd, .events = events};

    return poll(&asked, 1, 0) > 0; /* errors and hang-ups count: the call that follows tells */
}

static enum bl_pour_result broken(struct bl_pour *pour)
{
    pour->broken_errno = errno;
    return BL_POUR_BROKEN;
}

/* splice(2) says EAGAIN for an empty source and for a full sink alike. Nobody can wait for a file:
 * epoll(7) refuses it. */
static enum bl_pour_result which_waits(const struct bl_pour *pour)
{
    int waiting = 1;

    if (pour->to_is_file)
        return BL_POUR_WAIT_FROM;
    if (kind_of(pour->from) == S_IFIFO && ioctl(pour->from, FIONREAD, &waiting) != 0)
        waiting = 1;
    return waiting > 0 ? BL_POUR_WAIT_TO : BL_POUR_WAIT_FROM;
}

static enum bl_pour_result deliver(struct bl_pour *pour)
{
    size_t length = pour->tail - pour->head;
    ssize_t written;

    if (pour->to_waits && !ready(pour->to, POLLOUT))
        return BL_POUR_WAIT_TO;
    if (pour->to_waits && length > PIPE_BUF)
        length = PIPE_BUF;
    do
        written = write(pour->to, pour->buffer + pour->head, length);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return errno == EAGAIN ? BL_POUR_WAIT_TO : broken(pour);
    pour->head += (size_t)written;
    return BL_POUR_MOVED;
}

/* NULL: there is no memory for one. */
static char *buffer_of(struct bl_pour *pour)
{
    if (pour->to == BL_POUR_NOWHERE)
        return scrap;
    if (!pour->buffer)
        pour->buffer = malloc(BL_POUR_BUFFER);
    return pour->buffer;
}

static enum bl_pour_result take(struct bl_pour *pour, size_t most)
{
    char *into;
    ssize_t got;

    if (pour->from_waits && !ready(pour->from, POLLIN))
        return BL_POUR_WAIT_FROM;
    into = buffer_of(pour);
    if (!into) {
        errno = ENOMEM;
        return broken(pour);
    }
    do
        got = read(pour->from, into, most < BL_POUR_BUFFER ? most : BL_POUR_BUFFER);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return BL_POUR_WAIT_FROM;
    if (got == 0 || (got < 0 && errno == EIO && kind_of(pour->from) == S_IFCHR))
        return BL_POUR_END; /* EIO: of a terminal that has hung up */
    if (got < 0) {
        pour->broken_errno = errno;
        return BL_POUR_UNREADABLE;
    }
    pour->taken += (uint64_t)got;
    pour->head = 0;
    pour->tail = pour->to == BL_POUR_NOWHERE ? 0 : (size_t)got;
    return BL_POUR_MOVED;
}

static enum bl_pour_result copy(struct bl_pour *pour, size_t most)
{
    if (pour->head == pour->tail) {
        enum bl_pour_result taken = take(pour, most);

        if (taken != BL_POUR_MOVED || pour->to == BL_POUR_NOWHERE)
            return taken;
    }
    return deliver(pour);
}

enum bl_pour_result bl_pour_step(struct bl_pour *pour, size_t most)
{
    ssize_t moved;

    if (!pour->splices)
        return copy(pour, most);
    /* A regular file can't be waited for: interrupted is not the same as not ready. */
    do
        moved = splice(pour->from, NULL, pour->to, NULL, most < INT_MAX ? most : INT_MAX,
                       SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    while (moved < 0 && errno == EINTR);
    if (moved > 0) {
        pour->taken += (uint64_t)moved;
        return BL_POUR_MOVED;
    }
    if (moved == 0)
        return BL_POUR_END;
    if (errno == EAGAIN)
        return which_waits(pour);
    if (errno != EINVAL)
        return broken(pour);
    pour->splices = false; /* O_APPEND, or a file system without it */
    return copy(pour, most);
}
