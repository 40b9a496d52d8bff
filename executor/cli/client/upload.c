#include "executor/cli/client/upload.h"

#include <bailiff/v1/executor.pb-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/cli/printable.h"
#include "proto/message.h"
#include "proto/requests.h"

enum { PIECE_BYTES = 256 * 1024 };

/* What came back of one question. */
struct answer {
    struct bl_digest *out; /* room for `most` more */
    size_t count, most;
};

static int on_digests(void *ctx, const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct answer *answer = ctx;
    struct bl_message message;
    const Bailiff__V1__Digests *digests;
    bool fits = true;

    if (bl_message_read(&message, &bailiff__v1__digests__descriptor, bytes, length,
                        BL_REQUEST_BYTES_MAX, BL_MESSAGE_OPEN, err) < 0)
        return -1;
    digests = (const void *)message.root;
    for (size_t i = 0; i < digests->n_sha256; i++) {
        fits = fits && answer->count < answer->most && digests->sha256[i].len == BL_DIGEST_BYTES;
        if (fits)
            memcpy(answer->out[answer->count++].bytes, digests->sha256[i].data, BL_DIGEST_BYTES);
    }
    bl_message_release(&message);
    return fits ? 0 : bl_fail(err, BL_STEP_CALL, 0, "Missing: it names what was not asked for");
}

/* At most BL_DIGESTS_MAX of them. */
static int ask(struct bl_link *link, const struct bl_digest *digests, size_t count,
               struct answer *answer, struct bl_err *err)
{
    Bailiff__V1__Digests request = BAILIFF__V1__DIGESTS__INIT;
    bl_autofree ProtobufCBinaryData *items = calloc(count, sizeof(*items));
    struct bl_link_call call = {.method = "Files/Missing", .on_message = on_digests, .ctx = answer};
    struct bl_bytes bytes = {NULL, 0};
    int status;

    if (!items)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "digests");
    for (size_t i = 0; i < count; i++)
        items[i] = (ProtobufCBinaryData){BL_DIGEST_BYTES, (uint8_t *)digests[i].bytes}; /* read */
    request.sha256 = items;
    request.n_sha256 = count;
    if (bl_link_pack(&bytes, &request.base, err) < 0)
        return -1;
    status = bl_link_call(link, &call, &bytes, err);
    bl_bytes_release(&bytes);
    return status;
}

int bl_missing(struct bl_link *link, const struct bl_digest *digests, size_t count,
               struct bl_digest **missing, size_t *missing_count, struct bl_err *err)
{
    bl_autofree struct bl_digest *out = calloc(count ? count : 1, sizeof(*out));
    struct answer answer = {.out = out};

    if (!out)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "digests");
    for (size_t at = 0; at < count;) {
        size_t some = count - at < BL_DIGESTS_MAX ? count - at : BL_DIGESTS_MAX;

        answer.most = answer.count + some;
        if (ask(link, digests + at, some, &answer, err) < 0)
            return -1;
        at += some;
    }
    *missing = bl_take(&out);
    *missing_count = answer.count;
    return 0;
}

struct put {
    struct bl_link_call call;
    int fd; /* owned; -1: all is sent */
    const char *path;
    uint8_t *piece;
    struct bl_err err; /* our own failure; step NONE: none */
};

static int send_piece(struct put *put, struct bl_err *err)
{
    Bailiff__V1__PutChunk chunk = BAILIFF__V1__PUT_CHUNK__INIT;
    struct bl_bytes bytes = {NULL, 0};
    ssize_t got = read(put->fd, put->piece, PIECE_BYTES);
    int status;

    if (got < 0)
        return errno == EINTR ? 0 : bl_fail(err, BL_STEP_FILE_READ, errno, "%s", put->path);
    if (got == 0) {
        bl_link_half_close(&put->call);
        bl_close_fd(&put->fd);
        return 0;
    }
    chunk.data = (ProtobufCBinaryData){(size_t)got, put->piece};
    if (bl_link_pack(&bytes, &chunk.base, err) < 0)
        return -1;
    status = bl_link_send(&put->call, &bytes, err);
    bl_bytes_release(&bytes);
    return status;
}

/* Until as much is queued as should be; the worker may have answered early. */
static void feed(void *ctx)
{
    struct put *put = ctx;

    while (put->fd >= 0 && !bl_link_is_over(&put->call) && !bl_link_is_full(&put->call)) {
        if (send_piece(put, &put->err) < 0) {
            bl_link_drop(&put->call);
            return;
        }
    }
}

