#include "limits/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/policy_rules.h"

static struct bl_policy_kernel running_kernel(void)
{
    struct bl_policy_kernel kernel = {0};
    struct utsname names;

    /* Where the release is no version (it never is on Linux), minKernel does not hold. */
    if (uname(&names) == 0)
        (void)sscanf(names.release, "%u.%u", &kernel.major, &kernel.minor);
    return kernel;
}

static int parse(struct bl_policy *out, const char *name, const char *json, size_t length,
                 bool unattended, struct bl_err *err)
{
    const struct bl_policy_kernel kernel = running_kernel();
    bl_autofree struct bl_policy *policy = calloc(1, sizeof(*policy));
    struct bl_policy_rules rules = {.unattended = unattended};
    int result;

    if (!policy)
        return bl_fail(err, BL_STEP_MEMORY, 0, "seccomp policy");
    (void)snprintf(policy->name, sizeof(policy->name), "%s", name);
    result = bl_policy_profile_read(&rules, json, length, &kernel, err);
    if (result == 0)
        result = bl_policy_compile(policy, &rules, err);
    policy->ignored_names = rules.ignored_names;
    bl_policy_rules_release(&rules);
    if (result == 0)
        *out = *policy;
    return result;
}

int bl_policy_parse(struct bl_policy *out, const char *name, const char *json, size_t length,
                    struct bl_err *err)
{
    return parse(out, name, json, length, false, err);
}

int bl_policy_parse_own(struct bl_policy *out, const char *name, const char *json, size_t length,
                        struct bl_err *err)
{
    return parse(out, name, json, length, true, err);
}

/* Reads at most `capacity` bytes; a file that is longer fails. */
static int read_file(const char *path, char *buffer, size_t capacity, size_t *length,
                     struct bl_err *err)
{
    bl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t got;

    if (fd < 0)
        return bl_fail(err, BL_STEP_POLICY, errno, "%s", path);
    for (*length = 0; *length < capacity; *length += (size_t)got) {
        got = read(fd, buffer + *length, capacity - *length);
        if (got < 0)
            return bl_fail(err, BL_STEP_POLICY, errno, "%s", path);
        if (got == 0)
            return 0;
    }
    return bl_fail(err, BL_STEP_POLICY, EFBIG, "%s: at most %d bytes", path,
                   BL_POLICY_FILE_BYTES_MAX);
}

static int load_file(struct bl_policy *out, const char *path, struct bl_err *err)
{
    const size_t capacity = BL_POLICY_FILE_BYTES_MAX + 1;
    const char *slash = strrchr(path, '/');
    bl_autofree char *json = malloc(capacity);
    size_t length = 0;

    if (!json)
        return bl_fail(err, BL_STEP_MEMORY, 0, "seccomp profile");
    if (read_file(path, json, capacity, &length, err))
        return -1;
    return bl_policy_parse(out, slash ? slash + 1 : path, json, length, err);
}

static int fail_unknown(const char *name, struct bl_err *err)
{
    char known[128] = "";
    size_t used = 0;

    for (const struct bl_policy_shipped *s = bl_policy_shipped; s->name; s++) {
        int wrote = snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", s->name);

        if (wrote < 0 || (size_t)wrote >= sizeof(known) - used)
            break;
        used += (size_t)wrote;
    }
    return bl_fail(err, BL_STEP_POLICY, 0, "%.64s: no such policy; there are %s, or give a file",
                   name, known);
}

int bl_policy_load(struct bl_policy *out, const char *name_or_path, struct bl_err *err)
{
    size_t length = strlen(name_or_path);

    if (strchr(name_or_path, '/') ||
        (length > 5 && strcmp(name_or_path + length - 5, ".json") == 0))
        return load_file(out, name_or_path, err);
    for (const struct bl_policy_shipped *s = bl_policy_shipped; s->name; s++) {
        if (strcmp(s->name, name_or_path) == 0)
            return bl_policy_parse(out, s->name, s->json, s->length, err);
    }
    return fail_unknown(name_or_path, err);
}
