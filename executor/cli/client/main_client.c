/* bailiff-client - the commands of bailiff that talk to a worker; started by bailiff, which has
 * seen to the standard streams (process: the user's own, without any privilege of ours). */
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/client_commands.h"
#include "executor/cli/client/session.h"
#include "executor/cli/printable.h"

static const struct {
    const char *name;
    int (*run)(char **argv);
} commands[] = {
    {"submit", bl_command_submit}, {"attach", bl_command_attach},
    {"cancel", bl_command_cancel}, {"status", bl_command_status},
    {"files", bl_command_files},   {"completion", bl_command_completion},
    {"queue", bl_command_queue},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < BL_ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, argv[1]) == 0) {
            int status = commands[i].run(argv + 2);

            if (status == BL_CLIENT_FAILED) /* that was told: it may be the very same failure */
                return status;
            return bl_output_finish() < 0 ? BL_CLIENT_FAILED : status;
        }
    }
    fprintf(stderr, "bailiff-client: a part of bailiff: see `bailiff --help`\n");
    return BL_CLIENT_USAGE;
}
