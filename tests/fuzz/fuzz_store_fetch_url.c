/* URLs of clients, and the names of files in the store's folder. What is taken is written anew so
 * that it is taken again as the same; it leads nowhere but below itself; a digest has one
 * spelling. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/digest.h"
#include "bailiff/own.h"
#include "executor/server/store_fetch_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_url(const char *text)
{
    struct bl_url url, again;
    struct bl_url_prefix prefix;
    struct bl_err err;
    char *query;

    if (bl_url_parse(text, &url, &err) != 0) {
        assert(err.step == BL_STEP_FETCH);
        return;
    }
    assert(strlen(url.text) < sizeof(url.text) && url.text[url.path_at] == '/' && url.port > 0);
    if (strlen(url.text) > BL_URL_MAX)
        return; /* a port was added: what is this long is not taken twice */
    assert(bl_url_parse(url.text, &again, &err) == 0);
    assert(strcmp(again.text, url.text) == 0 && strcmp(again.host, url.host) == 0);
    query = strchr(again.text, '?');
    if (query)
        *query = '\0';
    assert(!strstr(again.text, "/../") && !strstr(again.text, "/./"));
    prefix = (struct bl_url_prefix){again.text, false};
    assert(bl_url_prefixes_check(&prefix, 1, &err) == 0);
    assert(bl_url_allowed_by(&url, &prefix, 1));
}

static void try_digest(const char *text)
{
    char again[BL_DIGEST_TEXT_MAX];
    struct bl_digest digest;

    if (bl_digest_parse(text, &digest))
        assert(strcmp(bl_digest_format(&digest, again), text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* An allocation of exactly the size, so that reading on is seen. */
    bl_autofree char *text = malloc(size + 1);

    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    try_url(text);
    try_digest(text);
    return 0;
}
