/* link_options.h - which worker a command talks to, and as whom: the options that all client
 * commands share. */
#ifndef BL_CLIENT_LINK_OPTIONS_H
#define BL_CLIENT_LINK_OPTIONS_H

#include <stdbool.h>

#include "bailiff/err.h"
#include "executor/cli/options.h"
#include "executor/rpc/address.h"

#define BL_LINK_SERVER "unix:/run/bailiff/rpc.sock" /* unless BAILIFF_SERVER names another */

/* All borrowed. */
struct bl_link_options {
    const char *server; /* NULL: as above */
    bool tls;           /* asked for without files */
    const char *authority, *certificate, *key;
    const char *token_path;
};

enum { BL_LINK_HOST_MAX = 256, BL_LINK_TOKEN_MAX = 1024 };

/* What the options come to. */
struct bl_link_target {
    struct bl_address address;
    char name[BL_LINK_HOST_MAX + 16]; /* as it was written, for messages */
    char host[BL_LINK_HOST_MAX];      /* what a certificate must be for; "localhost" for unix: */
    bool tls;
    char authorization[sizeof("Bearer ") + BL_LINK_TOKEN_MAX]; /* "": none */
};

struct bl_option_group bl_link_option_group(size_t offset);

/* bl_link_resolve - looks names up, reads the token. Fails with OPTION (a certificate without its
 * key, TLS on a Unix socket, a token that would travel in the clear), ADDRESS, FILE_READ. */
int bl_link_resolve(struct bl_link_target *target, const struct bl_link_options *options,
                    struct bl_err *err);

#endif
