/* log.h - one line to standard error for each thing that an operator should know.
 *
 *     bl_log(BL_LOG_WARNING, "group left behind", bl_log_text("path", path),
 *            bl_log_number("errno", errno));
 *     time=2026-11-22T03:50:00.123Z level=warning msg="group left behind" path=/a/b errno=16
 *
 * Where standard error is the journal's (JOURNAL_STREAM, systemd.exec(5)), the journal keeps the
 * time and wants the level as a prefix: "<4>level=warning msg=...". A line is one write(2). Values
 * are quoted where they need it, so that no outside text can forge a field or a line. What was
 * logged decides nothing: a line that can't be written is lost.
 *
 * Its settings are the only file-level state of Bailiff. limits/ and proto/ do not log. Never
 * between clone and exec, and never in the warden: it answers instead. */
#ifndef BL_BASE_LOG_H
#define BL_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"

/* name, syslog(3) priority */
#define BL_LOG_LEVELS(X) \
    X(ERROR, error, 3) X(WARNING, warning, 4) X(INFO, info, 6) X(DEBUG, debug, 7)

enum bl_log_level {
#define X(name, text, priority) BL_LOG_##name,
    BL_LOG_LEVELS(X)
#undef X
};

enum { BL_LOG_LINE_MAX = 2048 }; /* with its newline; a longer line is cut */

struct bl_log_field {
    const char *key;  /* letters, digits, "_"; NULL ends a list */
    const char *text; /* NULL: number */
    int64_t number;
};

static inline struct bl_log_field bl_log_text(const char *key, const char *text)
{
    return (struct bl_log_field){.key = key, .text = text ? text : ""};
}

static inline struct bl_log_field bl_log_number(const char *key, int64_t number)
{
    return (struct bl_log_field){.key = key, .number = number};
}

#define bl_log(level, message, ...)                     \
    bl_log_fields(level, (const struct bl_log_field[]){ \
                             bl_log_text("msg", message), ##__VA_ARGS__, {.key = NULL}})

/* bl_log_open - which levels are written (`most` and graver ones), and whether standard error is
 * the journal. Without it: INFO, not the journal. */
void bl_log_open(enum bl_log_level most);

/* bl_log_fields - what bl_log() is short for. */
void bl_log_fields(enum bl_log_level level, const struct bl_log_field *fields);

/* bl_log_error - an error in words, with its step and fault as fields. */
void bl_log_error(enum bl_log_level level, const char *message, const struct bl_err *err);

/* bl_log_format - the line as it is written; pure. now_ns: CLOCK_REALTIME, 0: no time but the
 * journal's prefix. Returns its length, at most BL_LOG_LINE_MAX; no NUL behind it. */
size_t bl_log_format(char line[BL_LOG_LINE_MAX], uint64_t now_ns, enum bl_log_level level,
                     const struct bl_log_field *fields);

/* bl_log_is_journal - does JOURNAL_STREAM's text ("device:inode", or NULL) name this file? */
bool bl_log_is_journal(const char *text, uint64_t device, uint64_t inode);

#endif
