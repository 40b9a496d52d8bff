/* store_fetch_curl.h - libcurl's multi interface on the loop (process: fetcher). */
#ifndef BL_SERVER_STORE_FETCH_CURL_H
#define BL_SERVER_STORE_FETCH_CURL_H

#include <curl/curl.h>

#include "executor/base/loop.h"

struct bl_curl;

/* An easy handle is done; it is out of libcurl's hands, may be freed or added again. From the loop,
 * never from inside libcurl. */
typedef void bl_on_curl_done(void *ctx, CURL *easy, CURLcode result);

/* Fails with MEMORY, LOOP. */
int bl_curl_new(struct bl_curl **out, struct bl_loop *loop, bl_on_curl_done *on_done, void *ctx,
                struct bl_err *err);
void bl_curl_free(struct bl_curl **curl); /* all easy handles removed before */

bool bl_curl_add(struct bl_curl *curl, CURL *easy);
void bl_curl_remove(struct bl_curl *curl, CURL *easy); /* one that is not in: nothing */

/* bl_curl_continue - after curl_easy_pause(): what that finished is told. */
void bl_curl_continue(struct bl_curl *curl);

#endif
