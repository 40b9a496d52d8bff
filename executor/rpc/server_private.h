/* server_private.h - what server.c and server_client.c share, and nobody else. */
#ifndef BL_RPC_SERVER_PRIVATE_H
#define BL_RPC_SERVER_PRIVATE_H

#include "executor/rpc/peer_book.h"
#include "executor/rpc/server.h"

/* A listener, and what the connections that it accepts have of it. */
struct gate {
    struct bl_server *server;
    struct bl_listener *listener; /* NULL: closed */
    struct bl_address address;
    struct bl_tls *tls;
};

struct client {
    struct bl_server *server;
    struct bl_transport *transport;
    struct bl_peer_account *account;
    struct client *next, *previous;
    bool is_busy;   /* has calls */
    bool has_asked; /* has, or has had calls */
    bool blamed;    /* its fault is in the account */
    bool parts;     /* it made room for another, and goes at the end of this round */
};

struct bl_server {
    struct bl_server_options options;
    struct bl_connection_limits limits;
    struct bl_quota quota;
    struct bl_peer_book peers;
    uint64_t turned_away;
    struct bl_rate handshakes; /* that failed, and were told in the log */
    struct gate gates[BL_SERVER_LISTENERS_MAX];
    unsigned gate_count;
    struct client *clients;
    unsigned client_count, parting; /* parting: of these, on their way out */
    bool is_open;                   /* connections are accepted */
    void (*on_drained)(void *ctx);  /* NULL: not draining */
    void *drained_ctx;
    struct bl_deferred drained;
};

/* server.c */
/* Who makes room for the latest of them (server.h); NULL: all others have calls. */
struct client *bl_server_find_idlest(const struct bl_server *server);
bool bl_server_is_full(const struct bl_server *server);
/* The one function that decides whether connections are accepted: also where one would have to make
 * room. */
void bl_server_open_gates(struct bl_server *server);
void bl_server_look_whether_drained(struct bl_server *server);

/* server_client.c */
bl_accept_fn bl_server_on_accept; /* ctx: the gate */
void bl_server_client_free(struct client *client);

#endif
