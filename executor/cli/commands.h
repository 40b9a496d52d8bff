/* commands.h - the subcommands, as the table in main_bailiff.c calls them.
 *
 * argv: NULL-terminated, what follows the subcommand's name; may be rearranged. Each returns the
 * exit status. Descriptors 0, 1 and 2 are open (to nothing, where they came closed). */
#ifndef BL_CLI_COMMANDS_H
#define BL_CLI_COMMANDS_H

#include "executor/cli/options.h"

int bl_command_run(char **argv);      /* run.c */
int bl_command_judge(char **argv);    /* judge.c */
int bl_command_doctor(char **argv);   /* doctor.c */
int bl_command_selftest(char **argv); /* selftest.c */

/* Those of run and judge: run_options.h, judge_options.h. */
void bl_doctor_options_describe(bl_syntax_fn *use, void *ctx);
void bl_selftest_options_describe(bl_syntax_fn *use, void *ctx);

#endif
