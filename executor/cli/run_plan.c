#include "executor/cli/run_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/cli/file_args.h"
#include "limits/ceilings.h"

/* The path as the warden will find it, which has another working directory. */
static int resolve(char **out, const char *option, const char *path, struct bl_err *err)
{
    *out = realpath(path, NULL);
    return *out ? 0 : bl_fail(err, BL_STEP_INPUT, errno, "%s: %s", option, path);
}

static int add_root(struct bl_plan *plan, const char *directory, unsigned *root, struct bl_err *err)
{
    bl_autofree char *path = NULL;
    struct stat is;

    if (!directory)
        return bl_plan_add_host_root(plan, root, err);
    if (resolve(&path, "--root", directory, err) < 0)
        return -1;
    if (stat(path, &is) < 0 || !S_ISDIR(is.st_mode))
        return bl_fail(err, BL_STEP_INPUT, ENOTDIR, "--root: %s", directory);
    return bl_plan_add_dir_root(plan, path, root, err);
}

static int add_bind(struct bl_plan *plan, unsigned root, const char *text, struct bl_err *err)
{
    struct bl_file_arg arg = {0};
    bl_autofree char *path = NULL;
    struct stat is;
    int status = bl_file_arg_bind(&arg, text, err);

    if (status == 0)
        status = bl_name_check("--bind", arg.inside, err);
    if (status == 0)
        status = resolve(&path, "--bind", arg.outside, err);
    if (status == 0 && (stat(path, &is) < 0 || (!S_ISDIR(is.st_mode) && !S_ISREG(is.st_mode))))
        status = bl_fail(err, BL_STEP_INPUT, 0, "--bind: %s is neither a regular file nor a folder",
                         arg.outside);
    if (status == 0)
        status = bl_plan_add_entry(plan, root, BL_ENTRY_BIND, path, arg.inside, false, arg.writable,
                                   err);
    bl_file_arg_release(&arg);
    return status;
}

static bool is_below(const char *name, const char *folder)
{
    size_t length = strlen(folder);

    return strncmp(name, folder, length) == 0 && (name[length] == '/' || name[length] == '\0');
}

/* Has the root the name already, or a folder above it that is not ours to make things in? */
static bool is_placed(const struct bl_root *root, const char *name)
{
    for (uint32_t i = 0; i < root->entry_count; i++) {
        const struct bl_entry *entry = &root->entries[i];

        if (strcmp(name, entry->target) == 0 ||
            (entry->kind != BL_ENTRY_DIR && is_below(name, entry->target)))
            return true;
    }
    return false;
}

/* The root is read-only by the time an input comes: what it is to be mounted on must be there. */
static int add_mount_point(struct bl_plan *plan, unsigned root, const struct bl_input *input,
                           struct bl_err *err)
{
    struct stat is;

    if (bl_name_in_box(input->name)[0] != '/' || is_placed(&plan->roots[root], input->name))
        return 0;
    if (fstat(input->fd, &is) < 0)
        return bl_fail(err, BL_STEP_INPUT, errno, "%s", input->name);
    return bl_plan_add_entry(plan, root, S_ISDIR(is.st_mode) ? BL_ENTRY_DIR : BL_ENTRY_FILE, "",
                             input->name, false, false, err);
}

static int add_policy(struct bl_plan *plan, const char *name, unsigned *number, struct bl_err *err)
{
    bl_autofree struct bl_policy *policy = malloc(sizeof(*policy));
    struct bl_err why;

    if (!policy)
        return bl_fail(err, BL_STEP_MEMORY, errno, "policy");
    if (bl_policy_load(policy, name, &why) < 0)
        return bl_fail(err, why.step, why.sys_errno, "--seccomp %.80s: %s", name, why.detail);
    return bl_plan_add_policy(plan, policy, number, err);
}

static int fill(struct bl_plan *plan, const struct bl_run_options *options,
                const struct bl_run_files *files, struct bl_err *err)
{
    unsigned root = 0, policy = 0, profile = 0;

    plan->may_remap = true; /* whoever orders is root itself */
    if (add_root(plan, options->root, &root, err) < 0)
        return -1;
    for (size_t i = 0; i < options->binds.count; i++) {
        if (add_bind(plan, root, options->binds.items[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < files->input_count; i++) {
        if (add_mount_point(plan, root, &files->inputs[i], err) < 0)
            return -1;
    }
    const char *ordinary = options->network == BL_NETWORK_LOOPBACK ? "loopback" : "default";

    if (add_policy(plan, options->seccomp ? options->seccomp : ordinary, &policy, err) < 0)
        return -1;
    return bl_plan_add_profile(plan, "run", root, policy, options->network, &profile, err);
}

int bl_run_plan_new(struct bl_plan **out, const struct bl_run_options *options,
                    const struct bl_run_files *files, struct bl_err *err)
{
    if (bl_plan_new(out, err) < 0)
        return -1;
    if (fill(*out, options, files, err) < 0) {
        bl_plan_free(out);
        return -1;
    }
    return 0;
}
