/* language.c - finding and loading languages; see language.h. */
#include "executor/language/language.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/own_folder.h"

/* Walks up from a build folder; an installed program has share/ beside its bin/. */
enum { LEVELS_UP = 3 };

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool cut_component(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

static int find_folder(char out[PATH_MAX], struct bl_err *err)
{
    const char *given = getenv("BAILIFF_DATA_DIR");
    char self[PATH_MAX];

    if (given) {
        if (snprintf(out, PATH_MAX, "%s/languages", given) >= PATH_MAX || !is_folder(out))
            return bl_fail(err, BL_STEP_LANGUAGE, ENOENT, "BAILIFF_DATA_DIR=%.150s", given);
        return 0;
    }
    if (bl_own_folder(BL_STEP_LANGUAGE, self, err) < 0)
        return -1;
    /* A path that does not fit names no folder. */
    bool fits = snprintf(out, PATH_MAX, "%s/../share/bailiff/languages", self) < PATH_MAX;
    for (int level = 0; fits && level < LEVELS_UP && !is_folder(out); level++) {
        fits = snprintf(out, PATH_MAX, "%s/limits/languages", self) < PATH_MAX;
        if (!is_folder(out) && !cut_component(self))
            break;
    }
    if (!is_folder(out))
        return bl_fail(err, BL_STEP_LANGUAGE, ENOENT,
                       "no share/bailiff/languages (BAILIFF_DATA_DIR says where)");
    return 0;
}

static int load_one(struct bl_languages *languages, int folder, const struct bl_folder_entry *entry,
                    struct bl_err *err)
{
    size_t stem = strlen(entry->name) - strlen(".yaml"), length;
    const char *code, *text;

    if (languages->count == BL_LANGUAGES_MAX)
        return bl_fail(err, BL_STEP_LANGUAGE, 0, "more than %d languages", BL_LANGUAGES_MAX);
    code = bl_arena_string(&languages->arena, entry->name, stem, err);
    if (!code || bl_folder_text(folder, entry->path, 65536, &languages->arena, &text, &length, err))
        return -1;
    return bl_language_parse(&languages->items[languages->count++], code, text ? text : "",
                             text ? length : 0, &languages->arena, err);
}

static int load_all(struct bl_languages *languages, int folder, struct bl_err *err)
{
    struct bl_folder_entry *entries;
    size_t count;

    if (bl_folder_list(folder, ".", &languages->arena, &entries, &count, err))
        return -1;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(entries[i].name);

        if (entries[i].kind == BL_FOLDER_FILE && length > 5 &&
            strcmp(entries[i].name + length - 5, ".yaml") == 0 &&
            load_one(languages, folder, &entries[i], err))
            return -1;
    }
    if (!languages->count)
        return bl_fail(err, BL_STEP_LANGUAGE, 0, "no language in the folder");
    return 0;
}

/* folder.h speaks of a package, and of paths below it. */
static int fail_in(const char *folder, const struct bl_err *why, struct bl_err *err)
{
    const char *detail = why->detail + (strncmp(why->detail, "./", 2) == 0 ? 2 : 0);

    return bl_fail(err, why->step == BL_STEP_PACKAGE ? BL_STEP_LANGUAGE : why->step, why->sys_errno,
                   "%.100s: %.130s", folder, detail);
}

int bl_languages_load(struct bl_languages *languages, const char *folder, struct bl_err *err)
{
    struct bl_err why;
    bl_autoclose int fd = -1;
    char found[PATH_MAX];

    *languages = (struct bl_languages){0};
    if (!folder) {
        if (find_folder(found, err))
            return -1;
        folder = found;
    }
    fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return bl_fail(err, BL_STEP_LANGUAGE, errno, "%s", folder);
    if (load_all(languages, fd, &why) == 0)
        return 0;
    bl_languages_release(languages);
    return fail_in(folder, &why, err);
}

void bl_languages_release(struct bl_languages *languages)
{
    bl_arena_release(&languages->arena);
    languages->count = 0;
}

const struct bl_language *bl_language_find(const struct bl_languages *languages, const char *code)
{
    for (unsigned i = 0; i < languages->count; i++)
        if (strcmp(languages->items[i].code, code) == 0)
            return &languages->items[i];
    return NULL;
}

const char *bl_language_missing(const struct bl_language *language)
{
    for (const char *const *path = language->needs; *path; path++)
        if (access(*path, X_OK) != 0)
            return *path;
    return NULL;
}
