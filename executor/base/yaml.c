/* yaml.c - libyaml's events into a bounded tree; see yaml.h.
 *
 * The parser is walked by hand with an explicit stack: libyaml's own document loader resolves
 * aliases and has no bound. The readers of single values are in yaml_value.c. */
#include "executor/base/yaml.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "bailiff/own.h"

struct builder {
    struct bl_yaml_file *file;
    struct bl_arena *arena;
    struct bl_err *err;
    struct bl_yaml *open[BL_YAML_DEPTH_MAX]; /* the maps and sequences around the next node */
    struct bl_yaml *last[BL_YAML_DEPTH_MAX]; /* their last child so far */
    const char *key[BL_YAML_DEPTH_MAX];      /* read, its value still to come */
    unsigned depth;
    size_t nodes;
    unsigned documents;
};

static int fail_at(const struct builder *build, unsigned line, const char *what)
{
    return bl_fail(build->err, build->file->step, 0, "%s:%u: %s", build->file->name, line, what);
}

static bool key_is_known(const struct bl_yaml *map, const char *key)
{
    for (const struct bl_yaml *child = map->child; child; child = child->next)
        if (strcmp(child->key, key) == 0)
            return true;
    return false;
}

/* A scalar where a map expects a key. */
static int take_key(struct builder *build, const yaml_event_t *event, unsigned line)
{
    unsigned top = build->depth - 1;
    const char *key = (const char *)event->data.scalar.value;

    if (build->open[top]->count >= BL_YAML_ENTRIES_MAX)
        return fail_at(build, line, "more than 2048 keys in one map");
    if (key_is_known(build->open[top], key))
        return bl_fail(build->err, build->file->step, 0, "%s:%u: the key '%.60s' stands twice",
                       build->file->name, line, key);
    build->key[top] = bl_arena_string(build->arena, key, strlen(key), build->err);
    return build->key[top] ? 0 : -1;
}

static bool expects_key(const struct builder *build)
{
    const struct bl_yaml *innermost = build->depth ? build->open[build->depth - 1] : NULL;

    return innermost && innermost->kind == BL_YAML_MAP && !build->key[build->depth - 1];
}

/* Hangs a new node below the innermost open one, or makes it the root. */
static struct bl_yaml *add_node(struct builder *build, enum bl_yaml_kind kind, unsigned line)
{
    size_t most = build->file->nodes_max ? build->file->nodes_max : BL_YAML_NODES_MAX;
    struct bl_yaml *node;
    unsigned top = build->depth - 1;

    if (++build->nodes > most) {
        (void)bl_fail(build->err, build->file->step, 0, "%s:%u: more than %zu values",
                      build->file->name, line, most);
        return NULL;
    }
    node = bl_arena_alloc(build->arena, 1, sizeof(*node), build->err);
    if (!node)
        return NULL;
    node->kind = kind;
    node->line = line;
    if (!build->depth) {
        build->file->root = node;
        return node;
    }
    node->key = build->key[top];
    build->key[top] = NULL;
    build->open[top]->count++;
    if (build->last[top])
        build->last[top]->next = node;
    else
        build->open[top]->child = node;
    build->last[top] = node;
    return node;
}

static int take_scalar(struct builder *build, const yaml_event_t *event, unsigned line)
{
    const char *value = (const char *)event->data.scalar.value;
    struct bl_yaml *node;

    if (event->data.scalar.tag)
        return fail_at(build, line, "tags are not accepted");
    if (strlen(value) != event->data.scalar.length)
        return fail_at(build, line, "a NUL character in a value");
    if (expects_key(build))
        return take_key(build, event, line);
    node = add_node(build, BL_YAML_SCALAR, line);
    if (!node)
        return -1;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = bl_arena_string(build->arena, value, event->data.scalar.length, build->err);
    return node->text ? 0 : -1;
}

