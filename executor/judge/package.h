/* package.h - one problem package, read whole: an ICPC/Kattis package in either format.
 *
 * Everything is hostile input: see folder.h for files and yaml.h for YAML. Reading opens no test
 * data and no source but for its tag; sizes are looked at when they are needed. */
#ifndef BL_JUDGE_PACKAGE_H
#define BL_JUDGE_PACKAGE_H

#include "executor/judge/problem.h"
#include "executor/judge/submissions.h"
#include "executor/judge/testdata.h"

struct bl_package {
    struct bl_arena arena;
    int fd;           /* owned; O_PATH */
    const char *name; /* the directory's */
    struct bl_problem problem;
    struct bl_testdata testdata;
    struct bl_submissions submissions;
    struct bl_program validator; /* where problem.custom_validator */
    struct bl_warnings warnings;
};

/* bl_package_read - path: the package's directory. On failure nothing is left to release.
 * Fails with PACKAGE: names file, line and bound. */
int bl_package_read(struct bl_package *package, const char *path, struct bl_err *err);
void bl_package_release(struct bl_package *package);

/* bl_package_include - the files of include/default and include/<language> that go with every
 * submission of that language; the latter's stand last and win. */
int bl_package_include(struct bl_package *package, const char *language,
                       struct bl_folder_entry **files, size_t *count, struct bl_err *err);

#endif
