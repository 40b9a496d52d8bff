/* service_files.c - bailiff.v1.Files; Put and Get are streams of their own (file_put.c,
 * file_get.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/server/answer.h"
#include "executor/server/service_private.h"
#include "executor/server/store.h"
#include "proto/requests.h"

/* In their own place, in their order. */
static void keep_missing(struct bl_digests *digests, struct bl_store *store)
{
    size_t missing = 0;

    for (size_t i = 0; i < digests->count; i++) {
        struct bl_digest digest;

        memcpy(digest.bytes, digests->sha256[i], sizeof(digest.bytes));
        if (!bl_store_has(store, &digest))
            memmove(digests->sha256[missing++], digests->sha256[i], sizeof(digest.bytes));
    }
    digests->count = missing;
}

static int serve_missing(struct bl_site *site, struct bl_call *call, const struct bl_caller *caller,
                         const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_digests digests;
    struct bl_bytes answer;
    int result;

    (void)caller;
    if (bl_digests_decode(&digests, bytes, length, err))
        return -1;
    keep_missing(&digests, site->options.store);
    result = bl_digests_encode(&answer, digests.sha256, digests.count, err);
    bl_digests_release(&digests);
    if (result == 0)
        bl_answer(call, site, &answer);
    return result;
}

static void on_put(void *service, struct bl_call *call)
{
    bl_file_put(service, call);
}

static void on_get(void *service, struct bl_call *call)
{
    bl_request_begin(service, call, bl_serve_get);
}

static void on_missing(void *service, struct bl_call *call)
{
    bl_request_begin(service, call, serve_missing);
}

static const struct bl_method methods[] = {
    {"/bailiff.v1.Files/Put", BL_METHOD_UPLOAD, on_put},
    {"/bailiff.v1.Files/Get", BL_METHOD_ONE_REQUEST, on_get},
    {"/bailiff.v1.Files/Missing", BL_METHOD_ONE_REQUEST, on_missing},
    {NULL, BL_METHOD_ONE_REQUEST, NULL},
};

struct bl_service bl_site_files(struct bl_site *site)
{
    return (struct bl_service){methods, site};
}
