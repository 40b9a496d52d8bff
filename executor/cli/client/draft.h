/* draft.h - a job in the making: a message of the schema, and the files of this host that belong
 * into it.
 *
 * Whoever makes one (job_file.h, shorthand.h) notes where a file goes, without opening it;
 * bl_draft_settle() reads them all: a small one goes along inside the job, of another its digest,
 * so that it is sent once (upload.h). Same files, same job, byte for byte: that is what lets a job
 * with an id be sent again. */
#ifndef BL_CLIENT_DRAFT_H
#define BL_CLIENT_DRAFT_H

#include <bailiff/v1/job.pb-c.h>

#include "bailiff/digest.h"
#include "bailiff/err.h"
#include "executor/base/arena.h"

enum {
    BL_DRAFT_FILES_MAX = 32768,
    BL_DRAFT_INLINE_MAX = 4 * 1024,              /* a file up to this size goes along inside, */
    BL_DRAFT_INLINE_TOTAL_MAX = 4 * 1024 * 1024, /* up to this many bytes of all */
};

struct bl_local_file {
    const char *path;
    const char *where; /* who names it, for messages: "job.yaml:12"; "": the command line */
    Bailiff__V1__File *into;
    struct bl_digest digest; /* settled, and not inside */
    uint64_t size_bytes;
    bool is_inside;
};

struct bl_draft {
    struct bl_arena arena; /* all of it but the list */
    Bailiff__V1__Job *job;
    struct bl_local_file *files; /* owned */
    size_t file_count, file_room;
};

/* bl_draft_init - an empty job. Fails with MEMORY; release it in either case. */
int bl_draft_init(struct bl_draft *draft, struct bl_err *err);
void bl_draft_release(struct bl_draft *draft);

/* bl_draft_message - a new message of that type; NULL with *err set. */
void *bl_draft_message(struct bl_draft *draft, const ProtobufCMessageDescriptor *type,
                       struct bl_err *err);

/* bl_draft_file - the file at path, relative to folder ("": the current one) unless it is absolute.
 * All texts are copied. into: a message of the draft; NULL: its digest is all that is wanted. Fails
 * with JOB_FILE (too many), MEMORY. */
int bl_draft_file(struct bl_draft *draft, Bailiff__V1__File *into, const char *folder,
                  const char *path, const char *where, struct bl_err *err);

/* bl_draft_settle - reads every file and puts its bytes or its digest into the job. Fails with
 * FILE_READ (not there, not a regular file), MEMORY. */
int bl_draft_settle(struct bl_draft *draft, struct bl_err *err);

/* bl_draft_pack - the job as bytes (malloc(3)), held to the worker's own bounds first: what is
 * wrong is told before anything travels. Settled before. Fails with FIELD, MEMORY. */
int bl_draft_pack(const struct bl_draft *draft, uint8_t **bytes, size_t *length,
                  struct bl_err *err);

#endif
