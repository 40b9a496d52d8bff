#include "executor/server/store_fetch_transfer.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/server/store_fetch_curl.h"

enum { HEADERS_MAX = 64 * 1024 }; /* bytes of one answer's head */

struct bl_transfer {
    struct bl_transfers *all;
    struct bl_transfer *next, *before;
    CURL *easy;
    struct bl_timer *deadline;
    uint64_t id, bytes_max, bytes, headers;
    unsigned redirects;
    bool is_paused, has_error;
    struct bl_url url;
    const struct bl_url_prefix *by;
    struct bl_err err; /* ours, where libcurl only knows that a callback refused */
};

struct bl_transfers {
    const struct bl_fetcher_config *config;
    const struct bl_transfer_sink *sink;
    struct bl_loop *loop;
    struct bl_curl *curl;
    struct bl_transfer *first;
};

static void free_transfer(struct bl_transfer *transfer)
{
    if (transfer->next)
        transfer->next->before = transfer->before;
    *(transfer->before ? &transfer->before->next : &transfer->all->first) = transfer->next;
    bl_timer_free(&transfer->deadline);
    if (transfer->easy)
        bl_curl_remove(transfer->all->curl, transfer->easy);
    curl_easy_cleanup(transfer->easy); /* of NULL: nothing */
    free(transfer);
}

static void end(struct bl_transfer *transfer, const struct bl_err *err)
{
    const struct bl_transfer_sink *sink = transfer->all->sink;
    struct bl_err why;
    uint64_t id = transfer->id;

    if (err)
        why = *err; /* it may be the transfer's own */
    free_transfer(transfer);
    sink->on_end(sink->ctx, id, err ? &why : NULL);
}

/* The first reason is the one that is told. */
__attribute__((format(printf, 3, 4))) static void note(struct bl_transfer *transfer,
                                                       enum bl_step step, const char *format, ...)
{
    char text[BL_ERR_DETAIL_MAX];
    va_list args;

    if (transfer->has_error)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* a cut text will do */
    va_end(args);
    transfer->has_error = true;
    (void)bl_fail(&transfer->err, step, 0, "%s", text);
}

/* libcurl calls this for each address that it wants to connect to, after the name was resolved. */
static curl_socket_t on_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct bl_transfer *transfer = ctx;

    (void)purpose;
    if (bl_address_allowed(&transfer->url, transfer->by, &to->addr, to->addrlen))
        return socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
    note(transfer, BL_STEP_FETCH, "%.100s is at an address that its prefix does not allow",
         transfer->url.host);
    return CURL_SOCKET_BAD;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *ctx)
{
    struct bl_transfer *transfer = ctx;

    (void)bytes;
    transfer->headers += size * count;
    if (transfer->headers <= HEADERS_MAX)
        return size * count;
    note(transfer, BL_STEP_FETCH, "the head of its answer is longer than %d bytes", HEADERS_MAX);
    return 0;
}

/* What comes with a redirect must be read to its end, or libcurl does not tell where it leads; with
 * an error it need not. */
static size_t pass_over(struct bl_transfer *transfer, long status, size_t length)
{
    if (status < 300 || status > 399)
        return 0;
    return on_header(NULL, 1, length, transfer);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct bl_transfer *transfer = ctx;
    const struct bl_transfer_sink *sink = transfer->all->sink;
    size_t length = size * count;
    long status = 0;

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return pass_over(transfer, status, length);
    if (length > transfer->bytes_max - transfer->bytes) {
        note(transfer, BL_STEP_FETCH, "larger than %llu bytes",
             (unsigned long long)transfer->bytes_max);
        return 0;
    }
    if (!sink->on_data(sink->ctx, transfer->id, bytes, length)) {
        transfer->is_paused = true;
        return CURL_WRITEFUNC_PAUSE; /* it comes again */
    }
    transfer->bytes += length;
    return length;
}

static void on_deadline(void *ctx)
{
    struct bl_transfer *transfer = ctx;

    note(transfer, BL_STEP_FETCH_LATER, "not within its time");
    end(transfer, &transfer->err);
}

static bool set_url(struct bl_transfer *transfer, const char *text, struct bl_err *err)
{
    const struct bl_fetcher_config *config = transfer->all->config;

    if (bl_url_parse(text, &transfer->url, err) != 0)
        return false;
    transfer->by = bl_url_allowed_by(&transfer->url, config->prefixes, config->prefix_count);
    if (!transfer->by) {
        (void)bl_fail(err, BL_STEP_FETCH, 0, "%.150s: no allowed prefix begins so",
                      transfer->url.text);
        return false;
    }
    transfer->headers = 0;
    return curl_easy_setopt(transfer->easy, CURLOPT_URL, transfer->url.text) == CURLE_OK;
}

/* Everything that one transfer may and may not do. */
static bool set_options(struct bl_transfer *transfer)
{
    const char *ca_file = transfer->all->config->ca_file;
    CURL *easy = transfer->easy;
    bool is_set = true;

#define SET(option, value) is_set = is_set && curl_easy_setopt(easy, option, value) == CURLE_OK
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, ""); /* none, whatever the environment says */
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_USERAGENT, "bailiff/" BAILIFF_VERSION);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)transfer->bytes_max);
    SET(CURLOPT_CONNECTTIMEOUT_MS, 20000L);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L); /* no byte at all for so many seconds */
    SET(CURLOPT_LOW_SPEED_TIME, 30L);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, transfer);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, transfer);
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    SET(CURLOPT_QUICK_EXIT, 1L); /* giving up does not wait for a resolver's thread */
#endif
    if (ca_file)
        SET(CURLOPT_CAINFO, ca_file);
