/* cgroup_parse.c - the parsers of cgroup_parse.h: cut off a line, cut off its words, compare. */
#include "limits/cgroup_parse.h"

#include <limits.h>
#include <string.h>

struct span {
    const char *at, *end;
};

static size_t span_length(struct span span)
{
    return (size_t)(span.end - span.at);
}

static bool span_is(struct span span, const char *text)
{
    return span_length(span) == strlen(text) && memcmp(span.at, text, span_length(span)) == 0;
}

/* cut - takes what stands before `separator` off *from into *piece. False where there is none: the
 * rest, if any, is left in place. */
static bool cut(struct span *from, char separator, struct span *piece)
{
    const char *found = span_length(*from) ? memchr(from->at, separator, span_length(*from)) : NULL;

    if (!found)
        return false;
    *piece = (struct span){from->at, found};
    from->at = found + 1;
    return true;
}

/* cut_or_rest - like cut(), and the last piece needs no separator behind it. */
static bool cut_or_rest(struct span *from, char separator, struct span *piece)
{
    if (cut(from, separator, piece))
        return true;
    if (!span_length(*from))
        return false;
    *piece = *from;
    from->at = from->end;
    return true;
}

static struct span without_newline(const char *text, size_t length)
{
    if (length && text[length - 1] == '\n')
        length--;
    return (struct span){text, text + length};
}

static bool decimal(struct span span, uint64_t *value)
{
    uint64_t number = 0;

    if (!span_length(span))
        return false;
    for (; span.at < span.end; span.at++) {
        if (*span.at < '0' || *span.at > '9' ||
            __builtin_mul_overflow(number, (uint64_t)10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*span.at - '0'), &number))
            return false;
    }
    *value = number;
    return true;
}

/* named_value - "name=123" */
static bool named_value(struct span word, const char *name, uint64_t *value)
{
    struct span key;

    return cut(&word, '=', &key) && span_is(key, name) && decimal(word, value);
}

static void add_capped(uint64_t *sum, uint64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = UINT64_MAX;
}

const char *bl_cgroup_controller_name(enum bl_cgroup_controller controller)
{
    static const char *const names[] = {
#define X(name, text) text,
        BL_CGROUP_CONTROLLERS(X)
#undef X
    };

    return names[controller];
}

bool bl_cgroup_parse_number(const char *text, size_t length, uint64_t *value)
{
    struct span word = without_newline(text, length);

    if (span_is(word, "max") || span_is(word, "-1")) {
        *value = UINT64_MAX;
        return true;
    }
    return decimal(word, value);
}

bool bl_cgroup_parse_key(const char *text, size_t length, const char *key, uint64_t *value)
{
    struct span rest = {text, text + length}, line, word;

    while (cut(&rest, '\n', &line)) {
        if (cut(&line, ' ', &word) && span_is(word, key))
            return decimal(line, value);
    }
    return false;
}

bool bl_cgroup_parse_pressure(const char *text, size_t length, uint64_t *some_us)
{
    struct span rest = {text, text + length}, line, word;

    while (cut(&rest, '\n', &line)) {
        if (!cut(&line, ' ', &word) || !span_is(word, "some"))
            continue;
        while (cut_or_rest(&line, ' ', &word)) {
            if (named_value(word, "total", some_us))
                return true;
        }
    }
    return false;
}

void bl_cgroup_parse_io_stat(const char *text, size_t length, struct bl_cgroup_io *io)
{
    struct span rest = {text, text + length}, line, word;
    uint64_t bytes;

    *io = (struct bl_cgroup_io){0};
    while (cut(&rest, '\n', &line)) {
        while (cut_or_rest(&line, ' ', &word)) {
            if (named_value(word, "rbytes", &bytes))
                add_capped(&io->read_bytes, bytes);
            else if (named_value(word, "wbytes", &bytes))
                add_capped(&io->write_bytes, bytes);
        }
    }
}

size_t bl_cgroup_parse_pids(const char *text, size_t length, int *pids, size_t room)
{
    struct span rest = {text, text + length}, line;
    uint64_t pid;
    size_t count = 0;

    while (count < room && cut(&rest, '\n', &line)) {
        if (decimal(line, &pid) && pid > 0 && pid <= INT_MAX)
            pids[count++] = (int)pid;
    }
    return count;
}

static unsigned controller_bit(struct span name)
{
    for (unsigned i = 0; i < BL_CGROUP_CONTROLLER_COUNT; i++) {
        if (span_is(name, bl_cgroup_controller_name((enum bl_cgroup_controller)i)))
            return 1u << i;
    }
    return 0;
}

unsigned bl_cgroup_parse_controllers(const char *text, size_t length)
{
    struct span rest = without_newline(text, length), words, word;
    unsigned bits = 0;

    while (cut_or_rest(&rest, ' ', &words)) {
        while (cut_or_rest(&words, ',', &word))
            bits |= controller_bit(word);
    }
    return bits;
}

