/* cgroup_sweep.c - removes what instances that no longer run have left behind. Runs in the warden,
 * under the base directory's lock, so no other start makes or sweeps instances meanwhile.
 *
 * An instance lives as long as somebody holds the flock(2) on its directory. Such a lock belongs to
 * the open file: it ends when the warden's last descriptor for it is closed, by whatever death. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

enum {
    DEPTH_MAX = 8, /* i<N>/s<serial> is 2; a program cannot make groups of its own */
    PIDS_AT_ONCE = 64,
    DEADLINE_S = 5, /* for one hierarchy; who is not dead by then sleeps in the kernel */
};

static bool is_past(const struct timespec *deadline)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > deadline->tv_sec ||
           (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}

static bool is_among(int pid, const int *pids, ssize_t count)
{
    for (ssize_t i = 0; i < count; i++) {
        if (pids[i] == pid)
            return true;
    }
    return false;
}

/* kill_each - where there is no cgroup.kill. A pid read from the group may be another process's by
 * the time it is opened; if it is still listed after that, the pidfd is a member's or a dead one's.
 */
static void kill_each(int dir)
{
    int pids[PIDS_AT_ONCE], again[PIDS_AT_ONCE], pidfds[PIDS_AT_ONCE];
    bool all_seen;
    ssize_t count = bl_cgroup_read_pids(dir, pids, PIDS_AT_ONCE, &all_seen), count_again;

    for (ssize_t i = 0; i < count; i++)
        pidfds[i] = (int)syscall(SYS_pidfd_open, pids[i], 0);
    count_again = bl_cgroup_read_pids(dir, again, PIDS_AT_ONCE, &all_seen);
    for (ssize_t i = 0; i < count; i++) {
        if (pidfds[i] >= 0 && is_among(pids[i], again, count_again))
            (void)syscall(SYS_pidfd_send_signal, pidfds[i], SIGKILL, NULL, 0); /* dead: fine */
        bl_close_fd(&pidfds[i]);
    }
}

/* kill_members - v2 kills the whole subtree at once; else forks are stopped first (only the pids
 * hierarchy has that file). */
static void kill_members(int dir)
{
    if (bl_cgroup_write_at(dir, "cgroup.kill", "1") == 0)
        return;
    (void)bl_cgroup_write_at(dir, "pids.max", "0");
    kill_each(dir);
}

static bool remove_tree(int parent, const char *name, int depth, const struct timespec *deadline);

static void remove_children(int dir, int depth, const struct timespec *deadline)
{
    int own = bl_cgroup_open_dir(dir, ".");
    DIR *stream = own < 0 ? NULL : fdopendir(own);
    const struct dirent *entry;

    if (!stream) {
        bl_close_fd(&own);
        return;
    }
    while (depth < DEPTH_MAX && (entry = readdir(stream))) {
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
            (void)remove_tree(dir, entry->d_name, depth + 1, deadline); /* shows in the parent */
    }
    (void)closedir(stream);
}

/* remove_tree - false where something of it stays. EBUSY: a process is still dying in it. */
static bool remove_tree(int parent, const char *name, int depth, const struct timespec *deadline)
{
    for (;;) {
        bl_autoclose int dir = bl_cgroup_open_dir(parent, name);

        if (dir >= 0) {
            kill_members(dir);
            remove_children(dir, depth, deadline);
        }
        if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
            return true;
        if (errno != EBUSY || is_past(deadline))
            return false;
        (void)poll(NULL, 0, 1);
    }
}

/* is_dead - did we get the lock that a running instance holds? *lock keeps it. */
static bool is_dead(int base, const char *name, int *lock)
{
    *lock = bl_cgroup_open_dir(base, name);
    return *lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) == 0;
}

void bl_cgroup_sweep(const struct bl_cgroup_hierarchy *hierarchy)
{
    int own = bl_cgroup_open_dir(hierarchy->base, ".");
    DIR *stream = own < 0 ? NULL : fdopendir(own);
    const struct dirent *entry;
    struct timespec deadline;
    uint64_t index;

    if (!stream) {
        bl_close_fd(&own);
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += DEADLINE_S;
    while ((entry = readdir(stream))) {
        bl_autoclose int lock = -1;

        if (bl_cgroup_parse_serial(entry->d_name, 'i', &index) &&
            is_dead(hierarchy->base, entry->d_name, &lock))
            (void)remove_tree(hierarchy->base, entry->d_name, 1,
                              &deadline); /* its index is skipped */
    }
    (void)closedir(stream);
}
