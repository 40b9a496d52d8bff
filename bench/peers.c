#include "bench/peers.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bench/bare.h"
#include "bench/oci.h"
#include "executor/base/error.h"
#include "executor/base/loop.h"

/* ---- the table --------------------------------------------------------------------------------
 */

/* In an argv of the table: PROGRAM is what is to run, BUNDLE a bundle that runs it. */
#define PROGRAM "@program"
#define BUNDLE "@bundle"
#define STATE "@state"

struct row {
    const char *name, *isolates;
    /* Without the peer's own name, which comes first in each. */
    const char *commands[BL_PEER_COMMANDS][BL_PEER_ARGS_MAX];
};

enum { BEFORE, RUN, AFTER };

/* clang-format off */
static const struct row rows[] = {
    {"unshare",
     "namespaces (mount, uts, ipc, net, pid, cgroup) and /proc; host's root, no ids, filter or limits",
     {[RUN] = {"--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork", "--mount-proc",
               PROGRAM}}},
    {"bwrap",
     "namespaces, own root, no_new_privs; no filter, cgroup or limits",
     {[RUN] = {"--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/usr", "/usr",
               "--ro-bind-try", "/bin", "/bin", "--ro-bind-try", "/lib", "/lib", "--ro-bind-try",
               "/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", PROGRAM}}},
    {"crun",
     "namespaces, own root, uid, no capabilities, cgroup (memory, pids); no filter in this bundle",
     {[RUN] = {"--root", STATE, "run", "--bundle", BUNDLE, "bailiff-bench-crun"}}},
    {"runc",
     "namespaces, own root, uid, no capabilities, cgroup (memory, pids); no filter in this bundle",
     {[RUN] = {"--root", STATE, "run", "--bundle", BUNDLE, "bailiff-bench-runc"}}},
    {"firejail",
     "namespaces, filter, no capabilities, private /dev and /tmp; host's root, no cgroup or limits",
     {[RUN] = {"--quiet", "--noprofile", "--net=none", "--private-dev", "--private-tmp",
               "--caps.drop=all", "--nonewprivs", "--seccomp", PROGRAM}}},
    {"isolate",
     "namespaces, own root, uid, rlimits, quota; no filter; cgroup only with its own configuration",
     {[BEFORE] = {"--box-id=0", "--init"},
      [RUN] = {"--box-id=0", "--silent", "--run", "--", PROGRAM},
      [AFTER] = {"--box-id=0", "--cleanup"}}},
    {"nsjail",
     "namespaces, own root, uid, no capabilities, rlimits; no filter or cgroup unless configured",
     {[RUN] = {"--mode", "o", "--really_quiet", "--user", "65534", "--group", "65534",
               "--bindmount_ro", "/usr", "--bindmount_ro", "/bin", "--bindmount_ro", "/lib",
               "--bindmount_ro", "/lib64", "--tmpfsmount", "/tmp", "--", PROGRAM}}},
    {"minijail0",
     "namespaces, uid, no capabilities, no_new_privs; host's root, no filter or cgroup as started",
     {[RUN] = {"-p", "-v", "-r", "-l", "-e", "-N", "--uts", "-n", "-u", "nobody", "-g", "nogroup",
               "-c", "0", "--", PROGRAM}}},
};
/* clang-format on */

_Static_assert(BL_ARRAY_LEN(rows) <= BL_PEERS_MAX, "room for each row");

/* ---- making one ready -------------------------------------------------------------------------
 */

static void find_on_path(const char *name, char path[PATH_MAX])
{
    const char *folders = getenv("PATH");
    bl_autofree char *copy = strdup(folders ? folders : "");
    char *rest = NULL;

    for (char *f = copy ? strtok_r(copy, ":", &rest) : NULL; f; f = strtok_r(NULL, ":", &rest))
        if (snprintf(path, PATH_MAX, "%s/%s", f, name) < PATH_MAX && access(path, X_OK) == 0)
            return;
    path[0] = '\0';
}

static const char *argument(const struct bl_peers *peers, const char *text, bool to_succeed)
{
    if (strcmp(text, PROGRAM) == 0)
        return to_succeed ? "/bin/true" : "/bin/false";
    if (strcmp(text, BUNDLE) == 0)
        return to_succeed ? peers->bundle_true : peers->bundle_false;
    return strcmp(text, STATE) == 0 ? peers->state : text;
}

static void fill_commands(const struct bl_peers *peers, struct bl_peer *peer, const struct row *row,
                          bool to_succeed)
{
    for (int c = 0; c < BL_PEER_COMMANDS; c++) {
        const char **argv = peer->commands[c];
        if (!row->commands[c][0])
            continue;
        *argv++ = peer->path;
        for (const char *const *text = row->commands[c]; *text; text++)
            *argv++ = argument(peers, *text, to_succeed);
        *argv = NULL;
    }
}

