#include "executor/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/units.h"
#include "executor/base/error.h"

/* The one permitted state of its kind (STYLE: the log sink). */
static struct {
    enum bl_log_level most;
    bool journal;
} settings = {.most = BL_LOG_INFO};

static const struct {
    const char *name;
    int priority;
} levels[] = {
#define X(name, text, priority) {#text, priority},
    BL_LOG_LEVELS(X)
#undef X
};

/* A line in the making. What no longer fits is left out, and the line ends in "...". */
struct line {
    char *text;
    size_t length;
    bool cut;
};

static const char cut_mark[] = "...";

enum { ROOM = BL_LOG_LINE_MAX - sizeof(cut_mark) }; /* the mark, and the newline for its NUL */

static void put(struct line *line, const char *text, size_t length)
{
    line->cut |= length > ROOM - line->length;
    if (line->cut)
        return;
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

static bool is_plain(const char *value)
{
    for (const char *at = value; *at; at++) {
        if (*at <= ' ' || *at > '~' || *at == '"' || *at == '=' || *at == '\\')
            return false;
    }
    return *value != '\0';
}

/* Bytes beyond ASCII are escaped too: what is a letter in one encoding is a terminal's control
 * sequence in another. */
static void put_quoted(struct line *line, const char *value)
{
    put(line, "\"", 1);
    for (; *value && !line->cut; value++) {
        char escaped[5] = {'\\', *value};

        if (*value == '"' || *value == '\\')
            put(line, escaped, 2);
        else if (*value >= ' ' && *value <= '~')
            put(line, value, 1);
        else
            put(line, escaped,
                (size_t)snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned char)*value));
    }
    put(line, "\"", 1);
}

static void put_field(struct line *line, const struct bl_log_field *field)
{
    char number[24];

    put_text(line, " ");
    put_text(line, field->key);
    put_text(line, "=");
    if (!field->text)
        put(line, number, (size_t)snprintf(number, sizeof(number), "%" PRId64, field->number));
    else if (is_plain(field->text))
        put_text(line, field->text);
    else
        put_quoted(line, field->text);
}

static void put_head(struct line *line, uint64_t now_ns, enum bl_log_level level)
{
    char head[64], date[32];
    time_t seconds = (time_t)(now_ns / BL_NS_PER_S);
    struct tm utc;
    int length;

    if (now_ns == 0) {
        length = snprintf(head, sizeof(head), "<%d>level=%s", levels[level].priority,
                          levels[level].name);
    } else {
        (void)gmtime_r(&seconds, &utc); /* fails for years that 64 bits of ns can't reach */
        (void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
        length = snprintf(head, sizeof(head), "time=%s.%03uZ level=%s", date,
                          (unsigned)(now_ns % BL_NS_PER_S / BL_NS_PER_MS), levels[level].name);
    }
    put(line, head, (size_t)length);
}

size_t bl_log_format(char text[BL_LOG_LINE_MAX], uint64_t now_ns, enum bl_log_level level,
                     const struct bl_log_field *fields)
{
    struct line line = {.text = text};

    put_head(&line, now_ns, level);
    for (; fields->key; fields++)
        put_field(&line, fields);
    if (line.cut) {
        memcpy(text + line.length, cut_mark, strlen(cut_mark));
        line.length += strlen(cut_mark);
    }
    text[line.length++] = '\n';
    return line.length;
}

bool bl_log_is_journal(const char *text, uint64_t device, uint64_t inode)
{
    char expected[48];

    (void)snprintf(expected, sizeof(expected), "%" PRIu64 ":%" PRIu64, device, inode);
    return text && strcmp(text, expected) == 0;
}

void bl_log_open(enum bl_log_level most)
{
    struct stat sink;

    settings.most = most;
    settings.journal = fstat(STDERR_FILENO, &sink) == 0 &&
                       bl_log_is_journal(getenv("JOURNAL_STREAM"), sink.st_dev, sink.st_ino);
}

void bl_log_fields(enum bl_log_level level, const struct bl_log_field *fields)
{
    char line[BL_LOG_LINE_MAX];
    struct timespec now = {0};
    int saved = errno;

    if (level > settings.most)
        return;
    if (!settings.journal)
        (void)clock_gettime(CLOCK_REALTIME,
                            &now); /* can't fail: the clock and the address are ours */
    /* A line that can't be written is lost: there is nowhere to tell it. */
    if (write(STDERR_FILENO, line,
              bl_log_format(line, (uint64_t)now.tv_sec * BL_NS_PER_S + (uint64_t)now.tv_nsec, level,
                            fields)) < 0)
        errno = saved;
}

void bl_log_error(enum bl_log_level level, const char *message, const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    bl_log(level, message, bl_log_text("step", bl_step_name(err->step)),
           bl_log_text("fault", bl_fault_name(bl_step_fault(err->step))),
           bl_log_text("error", bl_error_text(err, text)));
}
