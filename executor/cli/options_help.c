/* The help text of a command, made from the same rows that its options are read by. */
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/cli/options.h"
#include "limits/ceilings.h"

enum {
    COLUMNS = 80,
    HELP_COLUMN = 26, /* behind "  --error-output SIZE" and the like */
    PHRASE_MAX = 512,
};

/* What each limit means, by its field: a limit without words does not compile. */
#define WORDS_cpu_time_ns "CPU time of all its processes together"
#define WORDS_wall_time_ns "time from its start to its end"
#define WORDS_memory_bytes "memory of all its processes and files, no swap on top"
#define WORDS_pids "processes and threads at once"
#define WORDS_cpus_milli "CPU bandwidth, in CPUs"
#define WORDS_stdout_bytes "what it may write to standard output"
#define WORDS_stderr_bytes "what it may write to standard error"
#define WORDS_file_size_bytes "size of any file that it writes"
#define WORDS_stack_bytes \
    "stack of each process's first thread, and what glibc gives to others by default"
#define WORDS_open_files "open files of a process"
#define WORDS_box_bytes "size of /box, its home"
#define WORDS_box_files "files and folders in /box"
#define WORDS_tmp_bytes "size of /tmp"
#define WORDS_tmp_files "files and folders in /tmp"

#define VALUE_TIME "TIME"
#define VALUE_SIZE "SIZE"
#define VALUE_COUNT "N"
#define VALUE_MILLI "CPUS"

static const struct bl_option limit_options[] = {
#define X(field, option, kind, least, most, otherwise) \
    {option, VALUE_##kind, WORDS_##field, bl_option_limit, 0},
    BL_LIMITS(X)
#undef X
};

struct bl_option_group bl_limit_option_group(size_t offset)
{
    return (struct bl_option_group){"Limits", limit_options, BL_ARRAY_LEN(limit_options), offset};
}

/* Words from `text`, wrapped between HELP_COLUMN and the last column; the cursor stands at column
 * `at` when it begins. */
static void print_wrapped(FILE *to, const char *text, size_t indent, size_t at)
{
    bool first = true;

    while (*text) {
        size_t length = strcspn(text, " ");

        if (!first && at + 1 + length > COLUMNS) {
            fprintf(to, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        fprintf(to, "%s%.*s", first ? "" : " ", (int)length, text);
        at += length + (first ? 0 : 1);
        first = false;
        text += length;
        text += strspn(text, " ");
    }
    (void)fputc('\n', to);
}

static void describe(const struct bl_option *option, char phrase[PHRASE_MAX])
{
    char least[BL_UNITS_TEXT_MAX], most[BL_UNITS_TEXT_MAX], otherwise[BL_UNITS_TEXT_MAX];
    const struct bl_limit_row *row =
        option->take == bl_option_limit ? bl_limit_find(option->name) : NULL;

    if (!row) {
        (void)snprintf(phrase, PHRASE_MAX, "%s", option->help);
        return;
    }
    (void)snprintf(phrase, PHRASE_MAX, "%s; %s to %s, default %s", option->help,
                   bl_limit_format(row, row->least, least), bl_limit_format(row, row->most, most),
                   bl_limit_format(row, row->otherwise, otherwise));
}

static void print_option(FILE *to, const struct bl_option *option)
{
    char phrase[PHRASE_MAX];
    int at = fprintf(to, "  --%s%s%s", option->name, option->value ? " " : "",
                     option->value ? option->value : "");

    if (at + 2 > HELP_COLUMN) {
        (void)fputc('\n', to);
        at = 0;
    }
    fprintf(to, "%*s", HELP_COLUMN - at, "");
    describe(option, phrase);
    print_wrapped(to, phrase, HELP_COLUMN, HELP_COLUMN);
}

void bl_options_help(const struct bl_syntax *syntax, FILE *to)
{
    fprintf(to, "Usage: bailiff %s %s\n\n", syntax->command, syntax->usage);
    print_wrapped(to, syntax->about, 0, 0);
    for (size_t g = 0; g < syntax->group_count; g++) {
        fprintf(to, "\n%s:\n", syntax->groups[g].heading);
        for (size_t i = 0; i < syntax->groups[g].count; i++)
            print_option(to, &syntax->groups[g].rows[i]);
    }
}

void bl_options_print_help(void *ctx, const struct bl_syntax *syntax)
{
    bl_options_help(syntax, ctx);
}