/* -1: one could not even be started, or was killed. Else the status of the first that failed. What
 * they print goes to `to`. */
static int try_once(const struct bl_peer *peer, int to, struct bl_err *err)
{
    int status = 0, worst = 0;
    pid_t pid;

    for (int c = 0; c < BL_PEER_COMMANDS; c++) {
        if (!peer->commands[c][0])
            continue;
        if (bl_bare_start(&pid, peer->commands[c], to, to, err) < 0 ||
            bl_bare_wait(pid, &status, err) < 0)
            return -1;
        worst = worst ? worst : status;
    }
    return worst;
}

/* What it printed first, where it printed anything. */
static const char *first_line(int from, char line[80])
{
    ssize_t length = pread(from, line, 79, 0);

    line[length > 0 ? length : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return line;
}

/* It must run a program, and tell a failure: one that swallows the status is of no use to a judge,
 * and one that fails early would look fast. */
static void try_peer(const struct bl_peers *peers, struct bl_peer *peer, const struct row *row)
{
    bl_autoclose int printed = memfd_create(row->name, MFD_CLOEXEC);
    char text[BL_ERROR_TEXT_MAX], line[80];
    struct bl_err err;

    fill_commands(peers, peer, row, true);
    int succeeding = try_once(peer, printed, &err);
    if (succeeding < 0)
        (void)snprintf(peer->why_not, sizeof(peer->why_not), "does not work here: %.120s",
                       bl_error_text(&err, text));
    if (succeeding > 0)
        (void)snprintf(peer->why_not, sizeof(peer->why_not), "does not work here: status %d, %.80s",
                       succeeding, first_line(printed, line));
    if (succeeding != 0)
        return;
    fill_commands(peers, peer, row, false);
    if (try_once(peer, printed, &err) == 0)
        (void)snprintf(peer->why_not, sizeof(peer->why_not),
                       "does not tell that /bin/false failed");
    fill_commands(peers, peer, row, true);
}

/* ---- all of them ------------------------------------------------------------------------------
 */

int bl_peers_find(struct bl_peers *peers, struct bl_err *err)
{
    *peers = (struct bl_peers){.folder = "/tmp/bailiff-bench-XXXXXX"};
    if (!mkdtemp(peers->folder)) {
        peers->folder[0] = '\0';
        return bl_fail(err, BL_STEP_FILE_WRITE, errno, "a folder in /tmp");
    }
    /* Below it other ids must find their way: a container's root is walked with the container's. */
    if (chmod(peers->folder, 0755) < 0)
        return bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s", peers->folder);
    (void)snprintf(peers->bundle_true, sizeof(peers->bundle_true), "%s/true", peers->folder);
    (void)snprintf(peers->bundle_false, sizeof(peers->bundle_false), "%s/false", peers->folder);
    (void)snprintf(peers->state, sizeof(peers->state), "%s/state", peers->folder);
    if (bl_oci_bundle(peers->bundle_true, "/bin/true", err) < 0 ||
        bl_oci_bundle(peers->bundle_false, "/bin/false", err) < 0)
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_peer *peer = &peers->all[peers->count++];
        peer->name = rows[i].name;
        peer->isolates = rows[i].isolates;
        find_on_path(peer->name, peer->path);
        if (!peer->path[0])
            (void)snprintf(peer->why_not, sizeof(peer->why_not), "not on PATH");
        else
            try_peer(peers, peer, &rows[i]);
    }
    return 0;
}

static int remove_entry(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    (void)is;
    (void)kind;
    (void)at;
    (void)remove(path); /* the rest still goes */
    return 0;
}

void bl_peers_release(struct bl_peers *peers)
{
    if (peers->folder[0])
        (void)nftw(peers->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

int bl_peer_run(const struct bl_peer *peer, uint64_t *took_ns, struct bl_err *err)
{
    const uint64_t from_ns = bl_now_ns();

    for (int c = 0; c < BL_PEER_COMMANDS; c++)
        if (peer->commands[c][0] && bl_bare_run(peer->commands[c], -1, NULL, err) < 0)
            return -1;
    *took_ns = bl_now_ns() - from_ns;
    return 0;
}

json_t *bl_peers_json(const struct bl_peers *peers)
{
    json_t *all = json_object();

    for (unsigned i = 0; i < peers->count; i++) {
        const struct bl_peer *peer = &peers->all[i];
        (void)json_object_set_new(all, peer->name,
                                  json_pack("{s:s, s:s}", "isolates", peer->isolates, "status",
                                            peer->why_not[0] ? peer->why_not : "measured"));
    }
    return all; /* an object that lacks one is found out by its reader */
}
