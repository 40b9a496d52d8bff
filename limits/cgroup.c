/* cgroup.c - the handle on one group: what both versions do alike. Runs in the worker. */
#include "limits/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

int bl_cgroup_put(const struct bl_cgroup *group, enum bl_cgroup_role role, const char *value,
                  struct bl_err *err)
{
    const char *file = bl_cgroup_file_name(group->files.version, role);
    size_t length = strlen(value);
    ssize_t put;

    if (!bl_cgroup_files_has(&group->files, role))
        return bl_fail(err, BL_STEP_CGROUP_LIMIT, ENOENT, "%s = %s", file, value);
    do
        put = pwrite(group->files.fds[role], value, length, 0);
    while (put < 0 && errno == EINTR);
    if (put != (ssize_t)length)
        return bl_fail(err, BL_STEP_CGROUP_LIMIT, put < 0 ? errno : EIO, "%s = %s", file, value);
    return 0;
}

int bl_cgroup_text(const struct bl_cgroup *group, enum bl_cgroup_role role,
                   char text[BL_CGROUP_TEXT_MAX], size_t *length, struct bl_err *err)
{
    const char *file = bl_cgroup_file_name(group->files.version, role);
    ssize_t got;

    if (!bl_cgroup_files_has(&group->files, role))
        return bl_fail(err, BL_STEP_CGROUP_READ, ENOENT, "%s", file);
    do /* the kernel gives a control file in one piece */
        got = pread(group->files.fds[role], text, BL_CGROUP_TEXT_MAX, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return bl_fail(err, BL_STEP_CGROUP_READ, errno, "%s", file);
    *length = (size_t)got;
    return 0;
}

int bl_cgroup_number(const struct bl_cgroup *group, enum bl_cgroup_role role, uint64_t *value,
                     struct bl_err *err)
{
    char text[BL_CGROUP_TEXT_MAX];
    size_t length;

    if (bl_cgroup_text(group, role, text, &length, err) < 0)
        return -1;
    if (!bl_cgroup_parse_number(text, length, value))
        return bl_fail(err, BL_STEP_CGROUP_READ, EPROTO, "%s",
                       bl_cgroup_file_name(group->files.version, role));
    return 0;
}

int bl_cgroup_keyed(const struct bl_cgroup *group, enum bl_cgroup_role role, const char *key,
                    uint64_t *value, struct bl_err *err)
{
    char text[BL_CGROUP_TEXT_MAX];
    size_t length;

    if (bl_cgroup_text(group, role, text, &length, err) < 0)
        return -1;
    if (!bl_cgroup_parse_key(text, length, key, value))
        return bl_fail(err, BL_STEP_CGROUP_READ, EPROTO, "%s: %s",
                       bl_cgroup_file_name(group->files.version, role), key);
    return 0;
}

int bl_cgroup_watch_add(struct bl_cgroup *group, int fd, uint32_t events, struct bl_err *err)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    if (epoll_ctl(group->watch, EPOLL_CTL_ADD, fd, &event) < 0)
        return bl_fail(err, BL_STEP_CGROUP_OPEN, errno, "watch for OOM kills");
    return 0;
}

/* check_files - holds the bundle to the table: it came over a socket. */
static int check_files(const struct bl_cgroup_files *files, struct bl_err *err)
{
    if (files->version != 1 && files->version != 2)
        return bl_fail(err, BL_STEP_CGROUP_OPEN, EPROTO, "version %" PRIu32, files->version);
    if (files->present >> BL_CGROUP_ROLE_COUNT)
        return bl_fail(err, BL_STEP_CGROUP_OPEN, EPROTO, "roles %#" PRIx32, files->present);
    for (unsigned i = 0; i < BL_CGROUP_ROLE_COUNT; i++) {
        enum bl_cgroup_role role = (enum bl_cgroup_role)i;
        const char *name = bl_cgroup_file_name(files->version, role);
        bool has = bl_cgroup_files_has(files, role);

        if (has != (files->fds[i] >= 0) || (has && !name))
            return bl_fail(err, BL_STEP_CGROUP_OPEN, EPROTO, "role %u", i);
        if (!has && bl_cgroup_rows[i].needed & (1u << files->version))
            return bl_fail(err, BL_STEP_CGROUP_OPEN, ENOENT, "%s", name);
    }
    return 0;
}

static int set_up_watch(struct bl_cgroup *group, struct bl_err *err)
{
    group->watch = epoll_create1(EPOLL_CLOEXEC);
    if (group->watch < 0)
        return bl_fail(err, BL_STEP_CGROUP_OPEN, errno, "watch for OOM kills");
    return group->backend->watch(group, err);
}