#undef SET
    return is_set;
}

static void follow(struct bl_transfer *transfer)
{
    char *to = NULL;
    struct bl_err err;

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &to);
    (void)bl_fail(&err, BL_STEP_FETCH, 0, "its redirect leads nowhere, or it is the %dth",
                  BL_FETCH_REDIRECTS_MAX + 1);
    if (!to || ++transfer->redirects > BL_FETCH_REDIRECTS_MAX || !set_url(transfer, to, &err)) {
        end(transfer, &err);
        return;
    }
    if (bl_curl_add(transfer->all->curl, transfer->easy))
        return;
    (void)bl_fail(&err, BL_STEP_MEMORY, ENOMEM, "a redirect");
    end(transfer, &err);
}

static void judge_status(struct bl_transfer *transfer, long status)
{
    struct bl_err err;

    if (status == 200) {
        end(transfer, NULL);
        return;
    }
    if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) {
        follow(transfer);
        return;
    }
    (void)bl_fail(&err, status >= 500 || status == 429 ? BL_STEP_FETCH_LATER : BL_STEP_FETCH, 0,
                  "%.150s: status %ld", transfer->url.text, status);
    end(transfer, &err);
}

/* libcurl is done with an easy handle, which is out of it already. */
static void on_done(void *ctx, CURL *easy, CURLcode result)
{
    struct bl_transfer *transfer = NULL;
    long status = 0;

    (void)ctx;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_OK ||
        (result == CURLE_WRITE_ERROR && status != 200 && status != 0 && !transfer->has_error)) {
        judge_status(transfer, status);
        return;
    }
    if (result == CURLE_FILESIZE_EXCEEDED)
        note(transfer, BL_STEP_FETCH, "larger than %llu bytes",
             (unsigned long long)transfer->bytes_max);
    note(transfer, BL_STEP_FETCH_LATER, "%.100s: %s", transfer->url.host,
         curl_easy_strerror(result));
    end(transfer, &transfer->err);
}

int bl_transfers_new(struct bl_transfers **out, struct bl_loop *loop,
                     const struct bl_fetcher_config *config, const struct bl_transfer_sink *sink,
                     struct bl_err *err)
{
    struct bl_transfers *transfers = calloc(1, sizeof(*transfers));

    if (!transfers)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "transfers");
    *transfers = (struct bl_transfers){.config = config, .sink = sink, .loop = loop};
    if (bl_curl_new(&transfers->curl, loop, on_done, transfers, err) != 0) {
        free(transfers);
        return -1;
    }
    *out = transfers;
    return 0;
}

void bl_transfers_free(struct bl_transfers **transfers)
{
    if (!*transfers)
        return;
    while ((*transfers)->first)
        free_transfer((*transfers)->first);
    bl_curl_free(&(*transfers)->curl);
    free(*transfers);
    *transfers = NULL;
}

static struct bl_transfer *make(struct bl_transfers *transfers, const struct bl_fetch_order *order,
                                struct bl_err *err)
{
    struct bl_transfer *transfer = calloc(1, sizeof(*transfer));

    if (!transfer)
        return NULL;
    transfer->all = transfers;
    transfer->id = order->id;
    transfer->bytes_max = order->bytes_max < INT64_MAX ? order->bytes_max : INT64_MAX;
    transfer->next = transfers->first;
    if (transfer->next)
        transfer->next->before = transfer;
    transfers->first = transfer;
    transfer->easy = curl_easy_init();
    if (transfer->easy && set_options(transfer) &&
        bl_timer_new(&transfer->deadline, transfers->loop, on_deadline, transfer, err) == 0)
        return transfer;
    free_transfer(transfer);
    return NULL;
}

int bl_transfers_begin(struct bl_transfers *transfers, const struct bl_fetch_order *order,
                       struct bl_err *err)
{
    struct bl_transfer *transfer = make(transfers, order, err);

    if (!transfer)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a transfer");
    (void)bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a transfer");
    if (!set_url(transfer, order->url, err) || !bl_curl_add(transfers->curl, transfer->easy)) {
        free_transfer(transfer);
        return -1;
    }
    bl_timer_arm(transfer->deadline, bl_now_ns() + order->time_ns);
    return 0;
}

void bl_transfers_stop(struct bl_transfers *transfers, uint64_t id)
{
    for (struct bl_transfer *transfer = transfers->first; transfer; transfer = transfer->next) {
        if (transfer->id == id) {
            free_transfer(transfer);
            return;
        }
    }
}

/* Going on may call on_body at once, and that pause again; it can't free anything. */
void bl_transfers_resume(struct bl_transfers *transfers)
{
    for (struct bl_transfer *transfer = transfers->first; transfer; transfer = transfer->next) {
        if (!transfer->is_paused)
            continue;
        transfer->is_paused = false;
        (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT); /* a failure comes by on_done */
    }
    bl_curl_continue(transfers->curl);
}
