#include "executor/rpc/outlet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "bailiff/own.h"

static enum bl_sent write_out(int fd, const uint8_t *bytes, size_t whole, size_t *done)
{
    for (*done = 0; *done < whole;) {
        ssize_t part = send(fd, bytes + *done, whole - *done, MSG_NOSIGNAL);

        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0 && errno != EAGAIN && errno != ENOTCONN)
            return BL_SENT_FAILED;
        if (part < 0)
            return BL_SENT_PART;
        *done += (size_t)part;
    }
    return BL_SENT_ALL;
}

enum bl_sent bl_outlet_flush(struct bl_outlet *outlet)
{
    enum bl_sent sent;
    size_t done;

    if (!outlet->unsent)
        return BL_SENT_ALL;
    sent = write_out(outlet->fd, outlet->unsent + outlet->start, outlet->length, &done);
    outlet->start += done;
    outlet->length -= done;
    if (sent == BL_SENT_ALL)
        bl_free_ptr(&outlet->unsent);
    return sent;
}

enum bl_sent bl_outlet_send(struct bl_outlet *outlet, const uint8_t *bytes, size_t length,
                            size_t *done)
{
    enum bl_sent sent = write_out(outlet->fd, bytes, length, done);

    if (sent != BL_SENT_PART)
        return sent;
    outlet->start = 0;
    outlet->length = length - *done;
    outlet->unsent = malloc(outlet->length);
    if (!outlet->unsent)
        return BL_SENT_FAILED;
    memcpy(outlet->unsent, bytes + *done, outlet->length);
    return BL_SENT_PART;
}

void bl_outlet_release(struct bl_outlet *outlet)
{
    bl_free_ptr(&outlet->unsent);
}
