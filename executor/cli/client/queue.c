/* bailiff queue - the commands about the durable queue: one table. */
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/client_commands.h"
#include "executor/cli/client/queue_commands.h"
#include "executor/cli/client/session.h"

static const struct {
    const char *name, *summary;
    int (*run)(char **argv);
} commands[] = {
    {"init", "set up the streams of a queue, or compare those that there are", bl_queue_init},
    {"submit", "put a job into the queue", bl_queue_submit},
    {"watch", "tell results as they come", bl_queue_watch},
    {"cancel", "say that nobody wants a job any more", bl_queue_cancel},
    {"dead", "list jobs that were tried too often; submit them again", bl_queue_dead},
    {"sweep", "remove acknowledged jobs that a dead server left behind", bl_queue_sweep},
    {"status", "tell what waits, and for whom", bl_queue_status},
};

static void print_usage(FILE *to)
{
    (void)fprintf(to, "Usage: bailiff queue COMMAND [OPTION]...\n\nJobs in a durable queue (NATS "
                      "JetStream), for any number of workers.\n\nCommands:\n");
    for (size_t i = 0; i < BL_ARRAY_LEN(commands); i++)
        (void)fprintf(to, "  %-8s  %s\n", commands[i].name, commands[i].summary);
    (void)fprintf(to, "\nSee `bailiff queue COMMAND --help`, bailiff-queue(1).\n");
}

int bl_command_queue(char **argv)
{
    struct bl_err err;

    for (size_t i = 0; argv[0] && i < BL_ARRAY_LEN(commands); i++)
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].run(argv + 1);
    if (!argv[0] || strcmp(argv[0], "--help") == 0) {
        print_usage(argv[0] ? stdout : stderr);
        return argv[0] ? 0 : BL_CLIENT_USAGE;
    }
    (void)bl_fail(&err, BL_STEP_OPTION, 0, "\"%.40s\" is no command: see `bailiff queue --help`",
                  argv[0]);
    return bl_client_fail(&err);
}