int bl_cgroup_adopt(struct bl_cgroup **out, struct bl_cgroup_files *files, struct bl_err *err)
{
    struct bl_cgroup *group = NULL;

    if (check_files(files, err) < 0) {
        bl_cgroup_files_release(files);
        return -1;
    }
    group = calloc(1, sizeof(*group));
    if (!group) {
        bl_cgroup_files_release(files);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a cgroup's handle");
    }
    group->backend = files->version == 1 ? &bl_cgroup_backend_v1 : &bl_cgroup_backend_v2;
    group->files = *files;
    group->watch = group->oom_event = group->oom_again = -1;
    bl_cgroup_files_init(files); /* taken */
    if (set_up_watch(group, err) < 0) {
        bl_cgroup_free(&group);
        return -1;
    }
    *out = group;
    return 0;
}

void bl_cgroup_free(struct bl_cgroup **group)
{
    if (!*group)
        return;
    bl_close_fd(&(*group)->watch);
    bl_close_fd(&(*group)->oom_event);
    bl_close_fd(&(*group)->oom_again);
    bl_cgroup_files_release(&(*group)->files);
    free(*group);
    *group = NULL;
}

/* check_swap - without a file to limit it (swap accounting off) swap would let a program have more
 * memory than its limit. */
static int check_swap(const struct bl_cgroup *group, struct bl_err *err)
{
    struct sysinfo machine;

    if (bl_cgroup_files_has(&group->files, BL_CGROUP_SWAP_MAX))
        return 0;
    if (sysinfo(&machine) < 0)
        return bl_fail(err, BL_STEP_CGROUP_LIMIT, errno, "is swap on?");
    if (machine.totalswap)
        return bl_fail(err, BL_STEP_CGROUP_LIMIT, 0,
                       "swap is on, and the kernel does not account it (swapaccount=1)");
    return 0;
}

/* look_at_cpuset - v2 accepts CPUs that the group may not use and falls back to those of its parent
 * without a word; so the effective set is looked at. */
static int look_at_cpuset(const struct bl_cgroup *group, const char *cpuset, struct bl_err *err)
{
    char text[BL_CGROUP_TEXT_MAX];
    struct bl_cgroup_cpus asked, got;
    size_t length;

    if (bl_cgroup_text(group, BL_CGROUP_CPUSET_EFFECTIVE, text, &length, err) < 0)
        return -1;
    if (!bl_cgroup_parse_cpus(cpuset, strlen(cpuset), &asked) ||
        !bl_cgroup_parse_cpus(text, length, &got) || memcmp(&asked, &got, sizeof(got)) != 0)
        return bl_fail(err, BL_STEP_CGROUP_LIMIT, 0, "cpuset.cpus = %s: usable of these: %.*s",
                       cpuset, (int)(length ? length - 1 : 0), text);
    return 0;
}

static int limit_cpuset(const struct bl_cgroup *group, const char *cpuset, struct bl_err *err)
{
    return bl_cgroup_put(group, BL_CGROUP_CPUSET_CPUS, cpuset, err) < 0
               ? -1
               : look_at_cpuset(group, cpuset, err);
}

/* expect_cpuset - "" stays expected where it can't be written, or does not hold. */
static void expect_cpuset(struct bl_cgroup *group, const char *cpuset)
{
    char text[BL_CGROUP_TEXT_MAX];
    struct bl_err ignored; /* it is tried again when it matters */
    size_t length;

    if (bl_cgroup_text(group, BL_CGROUP_CPUSET_EFFECTIVE, text, &length, &ignored) < 0 ||
        length < 2 || length > BL_CPUSET_MAX || strlen(cpuset) >= BL_CPUSET_MAX)
        return;
    text[length - 1] = '\0';              /* the end of the line */
    (void)strcpy(group->inherited, text); /* both measured above */
    if (limit_cpuset(group, cpuset, &ignored) == 0)
        (void)strcpy(group->expected, cpuset);
    else
        (void)bl_cgroup_put(group, BL_CGROUP_CPUSET_CPUS, group->inherited, &ignored);
}

static int limit_amounts(const struct bl_cgroup *group, const struct bl_limits *limits,
                         struct bl_err *err)
{
    char pids[24];

    (void)snprintf(pids, sizeof(pids), "%" PRIu64, limits->pids);
    if (check_swap(group, err) < 0 ||
        group->backend->limit_memory(group, limits->memory_bytes, err) < 0 ||
        bl_cgroup_put(group, BL_CGROUP_PIDS_MAX, pids, err) < 0)
        return -1;
    return group->backend->limit_cpu(group, limits->cpus_milli, err);
}

