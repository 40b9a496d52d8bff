/* The exec order: any bytes are taken apart within their length or refused, and what was taken
 * apart is what the worker would have to build to give the same bytes. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/sandbox/launch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build_again(const struct bl_launch_words *words, const char *bytes, size_t size)
{
    struct bl_launch header, again;
    bl_autofree char *built = NULL;
    struct bl_spec spec = {.argv = (const char *const *)words->argv,
                           .env = (const char *const *)words->envp,
                           .workdir = words->workdir};
    struct bl_err err;
    size_t length;

    memcpy(&header, bytes, sizeof(header));
    if (bl_launch_build(&spec, &built, &length, &err) != 0) {
        assert(err.step == BL_STEP_ORDER_SIZE || err.step == BL_STEP_MEMORY);
        return;
    }
    memcpy(&again, built, sizeof(again));
    assert(length == size && again.argc == header.argc && again.envc == header.envc);
    assert(memcmp(built + sizeof(header), bytes + sizeof(header), size - sizeof(header)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* An allocation of exactly the size, so that reading on is seen. */
    bl_autofree char *bytes = malloc(size ? size : 1);
    bl_autofree struct bl_launch_words *words = malloc(sizeof(*words));
    size_t seen = 0;

    if (!bytes || !words)
        return 0;
    if (size > 0)
        memcpy(bytes, data, size);
    if (bl_launch_read(words, bytes, size) != 0) {
        assert(errno == EPROTO);
        return 0;
    }
    assert(words->argv[0]);
    for (char **word = words->argv; *word; word++)
        seen += strlen(*word) + 1;
    for (char **word = words->envp; *word; word++)
        seen += strlen(*word) + 1;
    assert(sizeof(struct bl_launch) + strlen(words->workdir) + 1 + seen == size);
    build_again(words, bytes, size);
    return 0;
}
