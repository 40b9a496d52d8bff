/* Any bytes as a job file: it is refused with its name and a reason, or what comes of it is a
 * message that the worker's decoder takes or refuses with a field's name. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/job.h"
#include "executor/cli/client/job_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bl_draft draft;
    struct bl_err err = {.step = BL_STEP_NONE};
    uint8_t *bytes = NULL;
    size_t length;

    if (bl_draft_init(&draft, &err) == 0 &&
        bl_job_file_parse(&draft, "job.yaml", "folder", (const char *)data, size, &err) == 0) {
        for (size_t i = 0; i < draft.file_count; i++)
            assert(strncmp(draft.files[i].where, "job.yaml:", 9) == 0 && draft.files[i].into);
        if (bl_draft_pack(&draft, &bytes, &length, &err) == 0)
            assert(length <= BL_JOB_MESSAGE_MAX);
        else
            assert(err.step == BL_STEP_FIELD && err.detail[0]);
    } else {
        assert(err.step == BL_STEP_JOB_FILE && strstr(err.detail, "job.yaml"));
    }
    free(bytes);
    bl_draft_release(&draft);
    return 0;
}
