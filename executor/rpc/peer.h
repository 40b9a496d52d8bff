/* peer.h - who is at the other end of a connection, as far as the transport proves it. */
#ifndef BL_RPC_PEER_H
#define BL_RPC_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { BL_PEER_SUBJECT_MAX = 256, BL_PEER_ADDRESS_MAX = 64 };

struct bl_peer {
    bool has_ids; /* Unix socket: the kernel's word (SO_PEERCRED), as of connect(2) */
    uid_t uid;
    gid_t gid;
    pid_t pid;
    char subject[BL_PEER_SUBJECT_MAX]; /* of the client's verified certificate; "" without */
    char address[BL_PEER_ADDRESS_MAX]; /* "127.0.0.1:4711", "unix": for the log */
    /* Equal for connections that are one peer's where cost is shared out (peer_book.h): uid and
     * pid; an IPv4 address; the first half of an IPv6 address, for whoever has one has all that
     * begin so. */
    uint64_t origin;
};

#endif
