/* Requests, good and bad, whole and in pieces; and the health page's words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/server/http_pages.h"
#include "executor/server/http_request.h"

#define HOST "Host: a\r\n"

static const struct {
    const char *bytes;
    unsigned status;
    const char *path; /* where it is 200 */
} rows[] = {
    {"GET /metrics HTTP/1.1\r\n" HOST "\r\n", 200, "/metrics"},
    {"HEAD / HTTP/1.1\r\nhOsT:\r\n\r\n", 200, "/"},
    {"GET /a?b?c HTTP/1.0\r\n\r\n", 200, "/a"},
    {"GET /%2e%2e/x HTTP/1.0\r\nX: \ta \x80\r\n\r\n", 200, "/%2e%2e/x"},
    {"GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", 200, "/"},
    {"GET / HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\n\r\n", 200, "/"},
    /* more to come */
    {"", 0, NULL},
    {"G", 0, NULL},
    {"GET /", 0, NULL},
    {"GET / HTTP/1.1\r", 0, NULL},
    {"GET / HTTP/1.1\r\n", 0, NULL},
    {"GET / HTTP/1.1\r\n" HOST, 0, NULL},
    {"GET / HTTP/1.1\r\n" HOST "\r", 0, NULL},
    /* methods and versions */
    {"POST / HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
    {"get / HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
    {"BREW / HTTP/1.0\r\n\r\n", 405, NULL},
    {"GET / HTTP/2.0\r\n\r\n", 505, NULL},
    {"PRI * HTTP/2.0\r\n\r\n", 400, NULL},
    /* bodies */
    {"GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", 413, NULL},
    {"GET / HTTP/1.0\r\nContent-Length: 00\r\n\r\n", 413, NULL},
    {"GET / HTTP/1.0\r\nContent-Length: -1\r\n\r\n", 413, NULL},
    {"GET / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n", 413, NULL},
    /* hosts */
    {"GET / HTTP/1.1\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400, NULL},
    {"GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400, NULL},
    /* form */
    {"\r\n", 400, NULL},
    {"\r\nGET / HTTP/1.0\r\n\r\n", 400, NULL},
    {" GET / HTTP/1.0\r\n\r\n", 400, NULL},
    {"GET  / HTTP/1.0\r\n\r\n", 400, NULL},
    {"GET /\r\n\r\n", 400, NULL},
    {"GET / \r\n\r\n", 400, NULL},
    {"GET / HTTP/1.0 \r\n\r\n", 400, NULL},
    {"GET / http/1.0\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.10\r\n\r\n", 400, NULL},
    {"GET http://a/ HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET * HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /\x80 HTTP/1.0\r\n\r\n", 400, NULL},
    {"G\"T / HTTP/1.0\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.0\n\n", 400, NULL},
    {"GET / HTTP/1.0\nX: a\r\n\r\n", 400, NULL},
    {"\x16\x03\x01\x02", 400, NULL}, /* TLS */
    {"GET / HTTP/1.0\r\nX\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.0\r\n: a\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.0\r\nX : a\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.0\r\nX: a\r\n b\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.0\r\nX: a\nY: b\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.0\r\nX: a\rb\r\n\r\n", 400, NULL},
};

static void request__is_read_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_http_request request;
        unsigned status = bl_http_request_parse(rows[i].bytes, strlen(rows[i].bytes), &request);

        if (status != rows[i].status)
            fail_msg("%u instead of %u: %s", status, rows[i].status, rows[i].bytes);
        if (status != 200)
            continue;
        assert_string_equal(request.path, rows[i].path);
        assert_true(request.head_only == (rows[i].bytes[0] == 'H'));
    }
}

/* Each prefix in memory of its own size, so that a look beyond it is seen; and what is refused or
 * taken early stays so. */
static void request__in_pieces_comes_to_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        size_t whole = strlen(rows[i].bytes);
        unsigned status = 0;

        for (size_t length = 0; length <= whole && status == 0; length++) {
            bl_autofree char *part = malloc(length ? length : 1);
            struct bl_http_request request;

            assert_non_null(part);
            memcpy(part, rows[i].bytes, length);
            status = bl_http_request_parse(part, length, &request);
        }
        assert_int_equal(status, rows[i].status);
    }
}

