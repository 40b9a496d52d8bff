/* peer.h - who is at the other end of a connection, as far as the transport proves it. */
#ifndef BL_RPC_PEER_H
#define BL_RPC_PEER_H

#include <stdbool.h>
#include <sys/types.h>

enum { BL_PEER_SUBJECT_MAX = 256, BL_PEER_ADDRESS_MAX = 64 };

struct bl_peer {
    bool has_ids; /* Unix socket: the kernel's word (SO_PEERCRED), as of connect(2) */
    uid_t uid;
    gid_t gid;
    pid_t pid;
    char subject[BL_PEER_SUBJECT_MAX]; /* of the client's verified certificate; "" without */
    char address[BL_PEER_ADDRESS_MAX]; /* "127.0.0.1:4711", "unix": for the log */
};

#endif
