/* options.h - long options, GNU style, from one table that is the --help text too.
 *
 * A subcommand describes its options as rows in groups; each row names the function that takes the
 * value and where in the subcommand's own struct it goes. `--name=value` and `--name value` are
 * the same; a name is never shortened; `--` ends the options; a later value replaces an earlier one
 * unless the row collects them. Nothing here prints but the help, and nothing exits. */
#ifndef BL_CLI_OPTIONS_H
#define BL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bailiff/err.h"

struct bl_option;

/* Takes one value (NULL where the row names none) into place: the target plus both offsets.
 * text is borrowed from argv and so lasts as long as the process. Fails with OPTION or FIELD. */
typedef int bl_option_fn(void *place, const struct bl_option *option, const char *text,
                         struct bl_err *err);

struct bl_option {
    const char *name;  /* without the dashes */
    const char *value; /* how the help calls its value: "TIME"; NULL: it takes none */
    const char *help;  /* a phrase; limits get their bounds and default behind it */
    bl_option_fn *take;
    size_t offset;
};

struct bl_option_group {
    const char *heading;
    const struct bl_option *rows;
    size_t count;
    size_t offset; /* added to that of each row */
};

struct bl_syntax {
    const char *command; /* "run" */
    const char *usage;   /* what follows the command's name: "[OPTION]... -- PROGRAM [ARG]..." */
    const char *about;   /* one paragraph */
    const struct bl_option_group *groups;
    size_t group_count;
    bool operand_ends; /* the first operand ends the options: what follows is a program's */
};

/* Uses a command's syntax, which is lent: some are put together for each use. Every command has a
 * bl_<command>_options_describe(), for the help, the shell's completion, and whoever checks them.
 */
typedef void bl_syntax_fn(void *ctx, const struct bl_syntax *syntax);

/* bl_options_parse - fills target from argv (NULL-terminated, the first option at argv[0]). On
 * success argv holds the operands alone, NULL-terminated. Stops at the first mistake.
 * Fails with OPTION: an unknown name (suggests --help), a missing value or one too many, and what
 * the rows' own functions answer. */
int bl_options_parse(const struct bl_syntax *syntax, void *target, char **argv, struct bl_err *err);

/* bl_options_help - the whole help text, 80 columns. */
void bl_options_help(const struct bl_syntax *syntax, FILE *to);
bl_syntax_fn bl_options_print_help; /* the same; ctx: a FILE */

/* Ready-made takers. The limit rows of every command are bl_limit_option_group(). */
bl_option_fn bl_option_flag;  /* bool: sets it */
bl_option_fn bl_option_text;  /* const char *: not empty */
bl_option_fn bl_option_texts; /* struct bl_texts: appends; not empty. Fails with MEMORY too */
bl_option_fn bl_option_limit; /* struct bl_limits: the limit of the row's name */

/* Texts that were collected, in their order; items is NULL-terminated once there is one. */
struct bl_texts {
    const char **items; /* owned; the texts themselves are borrowed */
    size_t count;
};

int bl_texts_add(struct bl_texts *texts, const char *text, struct bl_err *err);
void bl_texts_release(struct bl_texts *texts);

/* bl_limit_option_group - one row for each of BL_LIMITS. offset: of the struct bl_limits. */
struct bl_option_group bl_limit_option_group(size_t offset);

#endif
