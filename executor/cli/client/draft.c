#include "executor/cli/client/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/server/store_hash.h"
#include "proto/decode.h"

enum { PIECE_BYTES = 256 * 1024 };

int bl_draft_init(struct bl_draft *draft, struct bl_err *err)
{
    *draft = (struct bl_draft){.file_count = 0};
    draft->job = bl_draft_message(draft, &bailiff__v1__job__descriptor, err);
    return draft->job ? 0 : -1;
}

void bl_draft_release(struct bl_draft *draft)
{
    bl_arena_release(&draft->arena);
    free(draft->files);
    *draft = (struct bl_draft){.file_count = 0};
}

void *bl_draft_message(struct bl_draft *draft, const ProtobufCMessageDescriptor *type,
                       struct bl_err *err)
{
    void *message = bl_arena_alloc(&draft->arena, 1, type->sizeof_message, err);

    if (message)
        type->message_init(message);
    return message;
}

static int make_room(struct bl_draft *draft, struct bl_err *err)
{
    size_t room = draft->file_room ? 2 * draft->file_room : 64;
    struct bl_local_file *more;

    if (draft->file_count < draft->file_room)
        return 0;
    if (draft->file_count >= BL_DRAFT_FILES_MAX)
        return bl_fail(err, BL_STEP_JOB_FILE, 0, "more than %d files", BL_DRAFT_FILES_MAX);
    more = reallocarray(draft->files, room, sizeof(*more));
    if (!more)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "files");
    draft->files = more;
    draft->file_room = room;
    return 0;
}

int bl_draft_file(struct bl_draft *draft, Bailiff__V1__File *into, const char *folder,
                  const char *path, const char *where, struct bl_err *err)
{
    bool alone = path[0] == '/' || !folder[0];
    struct bl_local_file file = {.into = into};

    if (make_room(draft, err) < 0)
        return -1;
    file.path =
        bl_arena_format(&draft->arena, err, "%s%s%s", alone ? "" : folder, alone ? "" : "/", path);
    file.where = file.path ? bl_arena_string(&draft->arena, where, strlen(where), err) : NULL;
    if (!file.where)
        return -1;
    draft->files[draft->file_count++] = file;
    return 0;
}

/* "job.yaml:12: " before the path. */
static int fail_file(const struct bl_local_file *file, int sys_errno, const char *what,
                     struct bl_err *err)
{
    return bl_fail(err, BL_STEP_FILE_READ, sys_errno, "%.80s%s%.130s%s%s", file->where,
                   file->where[0] ? ": " : "", file->path, what[0] ? ": " : "", what);
}

static int open_file(struct bl_local_file *file, struct bl_err *err)
{
    /* A FIFO would wait for its writer. */
    bl_autoclose int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat is;

    if (fd < 0 || fstat(fd, &is) < 0)
        return fail_file(file, errno, "", err);
    if (!S_ISREG(is.st_mode))
        return fail_file(file, 0, "not a regular file", err);
    file->size_bytes = (uint64_t)is.st_size;
    return bl_take_fd(&fd);
}

static int read_inside(struct bl_draft *draft, struct bl_local_file *file, int fd,
                       struct bl_err *err)
{
    size_t size = (size_t)file->size_bytes, got = 0;
    uint8_t *bytes = bl_arena_alloc(&draft->arena, size ? size : 1, 1, err);

    if (!bytes)
        return -1;
    while (got < size) {
        ssize_t more = read(fd, bytes + got, size - got);

        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return fail_file(file, more < 0 ? errno : 0, "it shrinks as it is read", err);
        got += (size_t)more;
    }
    file->is_inside = true;
    file->into->source_case = BAILIFF__V1__FILE__SOURCE_INLINE;
    file->into->inline_ = (ProtobufCBinaryData){size, bytes};
    return 0;
}

static int hash_all(struct bl_hash *hash, struct bl_local_file *file, int fd, uint8_t *piece,
                    struct bl_err *err)
{
    file->size_bytes = 0;
    for (;;) {
        ssize_t got = read(fd, piece, PIECE_BYTES);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_file(file, errno, "", err);
        if (got == 0)
            return bl_hash_end(hash, &file->digest, err);
        file->size_bytes += (uint64_t)got;
        if (bl_hash_add(hash, piece, (size_t)got, err) != 0)
            return -1;
    }
}

static int read_digest(struct bl_draft *draft, struct bl_local_file *file, int fd, uint8_t *piece,
                       struct bl_err *err)
{
    struct bl_hash *hash = NULL;
    uint8_t *bytes = bl_arena_alloc(&draft->arena, 1, BL_DIGEST_BYTES, err);
    int status;

    if (!bytes || bl_hash_new(&hash, err) != 0)
        return -1;
    status = hash_all(hash, file, fd, piece, err);
    bl_hash_free(&hash);
    if (status == 0)
        memcpy(bytes, file->digest.bytes, BL_DIGEST_BYTES);
    if (file->into) {
        file->into->source_case = BAILIFF__V1__FILE__SOURCE_SHA256;
        file->into->sha256 = (ProtobufCBinaryData){BL_DIGEST_BYTES, bytes};
    }
    return status;
}

int bl_draft_settle(struct bl_draft *draft, struct bl_err *err)
{
    bl_autofree uint8_t *piece = malloc(PIECE_BYTES);
    size_t inside = 0;

    if (!piece)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "files");
    for (size_t i = 0; i < draft->file_count; i++) {
        struct bl_local_file *file = &draft->files[i];
        bl_autoclose int fd = open_file(file, err);
        bool fits = file->into && file->size_bytes <= BL_DRAFT_INLINE_MAX &&
                    inside + file->size_bytes <= BL_DRAFT_INLINE_TOTAL_MAX;

        if (fd < 0 ||
            (fits ? read_inside(draft, file, fd, err) : read_digest(draft, file, fd, piece, err)))
            return -1;
        inside += file->is_inside ? file->size_bytes : 0;
    }
    return 0;
}

int bl_draft_pack(const struct bl_draft *draft, uint8_t **bytes, size_t *length, struct bl_err *err)
{
    size_t size = bailiff__v1__job__get_packed_size(draft->job);
    bl_autofree uint8_t *packed = NULL;
    struct bl_job *job = NULL;

    if (size > BL_JOB_MESSAGE_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0,
                       "the job: %zu bytes: it has at most 16 MiB; put large files by path", size);
    packed = malloc(size ? size : 1);
    if (!packed)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the job");
    (void)bailiff__v1__job__pack(draft->job, packed); /* as long as it said */
    if (bl_job_decode(&job, packed, size, err) != 0)
        return -1;
    bl_job_free(&job);
    *bytes = bl_take(&packed);
    *length = size;
    return 0;
}
