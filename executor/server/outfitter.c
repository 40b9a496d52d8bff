/* outfitter.c - see outfitter.h. What a job names was checked when it was accepted (task_check.c),
 * so a language or profile that is not there is our failure. */
#include "executor/server/outfitter.h"

#include <fcntl.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/server/demand.h"
#include "executor/server/site_private.h"

enum { CLASS_BYTES_MAX = 64 * 1024 }; /* of a Java source, looked through for its package */

static const char *const common_env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/box",
                                         "LANG=C.UTF-8", "TMPDIR=/tmp"};

/* A language without a compile step: its sources are what is run. */
static const char *const nothing_to_do[] = {"/bin/true", NULL};

struct fitting {
    const struct bl_site *site;
    const struct bl_outfit_order *order;
    const struct bl_language *language; /* NULL: none */
    const struct bl_language_step *step;
    struct bl_arena *arena;
    struct bl_outfit *out;
    struct bl_err *err;
};

static size_t list_length(const char *const *list)
{
    size_t length = 0;

    while (list && list[length])
        length++;
    return length;
}

static bool is_same_name(const char *a, const char *b)
{
    size_t length = strcspn(a, "=");

    return strncmp(a, b, length + 1) == 0;
}

/* Behind the others, or in the place of one of the same name. */
static void put_env(const char **env, size_t *count, const char *entry)
{
    size_t i = 0;

    while (i < *count && !is_same_name(env[i], entry))
        i++;
    env[i] = entry;
    *count += i == *count;
}

static int fit_env(const struct fitting *f)
{
    const char *const *own = f->language ? f->language->env : NULL;
    const struct bl_job_command *command = f->order->command;
    size_t count = 0, room = BL_ARRAY_LEN(common_env) + list_length(own) + command->env_count + 1;
    const char **env = bl_arena_alloc(f->arena, room, sizeof(*env), f->err);

    if (!env)
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(common_env); i++)
        put_env(env, &count, common_env[i]);
    for (; own && *own; own++)
        put_env(env, &count, *own);
    for (size_t i = 0; i < command->env_count; i++)
        put_env(env, &count, command->env[i]);
    f->out->env = env;
    return 0;
}

static int fit_profile(const struct fitting *f)
{
    const char *name = f->order->command->profile;
    int number;

    if (!*name)
        name = f->step ? f->step->policy : "default";
    number = bl_site_profile_number(f->site, name);
    if (number < 0)
        return bl_fail(f->err, BL_STEP_SITE, 0, "profile \"%s\"", name);
    f->out->profile = (unsigned)number;
    return 0;
}

/* The class that a Java program begins with: its file, and the package that it declares. */
static int find_class(const struct fitting *f, struct bl_language_words *words)
{
    char source[CLASS_BYTES_MAX];
    bl_autoclose int fd =
        openat(f->order->app, words->main, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t length = fd >= 0 ? read(fd, source, sizeof(source)) : 0;

    words->main_class =
        bl_java_class(words->main, source, length > 0 ? (size_t)length : 0, f->arena, f->err);
    return words->main_class ? 0 : -1;
}

static int list_program(const struct fitting *f, struct bl_program *program)
{
    struct bl_folder_entry *files =
        bl_arena_alloc(f->arena, f->order->app_count + 1, sizeof(*files), f->err);

    if (!files)
        return -1;
    for (size_t i = 0; i < f->order->app_count; i++)
        files[i] = (struct bl_folder_entry){
            .name = f->order->app_names[i], .path = f->order->app_names[i], .kind = BL_FOLDER_FILE};
    *program = (struct bl_program){
        .name = "/app", .folder = f->order->app, .files = files, .file_count = f->order->app_count};
    return 0;
}

/* What a runtime may give to the program: the problem's limit, unless that was held to a ceiling.
 */
static uint64_t program_memory(const struct fitting *f)
{
    const uint64_t allowed = f->out->limits.memory_bytes,
                   asked = f->order->command->limits.memory_bytes,
                   own = f->step == &f->language->run ? f->step->extra_memory_bytes : 0,
                   left = allowed > own ? allowed - own : allowed;

    return asked < left ? asked : left;
}

static int settle_words(const struct fitting *f, const struct bl_program *program,
                        struct bl_language_words *words)
{
    const char *entrypoint = f->order->maker->entrypoint;

    *words = (struct bl_language_words){
        .language = f->language, .program = program, .memory_bytes = program_memory(f)};
    words->main = bl_language_main(f->language, program, *entrypoint ? entrypoint : NULL);
    if (!words->main && f->language->extensions[0])
        return bl_fail(f->err, BL_STEP_LANGUAGE, 0, "%s: %s%.200s", f->language->name,
                       *entrypoint ? "there is no source " : "there is no source at /app",
                       entrypoint);
    if (f->language->entry == BL_ENTRY_MAIN_CLASS && words->main)
        return find_class(f, words);
    return 0;
}

static int fit_argv(const struct fitting *f)
{
    struct bl_language_words words;
    struct bl_program program;

    if (!f->step) {
        f->out->argv = f->order->command->argv;
        return 0;
    }
    if (!f->step->argv) {
        f->out->argv = nothing_to_do;
        return 0;
    }
    if (list_program(f, &program) || settle_words(f, &program, &words))
        return -1;
    return bl_language_argv(f->step, &words, f->order->command->argv, f->arena, &f->out->argv,
                            f->err);
}

static int outfit(void *ctx, const struct bl_outfit_order *order, struct bl_arena *arena,
                  struct bl_outfit *out, struct bl_err *err)
{
    const struct bl_site *site = ctx;
    struct fitting f = {.site = site, .order = order, .arena = arena, .out = out, .err = err};
    bool compiles = order->command->program == BL_PROGRAM_COMPILE;

    *out = (struct bl_outfit){.argv = NULL};
    if (order->maker) {
        f.language = bl_language_find(site->options.languages, order->maker->language);
        if (!f.language)
            return bl_fail(err, BL_STEP_SITE, 0, "language \"%s\"", order->maker->language);
        f.step = compiles ? &f.language->compile : &f.language->run;
    }
    out->limits = bl_demand_limits(order->job, order->command, f.language);
    out->products = compiles && f.step && f.step->argv ? f.step->products : NULL;
    if (fit_env(&f) || fit_profile(&f))
        return -1;
    return fit_argv(&f);
}

struct bl_outfitter bl_site_outfitter(struct bl_site *site)
{
    return (struct bl_outfitter){.outfit = outfit, .ctx = site};
}
