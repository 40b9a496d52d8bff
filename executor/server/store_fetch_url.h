/* store_fetch_url.h - which URLs and which addresses may be fetched from. Pure.
 *
 * A URL comes from a client, and the worker's network may reach what the client's does not: other
 * services, a cloud's metadata. So nothing is fetched but what begins with an allowed prefix, and
 * what is handed on is not the client's text but what was understood of it, written anew: no two
 * parsers can disagree. */
#ifndef BL_SERVER_STORE_FETCH_URL_H
#define BL_SERVER_STORE_FETCH_URL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "bailiff/err.h"

enum {
    BL_URL_MAX = 2048,          /* bytes of a client's text, without its NUL */
    BL_URL_HOST_MAX = 253,      /* of a DNS name; an address is shorter */
    BL_URL_TEXT_MAX = 2048 + 8, /* written anew, with a port and a "/" more, and a NUL */
};

struct bl_url {
    bool is_https;
    bool is_address; /* the host is an address, not a name */
    uint16_t port;
    char host[BL_URL_HOST_MAX + 1]; /* lower case; of IPv6 without its brackets */
    size_t path_at;                 /* where the path begins in text: "/" always */
    char text[BL_URL_TEXT_MAX];     /* "https://host:443/path?query" */
};

/* bl_url_parse - http:// or https://, a host, perhaps a port, a path, a query.
 * Fails with FETCH, with the reason: too long, another scheme, a user name or password, a fragment,
 * characters that RFC 3986 does not know, a host that is no name and no address as inet_pton(3)
 * has them (0x7f.1, 2130706433, zones), port 0; in the path "." and ".." and what may become one or
 * a "/" by decoding (%2e, %2f, %5c, %00). */
int bl_url_parse(const char *text, struct bl_url *out, struct bl_err *err);

/* A prefix from the configuration. A URL has it where scheme, host and port are the same and its
 * path is the prefix's, or goes on below it: "/data" allows "/data", "/data/1.in" and "/data?x",
 * not "/database". */
struct bl_url_prefix {
    const char *text;
    bool is_internal; /* its host may resolve to an address of this network (below). Of several
                         prefixes with one host, all should say the same */
};

/* bl_url_prefixes_check - all parse, none has a query. Fails with FIELD, index set. */
int bl_url_prefixes_check(const struct bl_url_prefix *prefixes, size_t count, struct bl_err *err);

/* bl_url_allowed_by - the first that the URL has; NULL: none. They must have been checked. */
const struct bl_url_prefix *bl_url_allowed_by(const struct bl_url *url,
                                              const struct bl_url_prefix *prefixes, size_t count);

enum bl_address_kind {
    BL_ADDRESS_PUBLIC,
    BL_ADDRESS_INTERNAL, /* loopback, private (RFC 1918, 4193), shared (RFC 6598) */
    BL_ADDRESS_SPECIAL,  /* link-local, where clouds keep their metadata; multicast, and the rest */
};

/* bl_address_kind_of - by IANA's special-purpose registries; an IPv4 address inside an IPv6 one
 * (mapped, NAT64) counts, 6to4 and Teredo are SPECIAL. Other families: SPECIAL. */
enum bl_address_kind bl_address_kind_of(const struct sockaddr *address, size_t length);

/* bl_address_allowed - PUBLIC ones for whatever was allowed; INTERNAL ones where its prefix says
 * so; any one where the prefix names the address itself. */
bool bl_address_allowed(const struct bl_url *url, const struct bl_url_prefix *by,
                        const struct sockaddr *address, size_t length);

#endif
