/* wire.c - messages with descriptors (any process; runs between clone and exec too: system calls
 * only). */
#include "executor/sandbox/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * BL_WIRE_FDS_MAX)];
};

int bl_wire_send(int socket, const void *message, size_t length, const int *fds, unsigned fd_count)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = length};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    union control control;
    ssize_t sent;

    if (fd_count > BL_WIRE_FDS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (fd_count > 0) {
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        memset(&control, 0, header.msg_controllen);
        struct cmsghdr *first = CMSG_FIRSTHDR(&header);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(first), fds, sizeof(int) * fd_count);
    }
    do
        sent = sendmsg(socket, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

/* Takes the descriptors out of a received header; those beyond max are closed. */
static unsigned take_fds(struct msghdr *header, int *fds, unsigned max, bool *too_many)
{
    unsigned count = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t length = c->cmsg_len - CMSG_LEN(0);
        for (size_t at = 0; at + sizeof(int) <= length; at += sizeof(int)) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + at, sizeof(fd));
            if (count < max) {
                fds[count++] = fd;
            } else {
                (void)close(fd); /* nobody asked for it */
                *too_many = true;
            }
        }
    }
    return count;
}

ssize_t bl_wire_recv(int socket, void *message, size_t size, int *fds, unsigned fds_max,
                     unsigned *fd_count)
{
    struct iovec part = {.iov_base = message, .iov_len = size};
    union control control;
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof(control)};
    bool bad = false;
    ssize_t length;

    /* ECONNRESET: the peer ended without reading all that it was sent. Told once, ahead of what the
     * peer had still to say, which comes next. */
    do
        length = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    while (length < 0 && (errno == EINTR || errno == ECONNRESET));
    if (length < 0)
        return -1;
    unsigned count = take_fds(&header, fds, fds_max, &bad);
    if (bad || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
        for (unsigned i = 0; i < count; i++)
            (void)close(fds[i]); /* part of a message that is refused */
        /* A lack of descriptor numbers of our own cuts the list, too, but is nobody's offence. */
        errno = bad || (header.msg_flags & MSG_TRUNC) || length != (ssize_t)size ? EPROTO : EMFILE;
        return -1;
    }
    if (fd_count)
        *fd_count = count;
    return length;
}