static int take_start(struct builder *build, enum bl_yaml_kind kind, const yaml_char_t *tag,
                      unsigned line)
{
    struct bl_yaml *node;

    if (tag)
        return fail_at(build, line, "tags are not accepted");
    if (expects_key(build))
        return fail_at(build, line, "a key must be plain text");
    if (build->depth == BL_YAML_DEPTH_MAX)
        return fail_at(build, line, "nested deeper than 16");
    node = add_node(build, kind, line);
    if (!node)
        return -1;
    build->open[build->depth] = node;
    build->last[build->depth] = NULL;
    build->key[build->depth++] = NULL;
    return 0;
}

static int take_event(struct builder *build, const yaml_event_t *event)
{
    unsigned line = (unsigned)event->start_mark.line + 1;

    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return build->documents++ ? fail_at(build, line, "more than one document") : 0;
    case YAML_ALIAS_EVENT:
        return fail_at(build, line, "aliases are not accepted");
    case YAML_SCALAR_EVENT:
        return take_scalar(build, event, line);
    case YAML_SEQUENCE_START_EVENT:
        return take_start(build, BL_YAML_SEQUENCE, event->data.sequence_start.tag, line);
    case YAML_MAPPING_START_EVENT:
        return take_start(build, BL_YAML_MAP, event->data.mapping_start.tag, line);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        assert(build->depth > 0); /* libyaml ends only what it started */
        build->depth--;
        return 0;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    default:
        return 0;
    }
}

static int walk(struct builder *build, yaml_parser_t *parser)
{
    yaml_event_type_t type = YAML_NO_EVENT;

    while (type != YAML_STREAM_END_EVENT) {
        yaml_event_t event;
        int failed;

        if (!yaml_parser_parse(parser, &event)) {
            if (parser->error == YAML_MEMORY_ERROR)
                return bl_fail(build->err, BL_STEP_MEMORY, ENOMEM, "%s", build->file->name);
            return fail_at(build, (unsigned)parser->problem_mark.line + 1,
                           parser->problem ? parser->problem : "not YAML");
        }
        type = event.type;
        failed = take_event(build, &event);
        yaml_event_delete(&event);
        if (failed)
            return -1;
    }
    return 0;
}

int bl_yaml_parse(struct bl_yaml_file *file, const char *bytes, size_t length,
                  struct bl_arena *arena, struct bl_err *err)
{
    struct builder build = {.file = file, .arena = arena, .err = err};
    size_t most = file->bytes_max ? file->bytes_max : BL_YAML_BYTES_MAX;
    yaml_parser_t parser;
    int result;

    file->root = NULL;
    if (length > most)
        return bl_fail(err, file->step, 0, "%s: larger than %zu MiB", file->name, most >> 20);
    if (!yaml_parser_initialize(&parser))
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", file->name);
    if (length >= 3 &&
        memcmp(bytes, "\xef\xbb\xbf", 3) == 0) { /* as editors of Windows begin it: */
        bytes += 3; /* with the encoding set libyaml takes that mark for text */
        length -= 3;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
    result = walk(&build, &parser);
    yaml_parser_delete(&parser);
    if (result == 0 && file->root && bl_yaml_is_null(file->root))
        file->root = NULL;
    return result;
}

char *bl_yaml_slurp(const char *path, enum bl_step step, size_t *length, struct bl_err *err)
{
    const size_t capacity = BL_YAML_BYTES_MAX + 1;
    bl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bl_autofree char *bytes = NULL;
    ssize_t got;

    if (fd < 0)
        return (void)bl_fail(err, step, errno, "%.200s", path), NULL;
    if (!(bytes = malloc(capacity)))
        return (void)bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%.200s", path), NULL;
    for (*length = 0; *length < capacity; *length += (size_t)got) {
        got = read(fd, bytes + *length, capacity - *length);
        if (got < 0)
            return (void)bl_fail(err, step, errno, "%.200s", path), NULL;
        if (got == 0)
            return bl_take(&bytes);
    }
    (void)bl_fail(err, step, EFBIG, "%.180s: at most %d bytes", path, BL_YAML_BYTES_MAX);
    return NULL;
}
