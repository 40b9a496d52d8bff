#include "bench/oci.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

enum { NOBODY = 65534 };

static const char *const bound[] = {"/usr", "/bin", "/lib", "/lib64"};
static const char *const own[] = {"/proc", "/dev", "/tmp"};
static const char *const namespaces[] = {"pid", "mount", "network", "ipc", "uts", "cgroup"};

static int make_folder(const char *parent, const char *name, struct bl_err *err)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s%s", parent, name); /* both are ours, and short */
    return mkdir(path, 0755) == 0 ? 0 : bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s", path);
}

static int make_folders(const char *folder, struct bl_err *err)
{
    char root[PATH_MAX];

    (void)snprintf(root, sizeof(root), "%s/rootfs", folder);
    if (make_folder(folder, "", err) < 0 || make_folder(root, "", err) < 0)
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(bound); i++)
        if (make_folder(root, bound[i], err) < 0)
            return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(own); i++)
        if (make_folder(root, own[i], err) < 0)
            return -1;
    return 0;
}

static json_t *mounts(void)
{
    json_t *all =
        json_pack("[{s:s, s:s, s:s, s:[s, s, s]}, {s:s, s:s, s:s, s:[s, s, s]},"
                  " {s:s, s:s, s:s, s:[s, s, s]}]",
                  "destination", "/proc", "type", "proc", "source", "proc", "options", "nosuid",
                  "nodev", "noexec", "destination", "/dev", "type", "tmpfs", "source", "tmpfs",
                  "options", "nosuid", "mode=755", "size=64k", "destination", "/tmp", "type",
                  "tmpfs", "source", "tmpfs", "options", "nosuid", "nodev", "size=64m");

    for (size_t i = 0; all && i < BL_ARRAY_LEN(bound); i++) {
        json_t *bind =
            json_pack("{s:s, s:s, s:s, s:[s, s, s, s]}", "destination", bound[i], "type", "bind",
                      "source", bound[i], "options", "rbind", "ro", "nosuid", "nodev");
        struct stat is;
        if (stat(bound[i], &is) != 0)
            json_decref(bind); /* not every system has a /lib64 */
        else if (json_array_append_new(all, bind) < 0)
            return json_decref(all), NULL;
    }
    return all;
}

static json_t *linux_part(void)
{
    json_t *kinds = json_array();

    for (size_t i = 0; i < BL_ARRAY_LEN(namespaces); i++)
        (void)json_array_append_new(kinds, json_pack("{s:s}", "type", namespaces[i]));
    if (json_array_size(kinds) != BL_ARRAY_LEN(namespaces))
        return json_decref(kinds), NULL;
    return json_pack("{s:o, s:{s:{s:I}, s:{s:i}}}", "namespaces", kinds, "resources", "memory",
                     "limit", (json_int_t)(256 * BL_MIB), "pids", "limit", 64);
}

static json_t *config(const char *program)
{
    return json_pack("{s:s, s:{s:s, s:b}, s:s, s:o, s:o,"
                     " s:{s:b, s:{s:i, s:i}, s:[s], s:[s], s:s, s:{}, s:b}}",
                     "ociVersion", "1.0.2", "root", "path", "rootfs", "readonly", true, "hostname",
                     "bench", "mounts", mounts(), "linux", linux_part(), "process", "terminal",
                     false, "user", "uid", NOBODY, "gid", NOBODY, "args", program, "env",
                     "PATH=/usr/bin:/bin", "cwd", "/", "capabilities", "noNewPrivileges", true);
}

int bl_oci_bundle(const char *folder, const char *program, struct bl_err *err)
{
    char path[PATH_MAX];

    if (make_folders(folder, err) < 0)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/config.json", folder);
    json_t *json = config(program);
    if (!json)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", path);
    int failed = json_dump_file(json, path, JSON_INDENT(2));
    json_decref(json);
    return failed ? bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s", path) : 0;
}
