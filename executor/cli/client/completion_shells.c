/* completion_shells.c - the scripts; see completion.h. */
#include <string.h>

#include "executor/cli/client/completion.h"

enum value_kind { VALUE_NONE, VALUE_FILE, VALUE_FOLDER, VALUE_OTHER };

static enum value_kind kind_of(const struct bl_option *option)
{
    if (!option->value)
        return VALUE_NONE;
    if (strcmp(option->value, "DIR") == 0)
        return VALUE_FOLDER;
    return strstr(option->value, "FILE") || strncmp(option->value, "SRC", 3) == 0 ? VALUE_FILE
                                                                                  : VALUE_OTHER;
}

static bool takes_files(const struct bl_syntax *syntax)
{
    static const char *const words[] = {"FILE", "PROGRAM", "PACKAGE", "SOURCE"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strstr(syntax->usage, words[i]))
            return true;
    }
    return false;
}

/* The names of all options whose value is of that kind, each between bars. */
static void print_bash_list(FILE *to, const struct bl_syntax *syntax, const char *name,
                            enum value_kind kind)
{
    fprintf(to, "        %s='|", name);
    for (size_t g = 0; g < syntax->group_count; g++) {
        for (size_t i = 0; i < syntax->groups[g].count; i++) {
            if (kind_of(&syntax->groups[g].rows[i]) == kind)
                fprintf(to, "--%s|", syntax->groups[g].rows[i].name);
        }
    }
    fprintf(to, "'\n");
}

static void print_bash_command(void *ctx, const struct bl_syntax *syntax)
{
    FILE *to = ctx;

    fprintf(to, "    '%s')\n        options='", syntax->command);
    for (size_t g = 0; g < syntax->group_count; g++) {
        for (size_t i = 0; i < syntax->groups[g].count; i++)
            fprintf(to, "%s--%s", g + i ? " " : "", syntax->groups[g].rows[i].name);
    }
    fprintf(to, "'\n");
    print_bash_list(to, syntax, "files", VALUE_FILE);
    print_bash_list(to, syntax, "folders", VALUE_FOLDER);
    print_bash_list(to, syntax, "others", VALUE_OTHER);
    fprintf(to, "        operands=%s\n        ;;\n", takes_files(syntax) ? "files" : "");
}

/* Commands of two words, and what the second one may be. */
static const struct {
    const char *first, *seconds;
} pairs[] = {{"files", "put get missing"}, {"queue", "init submit watch cancel dead sweep status"}};

/* Is it the first of those that share their first word? */
static bool is_first_of_pair(const char *command, size_t length)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const char *second = command + length + 1;

        if (strlen(pairs[i].first) == length && strncmp(pairs[i].first, command, length) == 0)
            return strncmp(pairs[i].seconds, second, strlen(second)) == 0;
    }
    return false;
}

/* Two words ("files put") count at their place. */
static void print_bash_name(void *ctx, const struct bl_syntax *syntax)
{
    const char *space = strchr(syntax->command, ' ');

    if (!space || is_first_of_pair(syntax->command, (size_t)(space - syntax->command)))
        fprintf(ctx, " %.*s", space ? (int)(space - syntax->command) : 99, syntax->command);
}

static void print_bash_pairs(FILE *to)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        fprintf(to,
                "    if [[ $command == %s ]]; then\n"
                "        if (( COMP_CWORD == 2 )); then\n"
                "            COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return\n"
                "        fi\n"
                "        command=\"%s ${COMP_WORDS[2]}\"\n"
                "    fi\n",
                pairs[i].first, pairs[i].seconds, pairs[i].first);
}

