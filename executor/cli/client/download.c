#include "executor/cli/client/download.h"

#include <bailiff/v1/executor.pb-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/whole_file.h"
#include "executor/server/store_hash.h"
#include "proto/message.h"
#include "proto/requests.h"

struct download {
    int fd;
    struct bl_hash *hash;
    const char *name; /* for messages */
};

static int write_all(const struct download *to, const uint8_t *bytes, size_t length,
                     struct bl_err *err)
{
    while (length > 0) {
        ssize_t written = write(to->fd, bytes, length);

        if (written < 0 && errno != EINTR)
            return bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s", to->name);
        bytes += written < 0 ? 0 : written;
        length -= written < 0 ? 0 : (size_t)written;
    }
    return 0;
}

static int on_chunk(void *ctx, const uint8_t *bytes, size_t length, struct bl_err *err)
{
    const struct download *to = ctx;
    struct bl_message message;
    ProtobufCBinaryData data;
    int status;

    if (bl_message_read(&message, &bailiff__v1__get_chunk__descriptor, bytes, length,
                        BL_CHUNK_MESSAGE_MAX, BL_MESSAGE_OPEN, err) < 0)
        return -1;
    data = ((const Bailiff__V1__GetChunk *)message.root)->data;
    status = bl_hash_add(to->hash, data.data, data.len, err);
    if (status == 0)
        status = write_all(to, data.data, data.len, err);
    bl_message_release(&message);
    return status;
}

static int fetch(struct bl_link *link, const struct bl_digest *digest, struct download *to,
                 struct bl_err *err)
{
    Bailiff__V1__GetRequest request = BAILIFF__V1__GET_REQUEST__INIT;
    struct bl_link_call call = {.method = "Files/Get", .on_message = on_chunk, .ctx = to};
    struct bl_bytes bytes = {NULL, 0};
    struct bl_digest got;
    int status;

    request.sha256 = (ProtobufCBinaryData){BL_DIGEST_BYTES, (uint8_t *)digest->bytes}; /* read */
    if (bl_link_pack(&bytes, &request.base, err) < 0)
        return -1;
    status = bl_link_call(link, &call, &bytes, err);
    bl_bytes_release(&bytes);
    if (status < 0 || bl_hash_end(to->hash, &got, err) != 0)
        return -1;
    return bl_digest_equal(&got, digest)
               ? 0
               : bl_fail(err, BL_STEP_CALL, 0, "Get: what came is another file");
}

/* Without a name, beside where it will stand, so that there is room for it. */
static int open_beside(const char *path, struct bl_err *err)
{
    const char *slash = strrchr(path, '/');
    bl_autofree char *name = NULL;
    int fd;

    if (asprintf(&name, "%.*s.bailiff-XXXXXX", slash ? (int)(slash - path) + 1 : 0, path) < 0) {
        name = NULL;
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", path);
    }
    fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        return bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s", path);
    (void)unlink(name); /* just made: its descriptor is all that is wanted */
    return fd;
}

int bl_download(struct bl_link *link, const struct bl_digest *digest, const char *path,
                struct bl_err *err)
{
    bl_autoclose int temporary = -1;
    struct download to = {.fd = STDOUT_FILENO, .name = path ? path : "standard output"};
    int status;

    if (path) {
        if (bl_whole_file_check(path, err) < 0)
            return -1;
        temporary = to.fd = open_beside(path, err);
        if (to.fd < 0)
            return -1;
    }
    if (bl_hash_new(&to.hash, err) != 0)
        return -1;
    status = fetch(link, digest, &to, err);
    bl_hash_free(&to.hash);
    if (status == 0 && path)
        status = bl_whole_file_copy(path, to.fd, 0666, err);
    return status;
}
