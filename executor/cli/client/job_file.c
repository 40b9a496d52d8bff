#include "executor/cli/client/job_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/yaml.h"
#include "executor/cli/client/job_value.h"

struct reader {
    struct bl_yaml_file file;
    struct bl_draft *draft;
    const char *folder;
    struct bl_err *err;
};

/* YAML's depth is bounded (yaml.h), and so is this. */
static int read_message(struct reader *reader, const struct bl_yaml *node,
                        const ProtobufCMessageDescriptor *type, void **out);

static int read_value(struct reader *reader, const struct bl_yaml *node,
                      const ProtobufCFieldDescriptor *field, void *place)
{
    if (bl_yaml_is_null(node))
        return bl_yaml_fail(&reader->file, node, reader->err,
                            "has no value: leave it out, or write %s",
                            field->type == PROTOBUF_C_TYPE_MESSAGE ? "{}" : "\"\"");
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return read_message(reader, node, field->descriptor, place);
    return bl_job_value_read(&reader->file, node, field, place, &reader->draft->arena, reader->err);
}

static int read_list(struct reader *reader, const struct bl_yaml *node,
                     const ProtobufCFieldDescriptor *field, char *message)
{
    size_t size = bl_job_value_size(field), *count = (size_t *)(message + field->quantifier_offset);
    char *items;

    if (bl_yaml_expect(&reader->file, node, BL_YAML_SEQUENCE, reader->err) < 0)
        return -1;
    items = bl_arena_alloc(&reader->draft->arena, node->count ? node->count : 1, size, reader->err);
    if (!items)
        return -1;
    *(void **)(message + field->offset) = items;
    for (const struct bl_yaml *item = node->child; item; item = item->next) {
        if (read_value(reader, item, field, items + size * *count) < 0)
            return -1;
        ++*count;
    }
    return 0;
}

/* The name of the alternative that was given before. */
static const char *name_of(const ProtobufCMessageDescriptor *type, uint32_t id)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(type, id);

    return field ? field->name : "?";
}

static int read_field(struct reader *reader, const struct bl_yaml *node,
                      const ProtobufCMessageDescriptor *type, char *message)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(type, node->key);
    uint32_t *choice;

    if (!field)
        return bl_yaml_fail(&reader->file, node, reader->err,
                            "a %s has no such field, see job.proto", type->short_name);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_list(reader, node, field, message);
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        choice = (uint32_t *)(message + field->quantifier_offset);
        if (*choice)
            return bl_yaml_fail(&reader->file, node, reader->err,
                                "it has '%s' already: only one of them", name_of(type, *choice));
        if (read_value(reader, node, field, message + field->offset) < 0)
            return -1;
        *choice = field->id; /* last: half a value is none */
        return 0;
    }
    return read_value(reader, node, field, message + field->offset);
}

/* A path, where the schema has a File. */
static int note_file(struct reader *reader, const struct bl_yaml *node, Bailiff__V1__File *into)
{
    char where[96];

    if (bl_yaml_expect(&reader->file, node, BL_YAML_SCALAR, reader->err) < 0)
        return -1;
    if (!node->text[0])
        return bl_yaml_fail(&reader->file, node, reader->err, "a path that is empty");
    (void)snprintf(where, sizeof(where), "%.80s:%u", reader->file.name, node->line); /* fits */
    return bl_draft_file(reader->draft, into, reader->folder, node->text, where, reader->err);
}

/* True where the node was a path; *status then says what came of it. */
static bool is_path(struct reader *reader, const struct bl_yaml *node,
                    const ProtobufCMessageDescriptor *type, void *message, int *status)
{
    const struct bl_yaml *path = node->kind == BL_YAML_SCALAR ? node : bl_yaml_get(node, "path");

    if (type != &bailiff__v1__file__descriptor || !path)
        return false;
    if (path != node && node->count > 1)
        *status = bl_yaml_fail(&reader->file, path, reader->err, "'path' stands alone in a file");
    else
        *status = note_file(reader, path, message);
    return true;
}

static int read_message(struct reader *reader, const struct bl_yaml *node,
                        const ProtobufCMessageDescriptor *type, void **out)
{
    void *message = bl_draft_message(reader->draft, type, reader->err);
    int status;

    if (!message)
        return -1;
    *out = message;
    if (is_path(reader, node, type, message, &status))
        return status;
    if (bl_yaml_expect(&reader->file, node, BL_YAML_MAP, reader->err) < 0)
        return -1;
    for (const struct bl_yaml *child = node->child; child; child = child->next) {
        if (read_field(reader, child, type, message) < 0)
            return -1;
    }
    return 0;
}

int bl_job_file_parse(struct bl_draft *draft, const char *name, const char *folder,
                      const char *bytes, size_t length, struct bl_err *err)
{
    struct reader reader = {
        .file = {.name = name,
                 .step = BL_STEP_JOB_FILE,
                 .bytes_max = BL_JOB_FILE_BYTES_MAX,
                 .nodes_max = BL_JOB_FILE_NODES_MAX},
        .draft = draft,
        .folder = folder,
        .err = err,
    };

    if (bl_yaml_parse(&reader.file, bytes, length, &draft->arena, err) < 0)
        return -1;
    if (!reader.file.root)
        return bl_fail(err, BL_STEP_JOB_FILE, 0, "%s: there is nothing in it", name);
    return read_message(&reader, reader.file.root, &bailiff__v1__job__descriptor,
                        (void **)&draft->job);
}

/* All of a file into *bytes (malloc(3)). */
static int slurp(int fd, const char *name, char **bytes, size_t *length, struct bl_err *err)
{
    const size_t room = BL_JOB_FILE_BYTES_MAX + 1; /* one more tells that it is too large */
    char *all = malloc(room);

    *bytes = all;
    *length = 0;
    if (!all)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", name);
    while (*length < room) {
        ssize_t got = read(fd, all + *length, room - *length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return bl_fail(err, BL_STEP_FILE_READ, errno, "%s", name);
        if (got == 0)
            break;
        *length += (size_t)got;
    }
    return 0;
}

int bl_job_file_read(struct bl_draft *draft, const char *path, struct bl_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    bl_autoclose int opened = standard ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    const char *slash = strrchr(path, '/'), *name = standard ? "standard input" : path;
    bl_autofree char *folder =
        slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup("");
    bl_autofree char *bytes = NULL;
    size_t length;

    if (!folder)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", path);
    if (!standard && opened < 0)
        return bl_fail(err, BL_STEP_FILE_READ, errno, "%s", path);
    if (slurp(standard ? STDIN_FILENO : opened, name, &bytes, &length, err) < 0)
        return -1;
    return bl_job_file_parse(draft, name, folder, bytes, length, err);
}