void bl_completion_bash(FILE *to)
{
    fprintf(
        to,
        "# Completion of bailiff for bash, from its own tables: bailiff completion bash\n"
        "_bailiff() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} IFS=$' \\t\\n'\n"
        "    local command=${COMP_WORDS[1]} options files folders others operands\n"
        "    COMPREPLY=()\n"
        "    # --name=value comes as three words\n"
        "    if [[ $cur == = ]]; then cur=\n"
        "    elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
        "    if (( COMP_CWORD == 1 )); then\n"
        "        COMPREPLY=($(compgen -W '--help --version help");
    bl_completion_commands(print_bash_name, to);
    fprintf(to, "' -- \"$cur\")); return\n"
                "    fi\n");
    print_bash_pairs(to);
    fprintf(to, "    case $command in\n");
    bl_completion_commands(print_bash_command, to);
    fprintf(to, "    esac\n"
                "    local IFS=$'\\n'\n"
                "    if [[ $folders == *\"|$prev|\"* ]]; then\n"
                "        compopt -o filenames 2>/dev/null\n"
                "        COMPREPLY=($(compgen -d -- \"$cur\"))\n"
                "    elif [[ $others == *\"|$prev|\"* ]]; then\n"
                "        return\n"
                "    elif [[ $files != *\"|$prev|\"* && $cur == -* ]]; then\n"
                "        COMPREPLY=($(IFS=' '; compgen -W \"$options\" -- \"$cur\"))\n"
                "    elif [[ $command == completion ]]; then\n"
                "        COMPREPLY=($(IFS=' '; compgen -W 'bash zsh' -- \"$cur\"))\n"
                "    elif [[ $files == *\"|$prev|\"* || $operands == files ]]; then\n"
                "        compopt -o filenames 2>/dev/null\n"
                "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
                "    fi\n"
                "}\n"
                "complete -F _bailiff bailiff\n");
}

/* Inside '[...]' inside single quotes. */
static void print_zsh_text(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            (void)fputs("'\\''", to);
        else if (strchr("[]:\\", *text))
            fprintf(to, "\\%c", *text);
        else
            (void)fputc(*text, to);
    }
}

static void print_zsh_option(FILE *to, const struct bl_option *option)
{
    static const char *const actions[] = {
        [VALUE_FILE] = "_files", [VALUE_FOLDER] = "_files -/", [VALUE_OTHER] = " "};

    fprintf(to, "            '*--%s%s[", option->name, option->value ? "=" : "");
    print_zsh_text(to, option->help);
    (void)fputc(']', to);
    if (option->value) {
        (void)fputc(':', to);
        print_zsh_text(to, option->value);
        fprintf(to, ":%s", actions[kind_of(option)]);
    }
    fprintf(to, "' \\\n");
}

static void print_zsh_command(void *ctx, const struct bl_syntax *syntax)
{
    FILE *to = ctx;

    fprintf(to, "    ('%s')\n        _arguments -S \\\n", syntax->command);
    for (size_t g = 0; g < syntax->group_count; g++) {
        for (size_t i = 0; i < syntax->groups[g].count; i++)
            print_zsh_option(to, &syntax->groups[g].rows[i]);
    }
    fprintf(to, "            '*:operand:%s'\n        ;;\n",
            strcmp(syntax->command, "completion") == 0 ? "(bash zsh)"
            : takes_files(syntax)                      ? "_files"
                                                       : " ");
}

static void print_zsh_pairs(FILE *to)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        fprintf(to,
                "    if [[ $command == %s ]]; then\n"
                "        if (( CURRENT == 2 )); then compadd %s; return; fi\n"
                "        command=\"%s ${words[2]}\"\n"
                "        shift words; (( CURRENT-- ))\n"
                "    fi\n",
                pairs[i].first, pairs[i].seconds, pairs[i].first);
}

void bl_completion_zsh(FILE *to)
{
    fprintf(to, "#compdef bailiff\n"
                "# Completion of bailiff for zsh, from its own tables: bailiff completion zsh\n"
                "_bailiff() {\n"
                "    local command=${words[2]}\n"
                "    if (( CURRENT == 2 )); then\n"
                "        compadd -- --help --version help");
    bl_completion_commands(print_bash_name, to);
    fprintf(to, "\n        return\n"
                "    fi\n"
                "    shift words; (( CURRENT-- ))\n");
    print_zsh_pairs(to);
    fprintf(to, "    case $command in\n");
    bl_completion_commands(print_zsh_command, to);
    fprintf(to, "    esac\n"
                "}\n"
                "if [[ $funcstack[1] == _bailiff ]]; then _bailiff \"$@\"; "
                "else compdef _bailiff bailiff; fi\n");
}