void bl_cgroup_expect(struct bl_cgroup *group, const struct bl_limits *limits)
{
    struct bl_err ignored; /* it is tried again when it matters */

    if (group->expected[0] || group->amounts.memory_bytes)
        return;
    if (limit_amounts(group, limits, &ignored) == 0)
        group->amounts =
            (struct bl_cgroup_amounts){limits->memory_bytes, limits->pids, limits->cpus_milli};
    if (limits->cpuset[0])
        expect_cpuset(group, limits->cpuset);
}

/* Were these written ahead? Only once: what is asked for again is written as ever. */
static bool take_amounts(struct bl_cgroup *group, const struct bl_limits *limits)
{
    const struct bl_cgroup_amounts ahead = group->amounts;

    group->amounts = (struct bl_cgroup_amounts){0};
    return ahead.memory_bytes == limits->memory_bytes && ahead.pids == limits->pids &&
           ahead.cpus_milli == limits->cpus_milli;
}

/* take_cpuset - was this one written ahead, and found to hold? Another one that was leaves no
 * trace. */
static int take_cpuset(struct bl_cgroup *group, const char *cpuset, bool *holds, struct bl_err *err)
{
    *holds = strcmp(group->expected, cpuset) == 0;
    if (group->expected[0] && !cpuset[0] &&
        bl_cgroup_put(group, BL_CGROUP_CPUSET_CPUS, group->inherited, err) < 0)
        return -1;
    group->expected[0] = '\0';
    return 0;
}

int bl_cgroup_limit(struct bl_cgroup *group, const struct bl_limits *limits, struct bl_err *err)
{
    bool holds;

    if ((!take_amounts(group, limits) && limit_amounts(group, limits, err) < 0) ||
        take_cpuset(group, limits->cpuset, &holds, err) < 0)
        return -1;
    return holds || !limits->cpuset[0] ? 0 : limit_cpuset(group, limits->cpuset, err);
}

int bl_cgroup_cpu_ns(const struct bl_cgroup *group, uint64_t *ns, struct bl_err *err)
{
    return group->backend->cpu_ns(group, ns, err);
}

int bl_cgroup_oom_fd(const struct bl_cgroup *group)
{
    return group->watch;
}

void bl_cgroup_oom_drain(struct bl_cgroup *group)
{
    group->backend->drain(group);
}

int bl_cgroup_oom_kills(const struct bl_cgroup *group, uint64_t *kills, struct bl_err *err)
{
    return bl_cgroup_keyed(group, BL_CGROUP_MEMORY_EVENTS, "oom_kill", kills, err);
}

/* usage_of_pids - peak and refusals where the kernel counts them. */
static int usage_of_pids(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err)
{
    out->has_pids_peak = bl_cgroup_files_has(&group->files, BL_CGROUP_PIDS_PEAK);
    if (out->has_pids_peak &&
        bl_cgroup_number(group, BL_CGROUP_PIDS_PEAK, &out->pids_peak, err) < 0)
        return -1;
    if (bl_cgroup_files_has(&group->files, BL_CGROUP_PIDS_EVENTS))
        return bl_cgroup_keyed(group, BL_CGROUP_PIDS_EVENTS, "max", &out->pids_refused, err);
    return 0;
}

int bl_cgroup_refused_above(const struct bl_cgroup *group, uint64_t *count, struct bl_err *err)
{
    *count = 0;
    if (!bl_cgroup_files_has(&group->files, BL_CGROUP_PIDS_ABOVE))
        return 0;
    return bl_cgroup_keyed(group, BL_CGROUP_PIDS_ABOVE, "max", count, err);
}

int bl_cgroup_usage(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err)
{
    out->has_memory_peak = bl_cgroup_files_has(&group->files, BL_CGROUP_MEMORY_PEAK);
    if (out->has_memory_peak &&
        bl_cgroup_number(group, BL_CGROUP_MEMORY_PEAK, &out->memory_peak_bytes, err) < 0)
        return -1;
    if (bl_cgroup_oom_kills(group, &out->oom_kills, err) < 0 || usage_of_pids(group, out, err) < 0)
        return -1;
    return group->backend->usage(group, out, err);
}

int bl_cgroup_kill(const struct bl_cgroup *group, bool *killed, struct bl_err *err)
{
    ssize_t put;

    *killed = false;
    if (!bl_cgroup_files_has(&group->files, BL_CGROUP_KILL))
        return 0;
    do
        put = pwrite(group->files.fds[BL_CGROUP_KILL], "1", 1, 0);
    while (put < 0 && errno == EINTR);
    if (put < 0)
        return bl_fail(err, BL_STEP_CGROUP_KILL, errno, "cgroup.kill");
    *killed = true;
    return 0;
}

int bl_cgroup_empty(const struct bl_cgroup *group, bool *empty, struct bl_err *err)
{
    return group->backend->empty(group, empty, err);
}
