/* What the queue keeps of a job's tries: whatever it is, it is read or refused, and what was read
 * can be written and read again as the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/queue/history.h"
#include "executor/queue/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_names(const uint8_t *data, size_t size)
{
    char text[BL_QUEUE_SUBJECT_MAX + 8], tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];
    char key[BL_QUEUE_KEY_MAX];
    struct bl_queue_lane lane;
    struct bl_err err;

    if (size >= sizeof(text))
        return;
    memcpy(text, data, size);
    text[size] = '\0';
    (void)bl_queue_lane_parse(text, &lane);
    if (!bl_queue_key_parse(text, tenant, id))
        return;
    assert(bl_queue_key(key, tenant, id, &err) == 0);
    assert(strcmp(key, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bl_autofree char *text = NULL;
    struct bl_history history, again;
    struct bl_err err;

    read_names(data, size);
    if (bl_history_parse(&history, (const char *)data, size, &err) < 0)
        return 0;
    assert(bl_history_format(&history, &text, &err) == 0);
    assert(strlen(text) <= BL_HISTORY_TEXT_MAX);
    assert(bl_history_parse(&again, text, strlen(text), &err) == 0);
    assert(memcmp(&history, &again, sizeof(again)) == 0);
    return 0;
}
