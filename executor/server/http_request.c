/* http_request.c - the head of a request; see http_request.h. */
#include "executor/server/http_request.h"

#include <string.h>
#include <strings.h>

enum { OK = 200, MALFORMED = 400, NOT_ALLOWED = 405, HAS_BODY = 413, LONG_LINE = 414 };
enum { LONG_HEAD = 431, BAD_VERSION = 505 };

struct span {
    const char *bytes;
    size_t length;
};

/* RFC 9110, 5.6.2 */
static bool is_token(struct span span)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < span.length; i++) {
        char c = span.bytes[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            (c == '\0' || !strchr(others, c)))
            return false;
    }
    return span.length > 0;
}

/* What may stand in a header's value: anything but controls, and the tab. */
static bool is_text(struct span span)
{
    for (size_t i = 0; i < span.length; i++) {
        unsigned char c = (unsigned char)span.bytes[i];

        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_printable(struct span span)
{
    for (size_t i = 0; i < span.length; i++) {
        if (span.bytes[i] <= ' ' || span.bytes[i] > '~')
            return false;
    }
    return true;
}

static bool equals(struct span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.bytes, text, span.length) == 0;
}

/* Cuts off what stands before the separator; false: there is none. */
static bool cut(struct span *rest, const char *separator, struct span *part)
{
    const char *at = memmem(rest->bytes, rest->length, separator, strlen(separator));
    size_t length = at ? (size_t)(at - rest->bytes) : 0;

    if (!at)
        return false;
    *part = (struct span){rest->bytes, length};
    rest->bytes += length + strlen(separator);
    rest->length -= length + strlen(separator);
    return true;
}

static struct span trim(struct span span)
{
    while (span.length > 0 && (span.bytes[0] == ' ' || span.bytes[0] == '\t')) {
        span.bytes++;
        span.length--;
    }
    while (span.length > 0 &&
           (span.bytes[span.length - 1] == ' ' || span.bytes[span.length - 1] == '\t'))
        span.length--;
    return span;
}

/* "GET /path?query HTTP/1.1" */
static unsigned parse_first(struct span line, struct bl_http_request *request, bool *needs_host)
{
    struct span method, target, path;

    if (!cut(&line, " ", &method) || !cut(&line, " ", &target) || !is_token(method) ||
        !is_printable(target) || target.length == 0 || target.bytes[0] != '/')
        return MALFORMED;
    if (line.length != 8 || memcmp(line.bytes, "HTTP/", 5) != 0)
        return MALFORMED;
    if (!equals(line, "HTTP/1.1") && !equals(line, "HTTP/1.0"))
        return BAD_VERSION;
    *needs_host = equals(line, "HTTP/1.1");
    request->head_only = equals(method, "HEAD");
    if (!request->head_only && !equals(method, "GET"))
        return NOT_ALLOWED;
    if (!cut(&target, "?", &path))
        path = target;
    memcpy(request->path, path.bytes, path.length); /* shorter than the line */
    request->path[path.length] = '\0';
    return OK;
}

static bool is_named(struct span name, const char *text)
{
    return name.length == strlen(text) && strncasecmp(name.bytes, text, name.length) == 0;
}

static unsigned parse_header(struct span line, unsigned *hosts)
{
    struct span name;

    if (!cut(&line, ":", &name) || !is_token(name) || !is_text(line))
        return MALFORMED;
    *hosts += is_named(name, "host");
    if (is_named(name, "transfer-encoding") ||
        (is_named(name, "content-length") && !equals(trim(line), "0")))
        return HAS_BODY;
    return OK;
}

static unsigned parse_whole(struct span head, struct bl_http_request *request)
{
    unsigned hosts = 0, status;
    bool needs_host = false;
    struct span line;

    if (!cut(&head, "\r\n", &line))
        return MALFORMED;
    status = parse_first(line, request, &needs_host);
    while (status == OK && cut(&head, "\r\n", &line))
        status = parse_header(line, &hosts);
    if (status == OK && (hosts > 1 || (needs_host && hosts == 0)))
        return MALFORMED;
    return status;
}

/* Part of a first line: words of printable characters with single spaces between them. */
static bool may_become_line(struct span part)
{
    for (size_t i = 0; i < part.length; i++) {
        char c = part.bytes[i];

        if (c < ' ' || c > '~' || (c == ' ' && (i == 0 || part.bytes[i - 1] == ' ')))
            return false;
    }
    return true;
}

unsigned bl_http_request_parse(const char *bytes, size_t length, struct bl_http_request *request)
{
    struct span all = {bytes, length}, rest = all, first, head;

    if (!cut(&rest, "\r\n", &first)) {
        first = all;
        if (first.length > 0 && first.bytes[first.length - 1] == '\r')
            first.length--; /* its newline is to come */
        if (!may_become_line(first))
            return MALFORMED;
        return first.length >= BL_HTTP_LINE_MAX ? LONG_LINE : 0;
    }
    if (first.length == 0 || !may_become_line(first))
        return MALFORMED;
    if (first.length >= BL_HTTP_LINE_MAX)
        return LONG_LINE;
    rest = all;
    if (cut(&rest, "\r\n\r\n", &head) && head.length + 4 <= BL_HTTP_HEAD_MAX) {
        head.length += 2; /* the last line's end belongs to it */
        return parse_whole(head, request);
    }
    return length >= BL_HTTP_HEAD_MAX ? LONG_HEAD : 0;
}
