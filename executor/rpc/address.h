/* address.h - where a server listens, as people write it. Pure.
 *
 *     unix:/run/bailiff/rpc.sock   127.0.0.1:50051   [::1]:50051   0.0.0.0:0   fd:3
 *
 * Numbers only: a name would make start-up wait for the network. fd: a socket that listens already
 * (socket activation, sd_listen_fds(3)). Port 0: any free one. */
#ifndef BL_RPC_ADDRESS_H
#define BL_RPC_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bailiff/err.h"

struct bl_address {
    int fd; /* of "fd:"; else -1 */
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t length; /* 0 with "fd:" */
};

enum { BL_ADDRESS_TEXT_MAX = 128 };

/* bl_address_parse - fails with ADDRESS. */
int bl_address_parse(struct bl_address *address, const char *text, struct bl_err *err);

/* bl_address_is_local - only processes of this host can reach it: a Unix socket, or loopback. */
bool bl_address_is_local(const struct bl_address *address);

/* bl_address_text - as it is parsed; returns text. */
const char *bl_address_text(const struct bl_address *address, char text[BL_ADDRESS_TEXT_MAX]);

#endif
