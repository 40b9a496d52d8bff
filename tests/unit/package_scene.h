/* package_scene.h - a problem package that is made in a temporary folder, and read. */
#ifndef BL_TESTS_UNIT_PACKAGE_SCENE_H
#define BL_TESTS_UNIT_PACKAGE_SCENE_H

#include "executor/judge/package.h"

/* One for each test program; released and removed by package_scene_end(). */
extern struct package_scene {
    char root[64];
    struct bl_package package;
    struct bl_err err;
} scene;

/* Set-up and tear-down of a test. */
int package_scene_begin(void **state);
int package_scene_end(void **state);

/* Write root/path, making its folders. */
void package_put_bytes(const char *path, const char *bytes, size_t length);
void package_put(const char *path, const char *text);

/* The smallest package that can be judged. */
void package_put_minimal(const char *problem_yaml);

/* root/path; until the next call. */
const char *package_at(const char *path);

/* Reads it into scene.package, or asserts that it is refused with these words. */
void package_read(void);
void package_refused(const char *says);

#endif
