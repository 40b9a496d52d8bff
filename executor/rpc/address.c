#include "executor/rpc/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/units.h"

static int parse_unix(struct bl_address *address, const char *path, struct bl_err *err)
{
    size_t length = strlen(path);

    if (path[0] != '/')
        return bl_fail(err, BL_STEP_ADDRESS, 0, "unix:%s: the path must begin with /", path);
    if (length >= sizeof(address->local.sun_path))
        return bl_fail(err, BL_STEP_ADDRESS, 0, "unix:%s: longer than %zu bytes", path,
                       sizeof(address->local.sun_path) - 1);
    address->local.sun_family = AF_UNIX;
    memcpy(address->local.sun_path, path, length + 1);
    address->length = sizeof(address->local);
    return 0;
}

/* host: without brackets. */
static bool set_host(struct bl_address *address, const char *host, uint16_t port)
{
    if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        address->length = sizeof(address->v4);
        return true;
    }
    if (inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        address->length = sizeof(address->v6);
        return true;
    }
    return false;
}

static int parse_tcp(struct bl_address *address, const char *text, struct bl_err *err)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    bool brackets = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    char host[INET6_ADDRSTRLEN];
    uint64_t port;

    if (!colon || bl_parse_count(colon + 1, &port) != BL_UNITS_OK || port > UINT16_MAX)
        return bl_fail(err, BL_STEP_ADDRESS, 0, "%s: want unix:/path, host:port or fd:number",
                       text);
    text += brackets;
    length -= brackets ? 2 : 0;
    if (length < sizeof(host)) {
        memcpy(host, text, length);
        host[length] = '\0';
        if ((strchr(host, ':') != NULL) == brackets && set_host(address, host, (uint16_t)port))
            return 0;
    }
    return bl_fail(err, BL_STEP_ADDRESS, 0, "%s: the host must be a number", text);
}

int bl_address_parse(struct bl_address *address, const char *text, struct bl_err *err)
{
    uint64_t fd;

    memset(address, 0, sizeof(*address));
    address->fd = -1;
    if (strncmp(text, "unix:", 5) == 0)
        return parse_unix(address, text + 5, err);
    if (strncmp(text, "fd:", 3) != 0)
        return parse_tcp(address, text, err);
    if (bl_parse_count(text + 3, &fd) != BL_UNITS_OK || fd < 3 || fd > INT32_MAX)
        return bl_fail(err, BL_STEP_ADDRESS, 0, "%s: want a descriptor above 2", text);
    address->fd = (int)fd;
    return 0;
}

bool bl_address_is_local(const struct bl_address *address)
{
    switch (address->any.sa_family) {
    case AF_UNIX:
        return true;
    case AF_INET:
        return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
    case AF_INET6:
        return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
    default:
        return false;
    }
}

const char *bl_address_text(const struct bl_address *address, char text[BL_ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "";

    switch (address->any.sa_family) {
    case AF_UNIX:
        (void)snprintf(text, BL_ADDRESS_TEXT_MAX, "unix:%s", address->local.sun_path);
        break;
    case AF_INET:
        (void)inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host)); /* has the room */
        (void)snprintf(text, BL_ADDRESS_TEXT_MAX, "%s:%u", host, ntohs(address->v4.sin_port));
        break;
    case AF_INET6:
        (void)inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host)); /* as above */
        (void)snprintf(text, BL_ADDRESS_TEXT_MAX, "[%s]:%u", host, ntohs(address->v6.sin6_port));
        break;
    default:
        (void)snprintf(text, BL_ADDRESS_TEXT_MAX, "fd:%d", address->fd);
    }
    return text;
}
