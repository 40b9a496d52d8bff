/* YAML, and a language file made of it: any bytes give a whole language or an error in words. */
#include <assert.h>
#include <stdlib.h>

#include "executor/base/yaml.h"
#include "executor/language/language.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bl_yaml_file file = {.name = "fuzz", .step = BL_STEP_PACKAGE};
    struct bl_arena arena = {0};
    struct bl_language language = {0};
    struct bl_err err = {.step = BL_STEP_NONE};

    if (bl_yaml_parse(&file, (const char *)data, size, &arena, &err) != 0)
        assert(err.step != BL_STEP_NONE && err.detail[0]);
    err.step = BL_STEP_NONE;
    if (bl_language_parse(&language, "fuzz", (const char *)data, size, &arena, &err) != 0)
        assert(err.step != BL_STEP_NONE && err.detail[0]);
    bl_arena_release(&arena);
    return 0;
}
