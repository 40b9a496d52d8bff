/* bailiff attach - the events of a job that a worker knows, from the first one on. Leaving early
 * leaves the job, which ends where it is not detached and nobody else watches. */
#include <bailiff/v1/executor.pb-c.h>

#include "bailiff/own.h"
#include "executor/cli/client/client_commands.h"
#include "executor/cli/client/follow.h"
#include "executor/cli/client/session.h"

struct attach_options {
    bool help, json, quiet, verbose;
    const char *tenant;
    struct bl_link_options link;
};

#define AT(field) offsetof(struct attach_options, field)

static const struct bl_option rows[] = {
    {"tenant", "NAME", "whose job it is, where that is not who we are", bl_option_text, AT(tenant)},
    {"json", NULL, "every event as a line of JSON (docs/report.md)", bl_option_flag, AT(json)},
    {"verbose", NULL, "show what programs wrote also where all went well", bl_option_flag,
     AT(verbose)},
    {"quiet", NULL, "nothing on standard error while it goes well", bl_option_flag, AT(quiet)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_attach_options_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {
        {"Options", rows, BL_ARRAY_LEN(rows), 0},
        bl_link_option_group(AT(link)),
    };

    use(ctx, &(const struct bl_syntax){
                 .command = "attach",
                 .usage = "[OPTION]... ID",
                 .about = "Tells what happened to a job that the worker knows, and follows it to "
                          "its end. The status is that of `bailiff submit`.",
                 .groups = groups,
                 .group_count = BL_ARRAY_LEN(groups),
             });
}

static int attach(struct bl_client_session *worker, const struct attach_options *options,
                  const char *id, struct bl_follow *follow, struct bl_err *err)
{
    Bailiff__V1__JobRef ref = BAILIFF__V1__JOB_REF__INIT;
    Bailiff__V1__AttachRequest request = BAILIFF__V1__ATTACH_REQUEST__INIT;
    struct bl_link_call call = {
        .method = "Executor/Attach", .on_message = bl_follow_event, .ctx = follow};
    struct bl_bytes bytes = {NULL, 0};
    int status;

    ref.id = (char *)(uintptr_t)id; /* only read */
    if (options->tenant)
        ref.tenant = (char *)(uintptr_t)options->tenant;
    request.job = &ref;
    if (bl_job_ref_check(id, options->tenant, err) < 0 ||
        bl_client_open(worker, &options->link, err) < 0 ||
        bl_link_pack(&bytes, &request.base, err) < 0)
        return -1;
    status = bl_link_call(worker->link, &call, &bytes, err);
    bl_bytes_release(&bytes);
    return status;
}

int bl_command_attach(char **argv)
{
    struct attach_options options = {.help = false};
    struct bl_client_session worker = {NULL, NULL};
    struct bl_follow follow = {.json = false};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_attach_options_describe, &options, &options.help, argv, 1, 1, &status))
        return status;
    follow.json = options.json;
    follow.printer = (struct bl_event_printer){
        .results = stdout, .progress = options.quiet ? NULL : stderr, .verbose = options.verbose};
    status = attach(&worker, &options, argv[0], &follow, &err);
    status = status < 0 ? bl_client_fail(&err) : bl_follow_status(&follow);
    bl_client_close(&worker);
    return status;
}
