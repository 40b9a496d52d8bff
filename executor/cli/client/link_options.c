#include "executor/cli/client/link_options.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

#define AT(field) offsetof(struct bl_link_options, field)

static const struct bl_option rows[] = {
    {"server", "ADDRESS", "unix:PATH or HOST:PORT; default: $BAILIFF_SERVER, else " BL_LINK_SERVER,
     bl_option_text, AT(server)},
    {"tls", NULL, "TLS, trusting whom this system trusts", bl_option_flag, AT(tls)},
    {"tls-ca", "FILE", "TLS, trusting only this authority (PEM)", bl_option_text, AT(authority)},
    {"cert", "FILE", "our own certificate, for a worker that asks for one (PEM)", bl_option_text,
     AT(certificate)},
    {"key", "FILE", "its key (PEM)", bl_option_text, AT(key)},
    {"token-file", "FILE", "a bearer token, on the file's first line", bl_option_text,
     AT(token_path)},
};

struct bl_option_group bl_link_option_group(size_t offset)
{
    return (struct bl_option_group){"Worker", rows, BL_ARRAY_LEN(rows), offset};
}

/* HOST:PORT or [ADDRESS]:PORT into its parts. */
static int split(struct bl_link_target *target, const char *server, const char **port,
                 struct bl_err *err)
{
    const char *colon = strrchr(server, ':'), *first = server;
    size_t length = colon ? (size_t)(colon - server) : 0;

    if (length >= 2 && server[0] == '[' && server[length - 1] == ']') {
        first++;
        length -= 2;
    } else if (memchr(server, ':', length)) {
        length = 0; /* an IPv6 address without its brackets: which colon is the port's? */
    }
    if (length == 0 || length >= sizeof(target->host) || !colon[1])
        return bl_fail(err, BL_STEP_ADDRESS, 0,
                       "\"%.100s\": it takes unix:PATH, HOST:PORT or [IPV6]:PORT", server);
    memcpy(target->host, first, length);
    target->host[length] = '\0';
    *port = colon + 1;
    return 0;
}

static int look_up(struct bl_link_target *target, const char *server, struct bl_err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const char *port = NULL;
    uint64_t number;
    int status;

    if (split(target, server, &port, err) < 0)
        return -1;
    if (bl_parse_count(port, &number) != BL_UNITS_OK || number == 0 || number > UINT16_MAX)
        return bl_fail(err, BL_STEP_ADDRESS, 0, "\"%.100s\": a port is 1 to 65535", server);
    status = getaddrinfo(target->host, port, &hints, &found);
    if (status != 0)
        return bl_fail(err, BL_STEP_ADDRESS, status == EAI_SYSTEM ? errno : 0, "\"%.100s\": %s",
                       server, gai_strerror(status));
    target->address = (struct bl_address){.fd = -1, .length = found->ai_addrlen};
    if (found->ai_addrlen <= sizeof(target->address.v6))
        memcpy(&target->address.v6, found->ai_addr, found->ai_addrlen);
    else
        status = bl_fail(err, BL_STEP_ADDRESS, 0, "\"%.100s\": of no known kind", server);
    freeaddrinfo(found);
    return status;
}

static int read_token(struct bl_link_target *target, const char *path, struct bl_err *err)
{
    static const char scheme[] = "Bearer ";
    char *token = target->authorization + sizeof(scheme) - 1;
    bl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t length = fd < 0 ? -1 : read(fd, token, BL_LINK_TOKEN_MAX);

    if (length < 0)
        return bl_fail(err, BL_STEP_FILE_READ, errno, "%s", path);
    memcpy(target->authorization, scheme, sizeof(scheme) - 1);
    token[length] = '\0';
    token[strcspn(token, "\r\n")] = '\0';
    for (const char *c = token; *c; c++) { /* it becomes a header field */
        if (*c <= ' ' || *c > '~')
            return bl_fail(err, BL_STEP_FILE_READ, 0, "%s: a token has printable ASCII only", path);
    }
    return token[0] ? 0 : bl_fail(err, BL_STEP_FILE_READ, 0, "%s: no token in it", path);
}

static int check_tls(const struct bl_link_target *target, const struct bl_link_options *options,
                     struct bl_err *err)
{
    bool local = target->address.any.sa_family == AF_UNIX;

    if (!options->certificate != !options->key)
        return bl_fail(err, BL_STEP_OPTION, 0, "--cert and --key go together");
    if (local && target->tls)
        return bl_fail(err, BL_STEP_OPTION, 0,
                       "no TLS on a Unix socket: name HOST:PORT with "
                       "--server");
    if (options->token_path && !target->tls && !bl_address_is_local(&target->address))
        return bl_fail(err, BL_STEP_OPTION, 0,
                       "--token-file: it would travel in the clear: add --tls or --tls-ca");
    return 0;
}

int bl_link_resolve(struct bl_link_target *target, const struct bl_link_options *options,
                    struct bl_err *err)
{
    const char *named = getenv("BAILIFF_SERVER");
    const char *server = options->server     ? options->server
                         : named && named[0] ? named
                                             : BL_LINK_SERVER;

    *target = (struct bl_link_target){
        .tls = options->tls || options->authority || options->certificate || options->key,
        .host = "localhost",
    };
    (void)snprintf(target->name, sizeof(target->name), "%s", server); /* cut: only for messages */
    if (strncmp(server, "fd:", 3) == 0)
        return bl_fail(err, BL_STEP_ADDRESS, 0, "\"%s\": it takes unix:PATH or HOST:PORT", server);
    if (strncmp(server, "unix:", 5) == 0 ? bl_address_parse(&target->address, server, err)
                                         : look_up(target, server, err))
        return -1;
    if (check_tls(target, options, err) < 0)
        return -1;
    return options->token_path ? read_token(target, options->token_path, err) : 0;
}
