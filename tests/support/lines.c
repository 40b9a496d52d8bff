#include "tests/support/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/own.h"

/* The line at *at without its end; *at goes on behind it. NULL: there is none left. */
static const char *next_line(const char **at, char *line, size_t room)
{
    size_t length = strcspn(*at, "\n");

    if (**at == '\0')
        return NULL;
    (void)snprintf(line, room, "%.*s", (int)length, *at);
    *at += length + ((*at)[length] == '\n');
    return line;
}

static bool is_one_of(const char *told, const char *alternatives)
{
    size_t length = strlen(told);

    if (strcmp(alternatives, "*") == 0)
        return true;
    for (const char *at = alternatives;; at++) {
        size_t this = strcspn(at, "|");
        if (this == length && strncmp(at, told, length) == 0)
            return true;
        at += this;
        if (*at == '\0')
            return false;
    }
}

static bool fits(const char *line, const struct bl_line *wanted)
{
    size_t length = strlen(wanted->name);

    return strncmp(line, wanted->name, length) == 0 && strncmp(line + length, ": ", 2) == 0 &&
           is_one_of(line + length + 2, wanted->told);
}

void bl_lines_expect(const char *text, const struct bl_line *lines, size_t count)
{
    const char *at = text;
    char line[512];
    unsigned wrong = 0;

    for (size_t i = 0; i < count; i++) {
        const char *found = next_line(&at, line, sizeof(line));
        if (found && fits(found, &lines[i]))
            continue;
        wrong++;
        print_error("expected \"%s: %s\", was \"%s\"\n", lines[i].name, lines[i].told,
                    found ? found : "(nothing)");
    }
    while (next_line(&at, line, sizeof(line))) {
        wrong++;
        print_error("not expected: \"%s\"\n", line);
    }
    if (wrong > 0)
        fail_msg("%u lines are not what they must be", wrong);
}

char *bl_lines_of(struct bl_rig *rig, unsigned profile, const char *program, const char *argument)
{
    struct bl_footprint before;
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_footprint_take(rig, &before);
    bl_trial_init(&trial, rig, program, argument, NULL);
    trial.spec.profile = profile;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    char *text = bl_take(&outcome.out);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
    return text;
}

const char *bl_lines_value(const char *text, const char *name, char *value, size_t room)
{
    size_t length = strlen(name);
    const char *at = text;
    char line[4096];

    while (next_line(&at, line, sizeof(line)))
        if (strncmp(line, name, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
            (void)snprintf(value, room, "%s", line + length + 2);
            return value;
        }
    fail_msg("no line \"%s: ...\" in:\n%.2000s", name, text);
    return NULL;
}

bool bl_lines_has(const char *text, const char *line)
{
    char found[512];

    for (const char *at = text; next_line(&at, found, sizeof(found));)
        if (strcmp(found, line) == 0)
            return true;
    return false;
}
