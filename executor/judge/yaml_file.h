/* yaml_file.h - a YAML file of a package. */
#ifndef BL_JUDGE_YAML_FILE_H
#define BL_JUDGE_YAML_FILE_H

#include "executor/base/yaml.h"
#include "executor/language/folder.h"

/* bl_yaml_load - reads and parses the file at path (also its name in messages; lives as long as
 * *file). root NULL: there is no such file, or it is empty.
 * Fails with PACKAGE: larger than BL_YAML_BYTES_MAX, not UTF-8, not YAML as yaml.h has it. */
int bl_yaml_load(struct bl_yaml_file *file, int package, const char *path, struct bl_arena *arena,
                 struct bl_err *err);

/* bl_yaml_load_map - the same; what is not empty must be a map. */
int bl_yaml_load_map(struct bl_yaml_file *file, int package, const char *path,
                     struct bl_arena *arena, struct bl_err *err);

#endif
