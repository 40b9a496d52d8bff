/* bailiff queue init - makes the streams of layout.h. One that is there already is compared and
 * never changed silently: --update changes it. */
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/cli/client/queue_commands.h"
#include "executor/cli/client/queue_link.h"
#include "executor/cli/client/session.h"

enum { ERROR_NO_STREAM = 10059, ERROR_NO_STORAGE = 10047 }; /* nats-server's err_code */

struct init_options {
    bool help, update;
    struct bl_queue_link_options link;
    struct bl_queue_layout layout;
};

#define AT(field) offsetof(struct init_options, field)

static int take_count(void *place, const struct bl_option *option, const char *text,
                      struct bl_err *err)
{
    uint64_t count;

    if (bl_parse_count(text, &count) != BL_UNITS_OK || count < 1 || count > 1000000000)
        return bl_fail(err, BL_STEP_OPTION, 0, "--%s=%.40s: it takes 1 to 1000000000", option->name,
                       text);
    *(uint64_t *)place = count;
    return 0;
}

static int take_replicas(void *place, const struct bl_option *option, const char *text,
                         struct bl_err *err)
{
    if (strcmp(text, "1") != 0 && strcmp(text, "3") != 0 && strcmp(text, "5") != 0)
        return bl_fail(err, BL_STEP_OPTION, 0, "--%s=%.40s: it takes 1, 3 or 5", option->name,
                       text);
    *(uint64_t *)place = (uint64_t)(text[0] - '0');
    return 0;
}

static int take_size(void *place, const struct bl_option *option, const char *text,
                     struct bl_err *err)
{
    uint64_t bytes;

    if (bl_parse_size(text, &bytes) != BL_UNITS_OK || bytes < BL_MIB ||
        bytes > 1024 * 1024 * BL_GIB)
        return bl_fail(err, BL_STEP_OPTION, 0, "--%s=%.40s: it takes 1MiB to 1PiB", option->name,
                       text);
    *(uint64_t *)place = bytes;
    return 0;
}

static int take_time(void *place, const struct bl_option *option, const char *text,
                     struct bl_err *err)
{
    uint64_t ns;

    if (bl_parse_time(text, &ns) != BL_UNITS_OK || ns < BL_NS_PER_S ||
        ns > 10 * 366 * 86400 * BL_NS_PER_S)
        return bl_fail(err, BL_STEP_OPTION, 0, "--%s=%.40s: it takes 1s to 87840h", option->name,
                       text);
    *(uint64_t *)place = ns;
    return 0;
}

static const struct bl_option rows[] = {
    {"replicas", "N", "servers that hold each message: 1 (default), 3 or 5", take_replicas,
     AT(layout.replicas)},
    {"jobs", "N", "jobs that may wait (default 1000000)", take_count, AT(layout.jobs)},
    {"job-size", "SIZE", "bytes of all jobs that wait (default 8GiB)", take_size,
     AT(layout.job_bytes)},
    {"result-size", "SIZE", "bytes of all results that are kept (default 32GiB)", take_size,
     AT(layout.result_bytes)},
    {"keep-results", "TIME", "how long results are kept (default 168h)", take_time,
     AT(layout.keep_results_ns)},
    {"keep-dead", "TIME", "how long dead jobs are kept (default 720h)", take_time,
     AT(layout.keep_dead_ns)},
    {"update", NULL, "change streams that are set up otherwise", bl_option_flag, AT(update)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_queue_init_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {{"Options", rows, BL_ARRAY_LEN(rows), 0},
                                             bl_queue_link_group(AT(link))};

    use(ctx,
        &(const struct bl_syntax){
            .command = "queue init",
            .usage = "[OPTION]...",
            .about = "Makes the streams of a queue. Those that are there are compared: one that "
                     "is set up otherwise is an error, unless --update is given.",
            .groups = groups,
            .group_count = BL_ARRAY_LEN(groups),
        });
}

static int change(struct bl_queue_link *link, const char *verb, const char *name, json_t *config,
                  struct bl_err *err)
{
    char subject[64];
    json_t *answer;
    json_int_t code;
    int status = 0;

    (void)snprintf(subject, sizeof(subject), "$JS.API.STREAM.%s.%s", verb, name);
    if (bl_queue_ask(link, subject, json_incref(config), &answer, err) < 0)
        return -1;
    if (bl_queue_error(answer, &code) && code == ERROR_NO_STORAGE)
        status = bl_fail(err, BL_STEP_BROKER_LAYOUT, 0,
                         "%s: the servers' storage is smaller than what it may hold: less of "
                         "--job-size and --result-size",
                         name);
    else if (bl_queue_error(answer, &code))
        status = bl_queue_refused(answer, name, err);
    else
        printf("%s: %s\n", name, strcmp(verb, "CREATE") == 0 ? "made" : "changed");
    json_decref(answer);
    return status;
}

static int compare(struct bl_queue_link *link, const struct init_options *options, const char *name,
                   json_t *wanted, const json_t *info, struct bl_err *err)
{
    const json_t *present = json_object_get(info, "config");
    const char *key = bl_queue_stream_differs(wanted, present);
    bl_autofree char *theirs = NULL, *ours = NULL;

    if (!key) {
        printf("%s: as it should be\n", name);
        return 0;
    }
    if (options->update)
        return change(link, "UPDATE", name, wanted, err);
    theirs = json_dumps(json_object_get(present, key), JSON_ENCODE_ANY);
    ours = json_dumps(json_object_get(wanted, key), JSON_ENCODE_ANY);
    return bl_fail(err, BL_STEP_BROKER_LAYOUT, 0,
                   "%s: %s is %.60s there, and should be %.60s: --update changes it", name, key,
                   theirs ? theirs : "not set", ours ? ours : "?");
}

static int init_stream(struct bl_queue_link *link, const struct init_options *options,
                       enum bl_queue_stream stream, struct bl_err *err)
{
    const char *name = bl_queue_stream_name(stream);
    json_t *wanted = bl_queue_stream_config(stream, &options->layout), *info = NULL;
    char subject[64];
    json_int_t code = 0;
    int status;

    (void)snprintf(subject, sizeof(subject), "$JS.API.STREAM.INFO.%s", name);
    if (!wanted)
        return bl_fail(err, BL_STEP_MEMORY, 0, "%s", name);
    status = bl_queue_ask(link, subject, NULL, &info, err);
    if (status == 0 && !bl_queue_error(info, &code))
        status = compare(link, options, name, wanted, info, err);
    else if (status == 0 && code == ERROR_NO_STREAM)
        status = change(link, "CREATE", name, wanted, err);
    else if (status == 0)
        status = bl_queue_refused(info, name, err);
    json_decref(info);
    json_decref(wanted);
    return status;
}

int bl_queue_init(char **argv)
{
    struct init_options options = {.layout = bl_queue_layout_default};
    struct bl_queue_link link = {NULL};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_queue_init_describe, &options, &options.help, argv, 0, 0, &status))
        return status;
    status = bl_queue_link_open(&link, &options.link, &err);
    for (int stream = 0; status == 0 && stream < BL_QUEUE_STREAM_COUNT; stream++)
        status = init_stream(&link, &options, (enum bl_queue_stream)stream, &err);
    if (status < 0)
        status = bl_client_fail(&err);
    bl_queue_link_close(&link, &options.link);
    return status;
}
