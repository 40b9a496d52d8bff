/* What the checks share: trying in a child, reading small files, and the pure parts. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/cli/doctor.h"

struct outcome {
    int status;
    struct bl_err err;
    char facts[BL_FACTS_MAX];
};

void bl_found(struct bl_finding *finding, bool lack, const char *have, ...)
{
    va_list args;

    finding->lack = lack;
    va_start(args, have);
    (void)vsnprintf(finding->have, sizeof(finding->have), have, args); /* a cut text will do */
    va_end(args);
}

/* In the child. An outcome is less than PIPE_BUF: written whole or not at all. */
static _Noreturn void attempt_and_exit(int (*attempt)(void *facts, struct bl_err *err), void *facts,
                                       size_t size, int to)
{
    struct outcome outcome = {0};

    outcome.status = attempt(facts, &outcome.err);
    if (size > 0)
        memcpy(outcome.facts, facts, size);
    _exit(write(to, &outcome, sizeof(outcome)) != sizeof(outcome)); /* no atexit of ours */
}

int bl_doctor_try(int (*attempt)(void *facts, struct bl_err *err), void *facts, size_t size,
                  struct bl_err *err)
{
    struct outcome outcome = {0};
    int ends[2];
    pid_t pid;
    ssize_t length;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return bl_fail(err, BL_STEP_PIPE, errno, "%s", "");
    bl_autoclose int from = ends[0], to = ends[1];
    pid = fork();
    if (pid < 0)
        return bl_fail(err, BL_STEP_FORK, errno, "%s", "");
    if (pid == 0)
        attempt_and_exit(attempt, facts, size, to);
    bl_close_fd(&to);
    length = read(from, &outcome, sizeof(outcome));
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (length != sizeof(outcome))
        return bl_fail(err, BL_STEP_FORK, 0, "the child that tried was killed");
    if (size > 0)
        memcpy(facts, outcome.facts, size);
    if (outcome.status < 0)
        *err = outcome.err;
    return outcome.status;
}

void bl_doctor_tell(struct bl_finding *finding, int status, const struct bl_err *err,
                    const char *good)
{
    const char *why = status < 0 && err->sys_errno ? strerrordesc_np(err->sys_errno) : "";

    if (status == 0)
        bl_found(finding, false, "%s", good);
    else
        bl_found(finding, true, "%s%s%s", err->detail, err->detail[0] && why[0] ? ": " : "", why);
}

bool bl_doctor_read(const char *path, char *line, size_t size)
{
    bl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, line, size - 1);

    if (length < 0)
        return false;
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return true;
}

bool bl_doctor_read_number(const char *path, long long *value)
{
    char line[64], *end;
    long long number;

    if (!bl_doctor_read(path, line, sizeof(line)))
        return false;
    errno = 0;
    number = strtoll(line, &end, 10);
    if (end == line || errno)
        return false;
    *value = number;
    return true;
}

bool bl_doctor_chosen(const char *line, char *word, size_t size)
{
    const char *open = strchr(line, '['), *close = open ? strchr(open, ']') : NULL;

    if (!close || (size_t)(close - open) > size)
        return false;
    (void)snprintf(word, size, "%.*s", (int)(close - open - 1), open + 1);
    return true;
}

bool bl_doctor_version_at_least(const char *release, unsigned major, unsigned minor)
{
    unsigned has_major, has_minor;

    if (sscanf(release, "%u.%u", &has_major, &has_minor) != 2)
        return false;
    return has_major > major || (has_major == major && has_minor >= minor);
}

/* The number in a field of "a:b:c", counted from 0. */
static bool field_number(const char *line, unsigned field, uint64_t *value)
{
    char *end;

    for (; field > 0; field--) {
        line = strchr(line, ':');
        if (!line)
            return false;
        line++;
    }
    if (*line < '0' || *line > '9')
        return false;
    errno = 0;
    *value = strtoull(line, &end, 10);
    return errno == 0 && (*end == ':' || *end == '\0');
}

bool bl_doctor_ids_overlap(const char *line, unsigned id_field, bool has_count, uint64_t first,
                           uint64_t count)
{
    uint64_t id, ids = 1;

    if (!field_number(line, id_field, &id) ||
        (has_count && !field_number(line, id_field + 1, &ids)))
        return false;
    return id < first + count && (id >= first || ids > first - id);
}
