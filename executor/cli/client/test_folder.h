/* test_folder.h - a folder of tests: NAME.in and NAME.ans beside it, in folders or not. */
#ifndef BL_CLIENT_TEST_FOLDER_H
#define BL_CLIENT_TEST_FOLDER_H

#include <stdbool.h>

#include "executor/base/arena.h"

enum { BL_TEST_FOLDER_DEPTH_MAX = 4, BL_TEST_FOLDER_CASES_MAX = 4096 };

struct bl_test_file {
    const char *name;           /* "secret/07-large", below the folder */
    const char *group;          /* "secret"; "": in the folder itself */
    const char *input, *answer; /* paths; answer NULL: there is none */
};

/* bl_test_folder_list - by name, bytewise, the folder's own before those of folders in it; *tests
 * (malloc(3)), its texts in the arena. need_answers: a test without one is an error. Hidden files
 * are passed over. Fails with OPTION, FILE_READ, MEMORY. */
int bl_test_folder_list(const char *folder, bool need_answers, struct bl_arena *arena,
                        struct bl_test_file **tests, size_t *count, struct bl_err *err);

#endif
