/* yaml_file.c - see yaml_file.h. */
#include "executor/judge/yaml_file.h"

int bl_yaml_load(struct bl_yaml_file *file, int package, const char *path, struct bl_arena *arena,
                 struct bl_err *err)
{
    const char *text;
    size_t length;

    *file = (struct bl_yaml_file){.name = path, .step = BL_STEP_PACKAGE};
    if (bl_folder_text(package, path, BL_YAML_BYTES_MAX, arena, &text, &length, err))
        return -1;
    return text ? bl_yaml_parse(file, text, length, arena, err) : 0;
}

int bl_yaml_load_map(struct bl_yaml_file *file, int package, const char *path,
                     struct bl_arena *arena, struct bl_err *err)
{
    if (bl_yaml_load(file, package, path, arena, err))
        return -1;
    return file->root ? bl_yaml_expect(file, file->root, BL_YAML_MAP, err) : 0;
}
