#include "executor/server/store_fetch_url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "bailiff/own.h"

static int refuse(struct bl_err *err, const char *why)
{
    return bl_fail(err, BL_STEP_FETCH, 0, "url: %s", why);
}

/* Not through <ctype.h>: its answers depend on the locale. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool take_scheme(const char **at, bool *is_https)
{
    static const char http[] = "http://", https[] = "https://";

    *is_https = strncasecmp(*at, https, strlen(https)) == 0;
    if (!*is_https && strncasecmp(*at, http, strlen(http)) != 0)
        return false;
    *at += *is_https ? strlen(https) : strlen(http);
    return true;
}

/* Labels of letters, digits, "-" and "_". The last one is no number: "127.1" and "0x7f000001" are
 * addresses to some resolvers. */
static bool is_name(const char *host)
{
    const char *label = host;
    size_t length;

    for (;; label += length + 1) {
        length = strcspn(label, ".");
        if (length == 0 || length > 63 || label[0] == '-' || label[length - 1] == '-')
            return false;
        for (size_t i = 0; i < length; i++) {
            if (!is_letter(label[i]) && !is_digit(label[i]) && !strchr("-_", label[i]))
                return false;
        }
        if (label[length] == '\0')
            break;
    }
    return is_letter(label[0]);
}

static bool take_v6(const char *text, size_t length, struct bl_url *out)
{
    char inner[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (length - 2 >= sizeof(inner) || text[length - 1] != ']')
        return false;
    memcpy(inner, text + 1, length - 2);
    inner[length - 2] = '\0';
    out->is_address = true;
    return inet_pton(AF_INET6, inner, &address) == 1 &&
           inet_ntop(AF_INET6, &address, out->host, sizeof(out->host)) != NULL;
}

static bool take_host(const char *text, size_t length, struct bl_url *out)
{
    struct in_addr address;

    if (length > 2 && text[0] == '[')
        return take_v6(text, length, out);
    if (length == 0 || length > BL_URL_HOST_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        out->host[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
    out->host[length] = '\0';
    out->is_address = inet_pton(AF_INET, out->host, &address) == 1;
    return out->is_address || is_name(out->host);
}

/* Digits after the colon; none at all is the scheme's own, as RFC 3986 has it. */
static bool take_port(const char *text, size_t length, struct bl_url *out)
{
    unsigned port = 0;

    if (length == 0)
        return true;
    if (length > 5)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]))
            return false;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    out->port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX;
}

static bool take_authority(const char *text, size_t length, struct bl_url *out)
{
    size_t host = 0;

    if (text[0] == '[')
        while (host < length && text[host] != ']')
            host++;
    while (host < length && text[host] != ':')
        host++;
    out->port = out->is_https ? 443 : 80;
    if (host < length && !take_port(text + host + 1, length - host - 1, out))
        return false;
    return take_host(text, host, out);
}

/* What a path or a query may consist of. */
static bool is_known(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@/?%", c));
}

static const char *check_path(const char *path)
{
    bool is_query = false;

    for (const char *at = path; *at; at++) {
        int high, low;

        if (!is_known(*at))
            return *at == '#' ? "has a fragment" : "has a character that no URL has";
        is_query |= *at == '?';
        if (*at != '%')
            continue;
        high = hex_value(at[1]);
        low = high >= 0 ? hex_value(at[2]) : -1;
        if (low < 0)
            return "a % without two hex digits";
        if (!is_query && high * 16 + low < 128 && strchr("./\\%", high * 16 + low))
            return "its path hides a dot, a slash, a percent sign or a NUL"; /* strchr finds NUL */
    }
    return NULL;
}

static bool has_dot_segment(const char *path)
{
    size_t end = strcspn(path, "?");

    for (size_t at = 0; at < end;) {
        size_t length = strcspn(path + at + 1, "/?");

        if ((length == 1 && path[at + 1] == '.') ||
            (length == 2 && path[at + 1] == '.' && path[at + 2] == '.'))
            return true;
        at += length + 1;
    }
    return false;
}

/* Writes what was understood. path: begins with "/", "?" or is empty. */
static int write_anew(struct bl_url *url, const char *path, struct bl_err *err)
{
    bool is_v6 = strchr(url->host, ':') != NULL;
    int length =
        snprintf(url->text, sizeof(url->text), "%s://%s%s%s:%u", url->is_https ? "https" : "http",
                 is_v6 ? "[" : "", url->host, is_v6 ? "]" : "", url->port);
    size_t room = sizeof(url->text) - (size_t)length;

    url->path_at = (size_t)length;
    length = snprintf(url->text + url->path_at, room, "%s%s", path[0] == '/' ? "" : "/", path);
    return (size_t)length < room ? 0 : refuse(err, "longer than 2048 bytes");
}

int bl_url_parse(const char *text, struct bl_url *out, struct bl_err *err)
{
    const char *at = text, *why;
    struct bl_url url = {0};
    size_t length;

    if (strnlen(text, BL_URL_MAX + 1) > BL_URL_MAX)
        return refuse(err, "longer than 2048 bytes");
    if (!take_scheme(&at, &url.is_https))
        return refuse(err, "neither http:// nor https://");
    length = strcspn(at, "/?#");
    if (memchr(at, '@', length))
        return refuse(err, "has a user name");
    if (!take_authority(at, length, &url))
        return refuse(err, "its host or port is none");
    why = check_path(at + length);
    if (why)
        return refuse(err, why);
    if (write_anew(&url, at + length, err) != 0)
        return -1;
    if (has_dot_segment(url.text + url.path_at))
        return refuse(err, "its path has a segment of dots");
    *out = url;
    return 0;
}

int bl_url_prefixes_check(const struct bl_url_prefix *prefixes, size_t count, struct bl_err *err)
{
    struct bl_err why;
    struct bl_url url;

    for (size_t i = 0; i < count; i++) {
        if (bl_url_parse(prefixes[i].text, &url, &why) != 0)
            (void)bl_fail(err, BL_STEP_FIELD, 0, "an allowed prefix: %.200s", why.detail);
        else if (strchr(url.text, '?'))
            (void)bl_fail(err, BL_STEP_FIELD, 0, "an allowed prefix: has a query");
        else
            continue;
        err->index = (int)i;
        return -1;
    }
    return 0;
}

static bool has_prefix(const struct bl_url *url, const struct bl_url *prefix)
{
    const char *path = url->text + url->path_at, *start = prefix->text + prefix->path_at;
    size_t length = strlen(start);

    if (url->is_https != prefix->is_https || url->port != prefix->port ||
        strcmp(url->host, prefix->host) != 0 || strncmp(path, start, length) != 0)
        return false;
    return start[length - 1] == '/' || strchr("/?", path[length]); /* strchr finds the end, too */
}

const struct bl_url_prefix *bl_url_allowed_by(const struct bl_url *url,
                                              const struct bl_url_prefix *prefixes, size_t count)
{
    struct bl_err ignored;
    struct bl_url prefix;

    for (size_t i = 0; i < count; i++) {
        if (bl_url_parse(prefixes[i].text, &prefix, &ignored) == 0 && has_prefix(url, &prefix))
            return &prefixes[i];
    }
    return NULL;
}
