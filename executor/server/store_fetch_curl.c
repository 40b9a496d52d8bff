#include "executor/server/store_fetch_curl.h"

#include <errno.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

enum { CONNECTIONS_MAX = 32, CONNECTIONS_HOST_MAX = 8 };

/* One of libcurl's sockets. */
struct socket_watch {
    struct bl_curl *curl;
    struct bl_watch *watch;
    curl_socket_t fd;
};

struct bl_curl {
    CURLM *multi;
    struct bl_loop *loop;
    struct bl_timer *timer;
    struct bl_deferred tell; /* what is done, when libcurl is not on the stack */
    bl_on_curl_done *on_done;
    void *ctx;
};

static void tell_later(struct bl_curl *curl)
{
    bl_loop_defer(curl->loop, &curl->tell);
}

static void on_tell(void *ctx)
{
    struct bl_curl *curl = ctx;
    const CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(curl->multi, &left))) {
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result; /* the message goes with the handle */

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_multi_remove_handle(curl->multi, easy);
        curl->on_done(curl->ctx, easy, result);
    }
}

static void act(struct bl_curl *curl, curl_socket_t fd, int what)
{
    int running;

    (void)curl_multi_socket_action(curl->multi, fd, what, &running); /* told by the handles */
    tell_later(curl);
}

/* The watch may be freed by libcurl in there. */
static void on_socket_ready(void *ctx, short what)
{
    const struct socket_watch *socket = ctx;

    act(socket->curl, socket->fd, what & EV_READ ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
}

static void on_due(void *ctx)
{
    act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static void forget_socket(struct bl_curl *curl, struct socket_watch *socket)
{
    if (!socket)
        return;
    (void)curl_multi_assign(curl->multi, socket->fd, NULL);
    bl_watch_free(&socket->watch);
    free(socket);
}

static struct socket_watch *watch_socket(struct bl_curl *curl, curl_socket_t fd)
{
    struct socket_watch *socket = calloc(1, sizeof(*socket));
    struct bl_err ignored;

    if (!socket)
        return NULL;
    *socket = (struct socket_watch){.curl = curl, .fd = fd};
    if (bl_watch_new(&socket->watch, curl->loop, fd, on_socket_ready, socket, &ignored) == 0 &&
        curl_multi_assign(curl->multi, fd, socket) == CURLM_OK)
        return socket;
    bl_watch_free(&socket->watch);
    free(socket);
    return NULL;
}

/* libcurl says what it waits for. -1 fails all its transfers. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
    struct bl_curl *curl = ctx;
    struct socket_watch *socket = assigned;
    struct bl_err ignored;
    short events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        forget_socket(curl, socket);
        return 0;
    }
    if (!socket)
        socket = watch_socket(curl, fd);
    if (!socket)
        return -1;
    if (what & CURL_POLL_IN)
        events |= EV_READ;
    if (what & CURL_POLL_OUT)
        events |= EV_WRITE;
    return bl_watch_want(socket->watch, events, &ignored);
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct bl_curl *curl = ctx;

    (void)multi;
    if (timeout_ms < 0)
        bl_timer_disarm(curl->timer);
    else
        bl_timer_arm(curl->timer, bl_now_ns() + (uint64_t)timeout_ms * BL_NS_PER_MS);
    return 0;
}

static bool set_options(struct bl_curl *curl)
{
    CURLM *multi = curl->multi;

    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, curl) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, curl) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS_HOST_MAX) ==
               CURLM_OK;
}

int bl_curl_new(struct bl_curl **out, struct bl_loop *loop, bl_on_curl_done *on_done, void *ctx,
                struct bl_err *err)
{
    struct bl_curl *curl = calloc(1, sizeof(*curl));

    if (!curl)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "libcurl");
    *curl = (struct bl_curl){.loop = loop, .on_done = on_done, .ctx = ctx};
    curl->tell = (struct bl_deferred){.work = on_tell, .ctx = curl};
    if (bl_timer_new(&curl->timer, loop, on_due, curl, err) != 0) {
        free(curl);
        return -1;
    }
    curl->multi = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_multi_init() : NULL;
    if (!curl->multi || !set_options(curl)) {
        bl_curl_free(&curl);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "libcurl");
    }
    *out = curl;
    return 0;
}

void bl_curl_free(struct bl_curl **curl)
{
    if (!*curl)
        return;
    (void)curl_multi_cleanup((*curl)->multi); /* of NULL: nothing. Frees the watches by on_socket */
    bl_loop_undefer((*curl)->loop, &(*curl)->tell);
    bl_timer_free(&(*curl)->timer);
    free(*curl);
    *curl = NULL;
}

bool bl_curl_add(struct bl_curl *curl, CURL *easy)
{
    return curl_multi_add_handle(curl->multi, easy) == CURLM_OK;
}

void bl_curl_remove(struct bl_curl *curl, CURL *easy)
{
    (void)curl_multi_remove_handle(curl->multi, easy); /* one that is not in: nothing */
}

void bl_curl_continue(struct bl_curl *curl)
{
    tell_later(curl);
}
