/* bailiff status - what a worker has, and what of it is used; once, or whenever it changes. */
#include <errno.h>

#include "bailiff/own.h"
#include "executor/cli/client/client_commands.h"
#include "executor/cli/client/message_json.h"
#include "executor/cli/client/session.h"
#include "executor/cli/client/status_text.h"
#include "proto/message.h"

enum { STATUS_BYTES_MAX = 1024 * 1024 };

struct status_options {
    bool help, json, watch;
    struct bl_link_options link;
};

#define AT(field) offsetof(struct status_options, field)

static const struct bl_option rows[] = {
    {"watch", NULL, "then a line whenever it changes, until interrupted", bl_option_flag,
     AT(watch)},
    {"json", NULL, "as one line of JSON: WorkerStatus of executor.proto", bl_option_flag, AT(json)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_status_options_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {
        {"Options", rows, BL_ARRAY_LEN(rows), 0},
        bl_link_option_group(AT(link)),
    };

    use(ctx, &(const struct bl_syntax){
                 .command = "status",
                 .usage = "[OPTION]...",
                 .about = "Tells what a worker has and what of it is used: slots, queue, memory, "
                          "store, tenants, profiles, languages.",
                 .groups = groups,
                 .group_count = BL_ARRAY_LEN(groups),
             });
}

struct teller {
    const struct status_options *options;
    bool told;
};

static int tell_json(const Bailiff__V1__WorkerStatus *status)
{
    json_t *json = bl_message_json(&status->base, NULL);
    int failed = json ? bl_json_print(stdout, json) : -1;

    errno = json ? errno : ENOMEM;
    json_decref(json);
    return failed;
}

static int on_status(void *ctx, const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct teller *teller = ctx;
    struct bl_message message;
    const Bailiff__V1__WorkerStatus *status;
    int failed = 0;

    if (bl_message_read(&message, &bailiff__v1__worker_status__descriptor, bytes, length,
                        STATUS_BYTES_MAX, BL_MESSAGE_OPEN, err) < 0)
        return -1;
    status = (const void *)message.root;
    if (teller->options->json)
        failed = tell_json(status);
    else if (teller->told)
        bl_status_print_line(stdout, status);
    else
        bl_status_print(stdout, status);
    teller->told = true;
    bl_message_release(&message);
    failed = failed || fflush(stdout) != 0;
    return failed ? bl_fail(err, BL_STEP_FILE_WRITE, errno, "standard output") : 0;
}

int bl_command_status(char **argv)
{
    struct status_options options = {.help = false};
    struct bl_client_session worker = {NULL, NULL};
    struct teller teller = {.options = &options};
    struct bl_link_call call = {.on_message = on_status, .ctx = &teller};
    const struct bl_bytes nothing = {NULL, 0};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_status_options_describe, &options, &options.help, argv, 0, 0, &status))
        return status;
    call.method = options.watch ? "Executor/WatchStatus" : "Executor/Status";
    if (bl_client_open(&worker, &options.link, &err) < 0 ||
        bl_link_call(worker.link, &call, &nothing, &err) < 0)
        status = bl_client_fail(&err);
    else
        status = 0;
    bl_client_close(&worker);
    return status;
}
