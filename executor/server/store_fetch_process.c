/* The fetcher: orders in, bytes out. It holds one socket and whatever libcurl opens, and ends when
 * the worker closes the other end. */
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bailiff/own.h"
#include "executor/server/store_fetch_transfer.h"

/* An end that could not be sent yet. */
struct late_end {
    struct late_end *next;
    size_t length;
    struct bl_fetch_news news; /* `length` bytes of it */
};

struct process {
    int socket;
    struct bl_loop *loop;
    struct bl_watch *watch;
    struct bl_transfers *transfers;
    struct late_end *first, **last;
    bool is_failed; /* the exit status says so, and another process begins */
};

static void leave(struct process *process, bool is_failed)
{
    process->is_failed |= is_failed;
    bl_loop_stop(process->loop);
}

static void wait_for(struct process *process, short events)
{
    struct bl_err err;

    if (bl_watch_want(process->watch, events, &err) != 0)
        leave(process, true);
}

/* The worker closed its end; with packets of ours unread that is a reset. */
static bool is_closed(int sys_errno)
{
    return sys_errno == EPIPE || sys_errno == ECONNRESET;
}

/* False: no room in the socket now, or never again. */
static bool send_packet(struct process *process, const struct bl_fetch_news *news, size_t length)
{
    struct iovec parts[2] = {{(void *)(uintptr_t)news, length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 1};

    if (sendmsg(process->socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return true;
    if (errno != EAGAIN && errno != ENOBUFS)
        leave(process, !is_closed(errno));
    wait_for(process, EV_READ | EV_WRITE);
    return false;
}

static bool on_data(void *ctx, uint64_t id, const void *bytes, size_t length)
{
    struct process *process = ctx;
    struct bl_fetch_news news = {.id = id, .kind = BL_FETCH_NEWS_DATA};

    if (process->first || length > sizeof(news.data))
        return false; /* CURL_MAX_WRITE_SIZE: it never is */
    news.length = (uint32_t)length;
    memcpy(news.data, bytes, length);
    return send_packet(process, &news, BL_FETCH_NEWS_HEAD + length);
}

static void on_end(void *ctx, uint64_t id, const struct bl_err *err)
{
    struct process *process = ctx;
    struct late_end *end = calloc(1, sizeof(*end));

    if (!end) {
        leave(process, true);
        return;
    }
    end->news.id = id;
    end->news.kind = err ? BL_FETCH_NEWS_FAIL : BL_FETCH_NEWS_END;
    if (err) {
        end->news.step = (uint32_t)(err->step == BL_STEP_FETCH ? err->step : BL_STEP_FETCH_LATER);
        end->news.length = (uint32_t)strlen(err->detail);
        memcpy(end->news.data, err->detail, end->news.length);
    }
    end->length = BL_FETCH_NEWS_HEAD + end->news.length;
    if (!process->first && send_packet(process, &end->news, end->length)) {
        free(end);
        return;
    }
    *process->last = end;
    process->last = &end->next;
}

static void on_writable(struct process *process)
{
    wait_for(process, EV_READ);
    while (process->first) {
        struct late_end *end = process->first;

        if (!send_packet(process, &end->news, end->length))
            return;
        process->first = end->next;
        if (!process->first)
            process->last = &process->first;
        free(end);
    }
    bl_transfers_resume(process->transfers);
}

static void obey(struct process *process, const struct bl_fetch_order *order)
{
    struct bl_err err;

    if (order->is_to_stop)
        bl_transfers_stop(process->transfers, order->id);
    else if (bl_transfers_begin(process->transfers, order, &err) != 0)
        on_end(process, order->id, &err);
}

static void on_readable(struct process *process)
{
    struct bl_fetch_order order;
    ssize_t length = recv(process->socket, &order, sizeof(order), MSG_DONTWAIT);

    if (length == (ssize_t)sizeof(order) && memchr(order.url, '\0', sizeof(order.url)))
        obey(process, &order);
    else if (length == 0)
        leave(process, false);
    else if (length > 0 || (errno != EAGAIN && errno != EINTR))
        leave(process, length > 0 || !is_closed(errno));
}

static void on_ready(void *ctx, short what)
{
    if (what & EV_WRITE)
        on_writable(ctx);
    else
        on_readable(ctx);
}

static int serve(struct process *process, const struct bl_fetcher_config *config,
                 struct bl_err *err)
{
    const struct bl_transfer_sink sink = {on_data, on_end, process};
    const struct bl_fetch_news start = {.kind = BL_FETCH_NEWS_START};
    int result;

    if (bl_loop_new(&process->loop, err) != 0 ||
        bl_watch_new(&process->watch, process->loop, process->socket, on_ready, process, err) !=
            0 ||
        bl_watch_want(process->watch, EV_READ, err) != 0 ||
        bl_transfers_new(&process->transfers, process->loop, config, &sink, err) != 0)
        return -1;
    (void)send_packet(process, &start, BL_FETCH_NEWS_HEAD); /* where it can't, the loop ends */
    result = bl_loop_run(process->loop, err);
    bl_transfers_free(&process->transfers);
    return result;
}

int bl_fetch_process(int socket, const struct bl_fetcher_config *config)
{
    struct process process = {.socket = socket};
    struct bl_err err;

    process.last = &process.first;
    /* The process ends here and takes its memory with it. */
    return serve(&process, config, &err) != 0 || process.is_failed ? 1 : 0;
}
