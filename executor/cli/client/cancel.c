/* bailiff cancel - kills what runs of a job and skips the rest; answers when nothing is left. */
#include <bailiff/v1/executor.pb-c.h>

#include "bailiff/own.h"
#include "executor/cli/client/client_commands.h"
#include "executor/cli/client/event_text.h"
#include "executor/cli/client/session.h"
#include "proto/message.h"
#include "proto/requests.h"

struct cancel_options {
    bool help, quiet;
    const char *tenant;
    struct bl_link_options link;
};

#define AT(field) offsetof(struct cancel_options, field)

static const struct bl_option rows[] = {
    {"tenant", "NAME", "whose job it is, where that is not who we are", bl_option_text, AT(tenant)},
    {"quiet", NULL, "do not say how it ended", bl_option_flag, AT(quiet)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_cancel_options_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {
        {"Options", rows, BL_ARRAY_LEN(rows), 0},
        bl_link_option_group(AT(link)),
    };

    use(ctx, &(const struct bl_syntax){
                 .command = "cancel",
                 .usage = "[OPTION]... ID",
                 .about = "Kills what runs of a job, skips the rest, and says how the job ended "
                          "when nothing of it is left; one that was over before is left as it is.",
                 .groups = groups,
                 .group_count = BL_ARRAY_LEN(groups),
             });
}

static int on_reply(void *ctx, const uint8_t *bytes, size_t length, struct bl_err *err)
{
    const struct cancel_options *options = ctx;
    struct bl_message message;
    char number[16];

    if (bl_message_read(&message, &bailiff__v1__cancel_reply__descriptor, bytes, length,
                        BL_REQUEST_BYTES_MAX, BL_MESSAGE_OPEN, err) < 0)
        return -1;
    if (!options->quiet)
        printf("%s\n",
               bl_enum_name_of(&bailiff__v1__end__descriptor,
                               (int)((const Bailiff__V1__CancelReply *)message.root)->end, number));
    bl_message_release(&message);
    return 0;
}

static int cancel(struct bl_client_session *worker, struct cancel_options *options, const char *id,
                  struct bl_err *err)
{
    struct bl_link_call call = {
        .method = "Executor/Cancel", .on_message = on_reply, .ctx = options};
    struct bl_bytes ref = {NULL, 0};
    int status;

    if (bl_job_ref_check(id, options->tenant, err) < 0 ||
        bl_client_open(worker, &options->link, err) < 0 ||
        bl_job_ref_pack(&ref, id, options->tenant, err) < 0)
        return -1;
    status = bl_link_call(worker->link, &call, &ref, err);
    bl_bytes_release(&ref);
    return status;
}

int bl_command_cancel(char **argv)
{
    struct cancel_options options = {.help = false};
    struct bl_client_session worker = {NULL, NULL};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_cancel_options_describe, &options, &options.help, argv, 1, 1, &status))
        return status;
    status = cancel(&worker, &options, argv[0], &err) < 0 ? bl_client_fail(&err) : 0;
    bl_client_close(&worker);
    return status;
}
