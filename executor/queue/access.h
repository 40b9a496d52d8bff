/* access.h - how the queue's broker is reached: servers, TLS, and who we are.
 *
 * A server that other hosts can reach is spoken to in TLS or, where it is allowed in so many words,
 * not at all safely: jobs are other people's programs and results other people's marks. */
#ifndef BL_QUEUE_ACCESS_H
#define BL_QUEUE_ACCESS_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stddef.h>

#include "bailiff/err.h"

enum { BL_QUEUE_SERVERS_MAX = 16 };

/* Texts: "" where not given; paths are read when options are made. */
struct bl_queue_access {
    const char *const *servers; /* NULL-terminated; nats://host:port, tls://host:port */
    bool allow_plain;           /* remote servers without TLS */
    const char *authority;      /* whose certificates servers must show; "": the system's */
    const char *certificate, *key;
    const char *credentials; /* a .creds file (NKey and JWT) */
    const char *token_file;  /* its first line is a token, or user:password */
    const char *name;        /* what the server's operator sees */
};

/* bl_queue_access_check - pure. Fails with ADDRESS: no server or too many, a URL that is none or
 * holds a password, a remote one without TLS. */
int bl_queue_access_check(const struct bl_queue_access *access, struct bl_err *err);

/* bl_queue_options - for natsConnection_Connect(); the caller destroys them. Reconnects for ever
 * and notices a server that hangs after some seconds. Fails also with FILE_READ, TLS, BROKER. */
int bl_queue_options(natsOptions **out, const struct bl_queue_access *access, struct bl_err *err);

#endif
