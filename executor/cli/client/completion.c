/* bailiff completion - see completion.h. */
#include "executor/cli/client/completion.h"

#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/client_commands.h"
#include "executor/cli/client/queue_commands.h"
#include "executor/cli/client/session.h"
#include "executor/cli/client/submit_options.h"
#include "executor/cli/commands.h"
#include "executor/cli/judge_options.h"
#include "executor/cli/run_options.h"

struct completion_options {
    bool help;
};

static const struct bl_option rows[] = {
    {"help", NULL, "this text", bl_option_flag, offsetof(struct completion_options, help)},
};
static const struct bl_option_group groups[] = {{"Options", rows, BL_ARRAY_LEN(rows), 0}};
static const struct bl_syntax own = {
    .command = "completion",
    .usage = "[OPTION]... bash|zsh",
    .about = "Prints what makes a shell complete bailiff's commands, options and files. `make "
             "install` puts both where the shells look; else: source <(bailiff completion bash)",
    .groups = groups,
    .group_count = BL_ARRAY_LEN(groups),
};

void bl_completion_options_describe(bl_syntax_fn *use, void *ctx)
{
    use(ctx, &own);
}

void bl_completion_commands(bl_syntax_fn *use, void *ctx)
{
    static bl_describe_fn *const all[] = {
        bl_run_options_describe,        bl_judge_options_describe,  bl_doctor_options_describe,
        bl_selftest_options_describe,   bl_submit_options_describe, bl_attach_options_describe,
        bl_cancel_options_describe,     bl_status_options_describe, bl_files_options_describe,
        bl_completion_options_describe, bl_queue_init_describe,     bl_queue_submit_describe,
        bl_queue_watch_describe,        bl_queue_cancel_describe,   bl_queue_dead_describe,
        bl_queue_status_describe,       bl_queue_sweep_describe,
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(all); i++)
        all[i](use, ctx);
}

int bl_command_completion(char **argv)
{
    struct completion_options options = {.help = false};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_completion_options_describe, &options, &options.help, argv, 1, 1,
                         &status))
        return status;
    if (strcmp(argv[0], "bash") == 0)
        bl_completion_bash(stdout);
    else if (strcmp(argv[0], "zsh") == 0)
        bl_completion_zsh(stdout);
    else {
        bl_err_fill(&err, BL_STEP_OPTION, 0, "\"%.40s\" is none of: bash, zsh", argv[0]);
        return bl_client_fail(&err);
    }
    return 0;
}
