/* listener_socket.h - the making of a listening socket, apart from the accepting on it. */
#ifndef BL_RPC_LISTENER_SOCKET_H
#define BL_RPC_LISTENER_SOCKET_H

#include <sys/types.h>

#include "executor/rpc/address.h"

/* Which file a Unix socket made, so that no other is removed. */
struct bl_socket_file {
    dev_t device;
    ino_t inode; /* 0: none */
};

/* bl_listener_socket - *address is set to what the socket is bound to. Fails with ADDRESS, LISTEN.
 */
int bl_listener_socket(int *fd, struct bl_address *address, mode_t mode, bool encrypted,
                       struct bl_socket_file *file, struct bl_err *err);

/* bl_socket_file_remove - where the path still leads to that file. */
void bl_socket_file_remove(const struct bl_socket_file *file, const struct bl_address *address);

#endif
