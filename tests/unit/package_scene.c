#include "tests/unit/package_scene.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

struct package_scene scene;

void package_put_bytes(const char *path, const char *bytes, size_t length)
{
    char full[512];
    FILE *out;

    (void)snprintf(full, sizeof(full), "%s/%s", scene.root, path);
    for (char *slash = full + strlen(scene.root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
    out = fopen(full, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

void package_put(const char *path, const char *text)
{
    package_put_bytes(path, text, strlen(text));
}

const char *package_at(const char *path)
{
    static char full[512];

    (void)snprintf(full, sizeof(full), "%s/%s", scene.root, path);
    return full;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

int package_scene_begin(void **state)
{
    (void)state;
    strcpy(scene.root, "/tmp/bailiff-package-XXXXXX");
    scene.package.fd = -1;
    return mkdtemp(scene.root) ? 0 : -1;
}

int package_scene_end(void **state)
{
    (void)state;
    bl_package_release(&scene.package);
    return nftw(scene.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void package_put_minimal(const char *problem_yaml)
{
    package_put("problem.yaml", problem_yaml);
    package_put("data/secret/1.in", "1\n");
    package_put("data/secret/1.ans", "1\n");
    package_put("submissions/accepted/a.c", "int main(void){}\n");
}

void package_read(void)
{
    if (bl_package_read(&scene.package, scene.root, &scene.err))
        fail_msg("%s", scene.err.detail);
}

void package_refused(const char *says)
{
    assert_int_equal(bl_package_read(&scene.package, scene.root, &scene.err), -1);
    assert_int_equal(scene.package.fd, -1);
    assert_int_equal(bl_step_fault(scene.err.step), BL_FAULT_CLIENT);
    if (!strstr(scene.err.detail, says))
        fail_msg("'%s' does not say '%s'", scene.err.detail, says);
}
