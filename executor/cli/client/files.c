/* bailiff files put|get|missing - the worker's content-addressed store by hand. */
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/client_commands.h"
#include "executor/cli/client/download.h"
#include "executor/cli/client/session.h"
#include "executor/cli/client/upload.h"
#include "executor/cli/printable.h"

struct files_options {
    bool help, quiet;
    const char *out;
    struct bl_link_options link;
};

#define AT(field) offsetof(struct files_options, field)

static const struct bl_option help_rows[] = {
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};
static const struct bl_option put_rows[] = {
    {"quiet", NULL, "nothing on standard error while it goes well", bl_option_flag, AT(quiet)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};
static const struct bl_option get_rows[] = {
    {"out", "FILE", "where to; default: standard output, unless that is a terminal", bl_option_text,
     AT(out)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

static void describe(bl_syntax_fn *use, void *ctx, const char *command, const char *usage,
                     const char *about, const struct bl_option *rows, size_t count)
{
    const struct bl_option_group groups[] = {
        {"Options", rows, count, 0},
        bl_link_option_group(AT(link)),
    };

    use(ctx, &(const struct bl_syntax){.command = command,
                                       .usage = usage,
                                       .about = about,
                                       .groups = groups,
                                       .group_count = BL_ARRAY_LEN(groups)});
}

static void describe_put(bl_syntax_fn *use, void *ctx)
{
    describe(use, ctx, "files put", "[OPTION]... FILE...",
             "Puts files into the worker's store, those that are not there yet, and prints each "
             "one's digest and name, as sha256sum(1) does.",
             put_rows, BL_ARRAY_LEN(put_rows));
}

static void describe_get(bl_syntax_fn *use, void *ctx)
{
    describe(use, ctx, "files get", "[OPTION]... DIGEST",
             "Gets a file out of the worker's store and checks it against its digest.", get_rows,
             BL_ARRAY_LEN(get_rows));
}

static void describe_missing(bl_syntax_fn *use, void *ctx)
{
    describe(use, ctx, "files missing", "[OPTION]... DIGEST...",
             "Prints which of the digests are not in the worker's store. The status is 1 where "
             "one is not.",
             help_rows, BL_ARRAY_LEN(help_rows));
}

void bl_files_options_describe(bl_syntax_fn *use, void *ctx)
{
    describe_put(use, ctx);
    describe_get(use, ctx);
    describe_missing(use, ctx);
}

/* As sha256sum(1) does, so that it can check them: with a backslash before the line where the name
 * holds one or a newline. Only a terminal is spared the other controls. */
static void print_line(const char *digest, const char *path)
{
    char shown[1024];

    if (isatty(STDOUT_FILENO))
        (void)bl_printable(shown, sizeof(shown), path, strlen(path));
    printf("%s%s  ", strpbrk(path, "\\\n") ? "\\" : "", digest);
    for (const char *at = isatty(STDOUT_FILENO) ? shown : path; *at; at++) {
        if (*at == '\n' || *at == '\\')
            (void)putchar('\\');
        (void)putchar(*at == '\n' ? 'n' : *at);
    }
    (void)putchar('\n');
}

/* One draft for all: who puts two files of one content sends one. */
static int put(struct bl_client_session *worker, const struct files_options *options, char **argv,
               struct bl_err *err)
{
    struct bl_draft draft;
    size_t sent = 0;
    int status = bl_draft_init(&draft, err);

    for (size_t i = 0; status == 0 && argv[i]; i++)
        status = argv[i][0] ? bl_draft_file(&draft, NULL, "", argv[i], "", err)
                            : bl_fail(err, BL_STEP_OPTION, 0, "FILE %zu is an empty name", i + 1);
    if (status == 0 &&
        (bl_draft_settle(&draft, err) < 0 || bl_client_open(worker, &options->link, err) < 0 ||
         bl_upload(worker->link, &draft, options->quiet ? NULL : stderr, &sent, err) < 0))
        status = -1;
    for (size_t i = 0; status == 0 && i < draft.file_count; i++) {
        char digest[BL_DIGEST_TEXT_MAX];

        print_line(bl_digest_format(&draft.files[i].digest, digest), draft.files[i].path);
    }
    bl_draft_release(&draft);
    return status;
}

static int get(struct bl_client_session *worker, const struct files_options *options, char **argv,
               struct bl_err *err)
{
    struct bl_digest digest;

    if (bl_digest_take(&digest, argv[0], err) < 0)
        return -1;
    if (!options->out && isatty(STDOUT_FILENO))
        return bl_fail(err, BL_STEP_OPTION, 0,
                       "standard output is a terminal, and a file may hold anything: name one with "
                       "--out");
    if (bl_client_open(worker, &options->link, err) < 0)
        return -1;
    return bl_download(worker->link, &digest, options->out, err);
}

static int missing(struct bl_client_session *worker, const struct files_options *options,
                   char **argv, struct bl_err *err)
{
    bl_autofree struct bl_digest *asked = NULL, *found = NULL;
    size_t count = 0, lacking;
    char text[BL_DIGEST_TEXT_MAX];

    while (argv[count])
        count++;
    asked = calloc(count ? count : 1, sizeof(*asked));
    if (!asked)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "digests");
    for (size_t i = 0; i < count; i++) {
        if (bl_digest_take(&asked[i], argv[i], err) < 0)
            return -1;
    }
    if (bl_client_open(worker, &options->link, err) < 0 ||
        bl_missing(worker->link, asked, count, &found, &lacking, err) < 0)
        return -1;
    for (size_t i = 0; i < lacking; i++)
        printf("%s\n", bl_digest_format(&found[i], text));
    return lacking > 0 ? BL_CLIENT_NOT_PASSED : 0;
}

static const struct {
    const char *name;
    bl_describe_fn *describe;
    size_t least, most;
    int (*run)(struct bl_client_session *worker, const struct files_options *options, char **argv,
               struct bl_err *err); /* the status, or -1 with *err */
} commands[] = {
    {"put", describe_put, 1, BL_DRAFT_FILES_MAX, put},
    {"get", describe_get, 1, 1, get},
    {"missing", describe_missing, 1, BL_DRAFT_FILES_MAX, missing},
};

static int run(size_t i, char **argv)
{
    struct files_options options = {.help = false};
    struct bl_client_session worker = {NULL, NULL};
    struct bl_err err;
    int status;

    if (!bl_client_begin(commands[i].describe, &options, &options.help, argv, commands[i].least,
                         commands[i].most, &status))
        return status;
    status = commands[i].run(&worker, &options, argv, &err);
    if (status < 0)
        status = bl_client_fail(&err);
    bl_client_close(&worker);
    return status;
}

int bl_command_files(char **argv)
{
    struct bl_err err;

    for (size_t i = 0; argv[0] && i < BL_ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, argv[0]) == 0)
            return run(i, argv + 1);
    }
    if (argv[0] && strcmp(argv[0], "--help") == 0) {
        bl_files_options_describe(bl_options_print_help, stdout);
        return 0;
    }
    bl_err_fill(&err, BL_STEP_OPTION, 0,
                "bailiff files takes put, get or missing: see `bailiff "
                "files --help`");
    return bl_client_fail(&err);
}
