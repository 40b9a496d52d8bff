/* completion.h - what a shell completes, as a script for it, made from the commands' own syntaxes:
 * an option that is added is completed without anything being done here. Pure but for the stream.
 *
 * A value that the syntax calls FILE or DIR is completed as one, and so are operands of a command
 * whose usage names files. */
#ifndef BL_CLIENT_COMPLETION_H
#define BL_CLIENT_COMPLETION_H

#include "executor/cli/options.h"

/* bl_completion_commands - every command's syntax, one after the other. */
void bl_completion_commands(bl_syntax_fn *use, void *ctx);

void bl_completion_bash(FILE *to);
void bl_completion_zsh(FILE *to);

#endif
