/* client_commands.h - the subcommands that talk to a worker, as the table in main_client.c calls
 * them; see commands.h. Their syntaxes are for the help and the shell's completion. */
#ifndef BL_CLIENT_COMMANDS_H
#define BL_CLIENT_COMMANDS_H

#include "executor/cli/options.h"

int bl_command_submit(char **argv);     /* submit.c */
int bl_command_attach(char **argv);     /* attach.c */
int bl_command_cancel(char **argv);     /* cancel.c */
int bl_command_status(char **argv);     /* status.c */
int bl_command_files(char **argv);      /* files.c */
int bl_command_completion(char **argv); /* completion.c */
int bl_command_queue(char **argv);      /* queue.c */

/* That of submit: submit_options.h. */
void bl_attach_options_describe(bl_syntax_fn *use, void *ctx);
void bl_cancel_options_describe(bl_syntax_fn *use, void *ctx);
void bl_status_options_describe(bl_syntax_fn *use, void *ctx);
void bl_files_options_describe(bl_syntax_fn *use, void *ctx); /* three: put, get, missing */
void bl_completion_options_describe(bl_syntax_fn *use, void *ctx);

#endif