bool bl_cgroup_parse_cpus(const char *text, size_t length, struct bl_cgroup_cpus *set)
{
    struct span rest = without_newline(text, length), range, low;
    struct bl_cgroup_cpus cpus = {{0}};

    while (cut_or_rest(&rest, ',', &range)) {
        uint64_t first, last;
        bool several = cut(&range, '-', &low);

        if (!decimal(range, &last))
            return false;
        first = last;
        if (several && !decimal(low, &first))
            return false;
        if (first > last || last >= BL_CGROUP_CPUS_MAX)
            return false;
        for (uint64_t cpu = first; cpu <= last; cpu++)
            cpus.bits[cpu / 64] |= UINT64_C(1) << (cpu % 64);
    }
    *set = cpus;
    return true;
}

/* copy_path - an absolute path with the kernel's octal escapes (\040 for a blank) resolved. */
static bool copy_path(struct span from, char path[BL_CGROUP_PATH_MAX])
{
    size_t used = 0;

    if (!span_length(from) || *from.at != '/' || memchr(from.at, '\0', span_length(from)))
        return false;
    while (from.at < from.end && used < BL_CGROUP_PATH_MAX - 1) {
        const char *c = from.at;
        int code = span_length(from) < 4 || c[0] != '\\' || c[1] < '0' || c[1] > '3' ||
                           c[2] < '0' || c[2] > '7' || c[3] < '0' || c[3] > '7'
                       ? 0
                       : (c[1] - '0') * 64 + (c[2] - '0') * 8 + (c[3] - '0');

        path[used++] = code ? (char)code : *c;
        from.at += code ? 4 : 1;
    }
    path[used] = '\0';
    return from.at == from.end;
}

bool bl_cgroup_parse_own(const char *line, size_t length, struct bl_cgroup_own *own)
{
    struct span rest = without_newline(line, length), id, names;

    if (!cut(&rest, ':', &id) || !cut(&rest, ':', &names) || !copy_path(rest, own->path))
        return false;
    own->unified = span_is(id, "0") && !span_length(names);
    own->controllers = bl_cgroup_parse_controllers(names.at, span_length(names));
    return true;
}

/* The fields: id, parent, device, root, mount point, options, optional fields up to a lone "-",
 * type, source, super block's options. */
bool bl_cgroup_parse_mount(const char *line, size_t length, struct bl_cgroup_mount *mount)
{
    struct span rest = without_newline(line, length), word, root, point, type, source;

    for (int i = 0; i < 3; i++) {
        if (!cut(&rest, ' ', &word))
            return false;
    }
    if (!cut(&rest, ' ', &root) || !cut(&rest, ' ', &point))
        return false;
    do {
        if (!cut(&rest, ' ', &word))
            return false;
    } while (!span_is(word, "-"));
    if (!cut(&rest, ' ', &type) || !cut(&rest, ' ', &source))
        return false;
    if (!span_is(type, "cgroup") && !span_is(type, "cgroup2"))
        return false;
    mount->unified = span_is(type, "cgroup2");
    mount->controllers =
        mount->unified ? 0 : bl_cgroup_parse_controllers(rest.at, span_length(rest));
    return copy_path(root, mount->root) && copy_path(point, mount->point);
}

const char *bl_cgroup_below(const char *path, const char *root)
{
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    const char *rest = path + length;

    if (strncmp(path, root, length) != 0 || (*rest != '/' && *rest != '\0'))
        return NULL;
    for (const char *c = strstr(path, "/.."); c; c = strstr(c + 1, "/..")) {
        if (c[3] == '/' || c[3] == '\0')
            return NULL;
    }
    return strcmp(rest, "/") == 0 ? "" : rest;
}

bool bl_cgroup_parse_serial(const char *name, char letter, uint64_t *serial)
{
    struct span digits = {name + 1, name + strlen(name)};

    if (name[0] != letter || (name[1] == '0' && name[2] != '\0'))
        return false;
    return decimal(digits, serial);
}

void bl_cgroup_split_cpu(uint64_t total_ns, uint64_t user_samples, uint64_t system_samples,
                         uint64_t *user_ns, uint64_t *system_ns)
{
    unsigned __int128 samples = (unsigned __int128)user_samples + system_samples;

    *system_ns = samples ? (uint64_t)((unsigned __int128)total_ns * system_samples / samples) : 0;
    *user_ns = total_ns - *system_ns;
}

unsigned bl_cgroup_count_cpus(const struct bl_cgroup_cpus *set)
{
    unsigned count = 0;

    for (size_t i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
        if (set->bits[i]) /* of 128, hardly ever more than the first */
            count += (unsigned)__builtin_popcountll(set->bits[i]);
    return count;
}
