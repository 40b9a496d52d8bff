/* bailiff queue status - what the streams hold, where they are, and whose jobs wait. */
#include <stdio.h>

#include "bailiff/own.h"
#include "executor/cli/client/queue_commands.h"
#include "executor/cli/client/queue_link.h"
#include "executor/cli/client/session.h"

struct status_options {
    bool help;
    struct bl_queue_link_options link;
};

#define AT(field) offsetof(struct status_options, field)

static const struct bl_option rows[] = {
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_queue_status_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {{"Options", rows, BL_ARRAY_LEN(rows), 0},
                                             bl_queue_link_group(AT(link))};

    use(ctx, &(const struct bl_syntax){
                 .command = "queue status",
                 .usage = "[OPTION]...",
                 .about = "Tells how many messages each stream of the queue holds, which server "
                          "leads it, and whose jobs wait or run.",
                 .groups = groups,
                 .group_count = BL_ARRAY_LEN(groups),
             });
}

static long long number_at(const json_t *map, const char *key)
{
    return (long long)json_integer_value(json_object_get(map, key));
}

static void print_lanes(const json_t *state)
{
    const char *subject;
    json_t *count;

    json_object_foreach(json_object_get(state, "subjects"), subject, count)
    {
        struct bl_queue_lane lane;

        if (bl_queue_lane_parse(subject, &lane))
            printf("  %-24s %-7s %10lld\n", lane.tenant, bl_queue_class_name(lane.class),
                   (long long)json_integer_value(count));
    }
}

static int print_stream(struct bl_queue_link *link, enum bl_queue_stream stream, struct bl_err *err)
{
    const char *name = bl_queue_stream_name(stream), *leader;
    const json_t *state, *config;
    char subject[64];
    json_t *info;
    json_int_t code;

    (void)snprintf(subject, sizeof(subject), "$JS.API.STREAM.INFO.%s", name);
    if (bl_queue_ask(link, subject,
                     stream == BL_QUEUE_JOBS ? json_pack("{ss}", "subjects_filter", "jobs.>")
                                             : NULL,
                     &info, err) < 0)
        return -1;
    if (bl_queue_error(info, &code)) {
        int status = bl_queue_refused(info, name, err);

        json_decref(info);
        return status;
    }
    state = json_object_get(info, "state");
    config = json_object_get(info, "config");
    leader = json_string_value(json_object_get(json_object_get(info, "cluster"), "leader"));
    printf("%-8s %10lld messages %14lld bytes  replicas %lld%s%s\n", name,
           number_at(state, "messages"), number_at(state, "bytes"),
           number_at(config, "num_replicas"), leader ? "  leader " : "", leader ? leader : "");
    if (stream == BL_QUEUE_JOBS)
        print_lanes(state);
    json_decref(info);
    return 0;
}

int bl_queue_status(char **argv)
{
    struct status_options options = {.help = false};
    struct bl_queue_link link = {NULL};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_queue_status_describe, &options, &options.help, argv, 0, 0, &status))
        return status;
    status = bl_queue_link_open(&link, &options.link, &err);
    for (int stream = 0; status == 0 && stream < BL_QUEUE_STREAM_COUNT; stream++)
        status = print_stream(&link, (enum bl_queue_stream)stream, &err);
    if (status < 0)
        status = bl_client_fail(&err);
    bl_queue_link_close(&link, &options.link);
    return status;
}
