/* queue_commands.h - the commands of `bailiff queue`, as the table in queue.c calls them. argv:
 * what follows the command's name; each returns the exit status. */
#ifndef BL_CLIENT_QUEUE_COMMANDS_H
#define BL_CLIENT_QUEUE_COMMANDS_H

#include "executor/cli/options.h"

int bl_queue_init(char **argv);   /* queue_init.c */
int bl_queue_submit(char **argv); /* queue_submit.c */
int bl_queue_watch(char **argv);  /* queue_watch.c */
int bl_queue_cancel(char **argv); /* queue_submit.c */
int bl_queue_dead(char **argv);   /* queue_dead.c */
int bl_queue_sweep(char **argv);  /* queue_sweep.c */
int bl_queue_status(char **argv); /* queue_status.c */

void bl_queue_init_describe(bl_syntax_fn *use, void *ctx);
void bl_queue_submit_describe(bl_syntax_fn *use, void *ctx);
void bl_queue_watch_describe(bl_syntax_fn *use, void *ctx);
void bl_queue_cancel_describe(bl_syntax_fn *use, void *ctx);
void bl_queue_dead_describe(bl_syntax_fn *use, void *ctx);
void bl_queue_sweep_describe(bl_syntax_fn *use, void *ctx);
void bl_queue_status_describe(bl_syntax_fn *use, void *ctx);

#endif
