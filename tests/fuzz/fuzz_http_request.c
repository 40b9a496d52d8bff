/* The head of an HTTP request, whole and in two pieces: what is taken or refused early stays so. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/server/http_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length = size > 0 ? data[0] * size / 256 : 0; /* of the first piece */
    bl_autofree char *piece = malloc(length + 1); /* its own, so that a look beyond is seen */
    struct bl_http_request early, whole;
    unsigned first, second;

    if (!piece)
        return 0;
    if (length > 0)
        memcpy(piece, data, length);
    first = bl_http_request_parse(piece, length, &early);
    second = bl_http_request_parse((const char *)data, size, &whole);
    assert(first == 0 || first == 200 || first >= 400);
    assert(size < BL_HTTP_HEAD_MAX || second != 0);
    if (first == 200)
        assert(second == 200 && strcmp(early.path, whole.path) == 0 && whole.path[0] == '/');
    if (first >= 400)
        assert(second >= 400);
    return 0;
}
