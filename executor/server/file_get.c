/* file_get.c - Files.Get: a file of the store, a piece whenever its client has taken the last ones.
 *
 * The first one is small, and each may be twice as large as the one before: who asks for a file a
 * thousand times and takes nothing makes us read, and hold, a thousand small pieces. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/server/answer.h"
#include "executor/server/service_private.h"
#include "executor/server/store_pin.h"
#include "proto/requests.h"

enum { PIECE_BYTES_FIRST = 16 * 1024, PIECE_BYTES = 256 * 1024 };

struct get {
    struct bl_site *site;
    struct bl_call *call;
    struct bl_get_request request;
    struct bl_pin *pin;
    int fd;            /* -1: not ready */
    uint64_t at, left; /* the next piece begins there; bytes to send */
    size_t piece_bytes;
    bool has_sent; /* an empty file is told by one empty piece */
};

static void get_free(struct get *get)
{
    bl_close_fd(&get->fd);
    bl_pin_free(&get->pin);
    free(get);
}

static void finish(struct get *get, const struct bl_err *err)
{
    if (err && err->step == BL_STEP_STORE_MISSING)
        bl_call_finish(get->call, BL_RPC_NOT_FOUND, "there is no such file in the store", NULL, 0);
    else if (err)
        bl_answer_error(get->call, get->site, NULL, err);
    else
        bl_call_finish(get->call, BL_RPC_OK, NULL, NULL, 0);
    get_free(get);
}

static int send_piece(struct get *get, uint8_t *piece, struct bl_err *err)
{
    size_t wanted = get->left < get->piece_bytes ? (size_t)get->left : get->piece_bytes;
    ssize_t length = wanted ? pread(get->fd, piece, wanted, (off_t)get->at) : 0;
    struct bl_bytes message;
    int result;

    if (length < 0 || (length == 0 && wanted))
        return bl_fail(err, BL_STEP_STORE, length < 0 ? errno : 0, "reading at %" PRIu64, get->at);
    if (bl_get_chunk_encode(&message, piece, (size_t)length, bl_pin_size_bytes(get->pin), err))
        return -1;
    result = bl_call_send(get->call, message.bytes, message.length, err);
    bl_bytes_release(&message);
    get->at += (uint64_t)length;
    get->left -= (uint64_t)length;
    get->has_sent = true;
    return result;
}

static void send_pieces(struct get *get)
{
    bl_autofree uint8_t *piece = malloc(get->piece_bytes);
    bool goes_on = true;
    struct bl_err err;

    if (!piece) {
        bl_err_fill(&err, BL_STEP_MEMORY, ENOMEM, "a piece of a file");
        finish(get, &err);
        return;
    }
    while (goes_on && (get->left || !get->has_sent) && bl_call_is_writable(get->call)) {
        if (send_piece(get, piece, &err)) {
            finish(get, &err);
            return;
        }
        goes_on = get->piece_bytes == PIECE_BYTES;
    }
    if (!get->left && get->has_sent) {
        finish(get, NULL);
    } else if (!goes_on) {
        get->piece_bytes *= 2;
        bl_call_ask_taken(get->call);
    }
}

static int open_range(struct get *get, struct bl_err *err)
{
    uint64_t size_bytes = bl_pin_size_bytes(get->pin);

    if (get->request.offset > size_bytes)
        return bl_fail(err, BL_STEP_RANGE, 0, "offset: %" PRIu64 ": the file has %" PRIu64 " bytes",
                       get->request.offset, size_bytes);
    get->at = get->request.offset;
    get->left = size_bytes - get->at;
    if (get->left > get->request.length)
        get->left = get->request.length;
    return bl_pin_open(get->pin, &get->fd, err);
}

static void on_ready(void *ctx, const struct bl_err *failed)
{
    struct get *get = ctx;
    struct bl_err err;

    if (failed)
        finish(get, failed);
    else if (open_range(get, &err))
        finish(get, &err);
    else
        send_pieces(get);
}

static void on_writable(void *ctx)
{
    struct get *get = ctx;

    if (get->fd >= 0)
        send_pieces(get);
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    (void)why;
    get_free(ctx);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    (void)ctx, (void)bytes, (void)length; /* there is one, and it has come */
}

static const struct bl_call_handlers handlers = {
    .on_message = on_message, .on_writable = on_writable, .on_cancel = on_cancel};

int bl_serve_get(struct bl_site *site, struct bl_call *call, const struct bl_caller *caller,
                 const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct get *get = calloc(1, sizeof(*get));
    struct bl_digest digest;

    (void)caller;
    if (!get)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a call");
    *get = (struct get){.site = site, .call = call, .fd = -1, .piece_bytes = PIECE_BYTES_FIRST};
    if (bl_get_request_decode(&get->request, bytes, length, err)) {
        get_free(get);
        return -1;
    }
    memcpy(digest.bytes, get->request.sha256, sizeof(digest.bytes));
    bl_call_accept(call, &handlers, get);
    if (bl_pin_new(&get->pin, site->options.store, &digest, on_ready, get, err))
        finish(get, err);
    else if (bl_pin_is_ready(get->pin))
        on_ready(get, NULL);
    return 0;
}