static int start_put(struct bl_link *link, struct put *put, const struct bl_local_file *file,
                     struct bl_err *err)
{
    Bailiff__V1__PutChunk first = BAILIFF__V1__PUT_CHUNK__INIT;
    struct bl_bytes bytes = {NULL, 0};
    int status;

    first.sha256 = (ProtobufCBinaryData){BL_DIGEST_BYTES, (uint8_t *)file->digest.bytes}; /* read */
    first.size_bytes = file->size_bytes;
    if (bl_link_pack(&bytes, &first.base, err) < 0)
        return -1;
    status = bl_link_start(link, &put->call, &bytes, err);
    bl_bytes_release(&bytes);
    return status;
}

int bl_put(struct bl_link *link, const struct bl_local_file *file, struct bl_err *err)
{
    bl_autofree uint8_t *piece = malloc(PIECE_BYTES);
    struct put put = {
        .call = {.method = "Files/Put", .on_writable = feed, .ctx = &put, .streams = true},
        .fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
        .path = file->path,
        .piece = piece,
    };
    struct bl_err why;
    int status = -1;

    if (put.fd < 0)
        return bl_fail(err, BL_STEP_FILE_READ, errno, "%s", file->path);
    if (!piece)
        (void)bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", file->path);
    else
        status = start_put(link, &put, file, err);
    if (status == 0) {
        feed(&put);
        status = bl_link_finish(&put.call, &why);
        if (status < 0 || put.err.step != BL_STEP_NONE)
            status = -1, *err = put.err.step != BL_STEP_NONE ? put.err : why;
        if (status < 0 && err->step == BL_STEP_CALL)
            (void)bl_fail(err, BL_STEP_CALL, 0, "%.90s: %s", file->path, why.detail);
    }
    bl_close_fd(&put.fd);
    return status;
}

static int by_digest(const void *a, const void *b)
{
    const struct bl_local_file *const *one = a, *const *other = b;

    return memcmp((*one)->digest.bytes, (*other)->digest.bytes, BL_DIGEST_BYTES);
}

/* Those that travel by digest, one for each content, sorted by it. Returns how many. */
static size_t choose(const struct bl_local_file **chosen, const struct bl_draft *draft)
{
    size_t count = 0, different = 0;

    for (size_t i = 0; i < draft->file_count; i++) {
        if (!draft->files[i].is_inside)
            chosen[count++] = &draft->files[i];
    }
    qsort(chosen, count, sizeof(void *), by_digest);
    for (size_t i = 0; i < count; i++) {
        if (different == 0 || by_digest(&chosen[different - 1], &chosen[i]) != 0)
            chosen[different++] = chosen[i];
    }
    return different;
}

static void tell(FILE *progress, const struct bl_local_file *file)
{
    char path[256], size[BL_UNITS_TEXT_MAX];

    if (!progress)
        return;
    (void)bl_printable(path, sizeof(path), file->path, strlen(file->path));
    fprintf(progress, "sending %s, %s\n", path, bl_format_size(file->size_bytes, size));
}

static int put_missing(struct bl_link *link, const struct bl_local_file *const *chosen,
                       size_t count, const struct bl_digest *missing, size_t missing_count,
                       FILE *progress, struct bl_err *err)
{
    for (size_t i = 0; i < missing_count; i++) {
        const struct bl_local_file key = {.digest = missing[i]}, *wanted = &key;
        const struct bl_local_file *const *found =
            bsearch(&wanted, chosen, count, sizeof(void *), by_digest);

        if (!found)
            return bl_fail(err, BL_STEP_CALL, 0, "Missing: it names what was not asked for");
        tell(progress, *found);
        if (bl_put(link, *found, err) < 0)
            return -1;
    }
    return 0;
}

int bl_upload(struct bl_link *link, const struct bl_draft *draft, FILE *progress, size_t *sent,
              struct bl_err *err)
{
    size_t room = draft->file_count ? draft->file_count : 1, count;
    bl_autofree const struct bl_local_file **chosen = calloc(room, sizeof(void *));
    bl_autofree struct bl_digest *digests = calloc(room, sizeof(*digests));
    bl_autofree struct bl_digest *missing = NULL;

    if (!chosen || !digests)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "files");
    count = choose(chosen, draft);
    for (size_t i = 0; i < count; i++)
        digests[i] = chosen[i]->digest;
    if (bl_missing(link, digests, count, &missing, sent, err) < 0)
        return -1;
    return put_missing(link, chosen, count, missing, *sent, progress, err);
}
