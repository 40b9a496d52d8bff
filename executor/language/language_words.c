/* language_words.c - whose language a program is, and what its command line becomes; language.h. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "executor/language/language.h"

static bool has_extension(const char *name, const char *const *extensions)
{
    const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');

    for (; dot && *extensions; extensions++)
        if (strcmp(dot + 1, *extensions) == 0)
            return true;
    return false;
}

bool bl_language_is_source(const struct bl_language *language, const char *name)
{
    return has_extension(name, language->extensions);
}

static bool has_script(const struct bl_language *language, const struct bl_program *program)
{
    for (size_t i = 0; i < program->file_count; i++)
        for (const char *const *script = language->scripts; *script; script++)
            if (strcmp(program->files[i].name, *script) == 0)
                return true;
    return false;
}

const struct bl_language *bl_language_detect(const struct bl_languages *languages,
                                             const struct bl_program *program, bool validator)
{
    const struct bl_language *best = NULL;
    size_t most = 0;

    for (unsigned i = 0; i < languages->count; i++) {
        const struct bl_language *language = &languages->items[i];
        size_t sources = 0;

        if (validator && has_script(language, program))
            return language;
        for (size_t f = 0; f < program->file_count; f++)
            sources += bl_language_is_source(language, program->files[f].name);
        if (sources > most || (sources && sources == most && language->priority > best->priority)) {
            best = language;
            most = sources;
        }
    }
    return best;
}

static bool is_main_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    name = slash ? slash + 1 : name;
    return strncasecmp(name, "main.", 5) == 0 || strncmp(name, "__main__.", 9) == 0;
}

const char *bl_language_main(const struct bl_language *language, const struct bl_program *program,
                             const char *entrypoint)
{
    const char *first = NULL, *called_main = NULL;

    for (size_t i = 0; i < program->file_count; i++) {
        const char *name = program->files[i].name;

        if (!bl_language_is_source(language, name))
            continue;
        /* "Main" and "Main.java" both name Main.java. */
        if (entrypoint && strncmp(name, entrypoint, strlen(entrypoint)) == 0 &&
            (!name[strlen(entrypoint)] || name[strlen(entrypoint)] == '.'))
            return name;
        if (!called_main && is_main_name(name))
            called_main = name;
        if (!first || strcmp(name, first) < 0)
            first = name;
    }
    if (entrypoint)
        return NULL;
    return called_main ? called_main : first;
}

/* The texts that one argument of a template becomes, appended to argv. */
static int add_argument(const char *word, const struct bl_language_words *words,
                        struct bl_arena *arena, const char **argv, size_t *count,
                        struct bl_err *err)
{
    const char *open = strchr(word, '{'), *close = open ? strchr(open, '}') : NULL;
    const char *value;

    if (!close) {
        argv[(*count)++] = word;
        return 0;
    }
    if (strcmp(word, "{sources}") == 0) {
        for (size_t i = 0; i < words->program->file_count; i++) {
            const char *name = words->program->files[i].name;

            if (!bl_language_is_source(words->language, name))
                continue;
            argv[*count] = bl_arena_format(arena, err, "/app/%s", name);
            if (!argv[(*count)++])
                return -1;
        }
        return 0;
    }
    if (strncmp(open, "{main}", 6) == 0)
        value = bl_arena_format(arena, err, "/app/%s", words->main ? words->main : "");
    else if (strncmp(open, "{class}", 7) == 0)
        value = words->main_class ? words->main_class : "";
    else if (strncmp(open, "{memory_mib}", 12) == 0)
        value =
            bl_arena_format(arena, err, "%llu", (unsigned long long)(words->memory_bytes / BL_MIB));
    else
        return bl_fail(err, BL_STEP_LANGUAGE, 0, "%s: unknown placeholder in '%.80s'",
                       words->language->code, word);
    argv[*count] =
        value ? bl_arena_format(arena, err, "%.*s%s%s", (int)(open - word), word, value, close + 1)
              : NULL;
    return argv[(*count)++] ? 0 : -1;
}

int bl_language_argv(const struct bl_language_step *step, const struct bl_language_words *words,
                     const char *const *more, struct bl_arena *arena, const char *const **argv,
                     struct bl_err *err)
{
    size_t room = words->program->file_count + 1, count = 0;
    const char **list;

    for (const char *const *word = step->argv; *word; word++)
        room += strcmp(*word, "{sources}") == 0 ? words->program->file_count : 1;
    for (const char *const *word = more; word && *word; word++)
        room++;
    list = bl_arena_alloc(arena, room, sizeof(*list), err);
    if (!list)
        return -1;
    for (const char *const *word = step->argv; *word; word++)
        if (add_argument(*word, words, arena, list, &count, err))
            return -1;
    for (const char *const *word = more; word && *word; word++)
        list[count++] = *word;
    *argv = list;
    return 0;
}

static bool is_identifier(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '.';
}

/* The first token behind comments and blanks; a package declaration stands before all else. */
static const char *skip_comments(const char *at, const char *end)
{
    while (at < end) {
        const char *stop;

        if (isspace((unsigned char)*at)) {
            at++;
        } else if (end - at >= 2 && at[0] == '/' && at[1] == '/') {
            stop = memchr(at, '\n', (size_t)(end - at));
            at = stop ? stop : end;
        } else if (end - at >= 2 && at[0] == '/' && at[1] == '*') {
            stop = memmem(at + 2, (size_t)(end - at) - 2, "*/", 2);
            at = stop ? stop + 2 : end;
        } else {
            break;
        }
    }
    return at;
}

const char *bl_java_class(const char *file, const char *source, size_t length,
                          struct bl_arena *arena, struct bl_err *err)
{
    const char *end = source + length, *at = skip_comments(source, end);
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    const char *dot = strrchr(name, '.');
    int stem = (int)(dot ? (size_t)(dot - name) : strlen(name));
    size_t package = 0;

    if ((size_t)(end - at) > 8 && strncmp(at, "package", 7) == 0 && isspace((unsigned char)at[7])) {
        at = skip_comments(at + 7, end);
        while (at + package < end && package < 200 && is_identifier(at[package]))
            package++;
    }
    return bl_arena_format(arena, err, "%.*s%s%.*s", (int)package, package ? at : "",
                           package ? "." : "", stem, name);
}
