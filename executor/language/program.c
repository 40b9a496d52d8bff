/* program.c - see program.h. */
#include "executor/language/program.h"

int bl_program_read(struct bl_program *program, int folder, const char *path, const char *name,
                    struct bl_arena *arena, struct bl_err *err)
{
    struct bl_folder_entry *files;

    *program = (struct bl_program){.name = name, .folder = folder};
    if (bl_folder_tree(folder, path, arena, &files, &program->file_count, err))
        return -1;
    if (!program->file_count)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: holds no file", path);
    program->files = files;
    return 0;
}