static void request__nul_is_malformed(void **state)
{
    static const char in_path[] = "GET /\0a HTTP/1.0\r\n\r\n";
    static const char in_header[] = "GET / HTTP/1.0\r\nX: \0\r\n\r\n";
    struct bl_http_request request;

    (void)state;
    assert_int_equal(bl_http_request_parse(in_path, sizeof(in_path) - 1, &request), 400);
    assert_int_equal(bl_http_request_parse(in_header, sizeof(in_header) - 1, &request), 400);
}

static void request__is_bounded(void **state)
{
    static char bytes[2 * BL_HTTP_HEAD_MAX];
    struct bl_http_request request;

    (void)state;
    memset(bytes, 'a', sizeof(bytes));
    memcpy(bytes, "GET /", 5);
    assert_int_equal(bl_http_request_parse(bytes, BL_HTTP_LINE_MAX - 1, &request), 0);
    assert_int_equal(bl_http_request_parse(bytes, BL_HTTP_LINE_MAX, &request), 414);
    memcpy(bytes, "GET / HTTP/1.0\r\nX: ", 19);
    assert_int_equal(bl_http_request_parse(bytes, BL_HTTP_HEAD_MAX - 1, &request), 0);
    assert_int_equal(bl_http_request_parse(bytes, BL_HTTP_HEAD_MAX, &request), 431);
    memcpy(bytes + BL_HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
    assert_int_equal(bl_http_request_parse(bytes, BL_HTTP_HEAD_MAX, &request), 200);
    memcpy(bytes + BL_HTTP_HEAD_MAX - 4, "a\r\n\r\n", 5);
    assert_int_equal(bl_http_request_parse(bytes, BL_HTTP_HEAD_MAX + 1, &request), 431);
}

/* ---- /healthz ---- */

static void healthz__says_why_it_does_not_serve(void **state)
{
    static const struct {
        struct bl_readiness readiness;
        unsigned status;
        const char *body;
    } cases[] = {
        {{.draining = false},
         200,
         "{\"serving\": true, \"draining\": false, \"warden\": true, \"reason\": \"\"}\n"},
        {{.draining = true},
         503,
         "{\"serving\": false, \"draining\": true, \"warden\": true, \"reason\": \"\"}\n"},
        {{.warden_gone = true},
         503,
         "{\"serving\": false, \"draining\": false, \"warden\": false, \"reason\": \"\"}\n"},
        {{.reason = "store \"/a\\b\"\n\x80"},
         503,
         "{\"serving\": false, \"draining\": false, \"warden\": true, \"reason\": \"store "
         "\\\"/a\\\\b\\\"??\"}\n"},
    };
    static char body[BL_HTTP_BODY_MAX];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        struct bl_readiness readiness = cases[i].readiness;
        struct bl_http_reply reply = {.body = body};

        bl_healthz_page(&readiness, &reply);
        assert_int_equal(reply.status, cases[i].status);
        assert_int_equal(reply.length, strlen(cases[i].body));
        assert_memory_equal(body, cases[i].body, reply.length);
        assert_string_equal(reply.content_type, "application/json");
    }
}

static void healthz__longest_reason_fits(void **state)
{
    static char body[BL_HTTP_BODY_MAX];
    struct bl_http_reply reply = {.body = body};
    struct bl_readiness readiness = {.draining = false};

    (void)state;
    memset(readiness.reason, '"', sizeof(readiness.reason) - 1);
    bl_healthz_page(&readiness, &reply);
    assert_in_range(reply.length, 2 * (sizeof(readiness.reason) - 1), 1000);
    assert_memory_equal(body + reply.length - 3, "\"}\n", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request__is_read_strictly),
        cmocka_unit_test(request__in_pieces_comes_to_the_same),
        cmocka_unit_test(request__nul_is_malformed),
        cmocka_unit_test(request__is_bounded),
        cmocka_unit_test(healthz__says_why_it_does_not_serve),
        cmocka_unit_test(healthz__longest_reason_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
