#include "bench/spare.h"

#include <poll.h>
#include <stdio.h>

#include "bailiff/units.h"
#include "executor/base/loop.h"

/* The pool begins the next spare a little after a program's end (pool.c), when it wants more than
 * are there; so they must have been so for three looks. */
enum { LOOK_AGAIN_MS = 1, LOOKS = 3 };
#define PATIENCE_NS (10 * BL_NS_PER_S)

static FILE *open_proc(pid_t pid, const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

/* Of a process with one thread. */
static FILE *open_children(pid_t pid)
{
    char name[40];

    (void)snprintf(name, sizeof(name), "task/%d/children", (int)pid);
    return open_proc(pid, name);
}

static bool is_filtered(pid_t pid)
{
    FILE *file = open_proc(pid, "status");
    char line[256];
    int mode = 0;

    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "Seccomp: %d", &mode) == 1)
            break;
    if (file)
        (void)fclose(file); /* read only */
    return mode != 0;
}

/* Init has forked it, and it is under its filter. */
static bool is_settled(pid_t init)
{
    FILE *file = open_children(init);
    int pid = -1;
    bool settled = file && fscanf(file, "%d", &pid) == 1 && is_filtered(pid);

    if (file)
        (void)fclose(file); /* read only */
    return settled;
}

static bool all_settled(pid_t warden, unsigned least)
{
    FILE *file = open_children(warden);
    unsigned count = 0;
    bool settled = true;
    int init;

    for (; file && settled && fscanf(file, "%d", &init) == 1; count++)
        settled = is_settled(init);
    if (file)
        (void)fclose(file); /* read only */
    return settled && count >= least;
}

bool bl_spares_settle(pid_t warden, unsigned least)
{
    const uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;

    for (int looks = 0; looks < LOOKS;) {
        looks = all_settled(warden, least) ? looks + 1 : 0;
        if (bl_now_ns() > give_up_ns)
            return false;
        (void)poll(NULL, 0, LOOK_AGAIN_MS); /* then look again */
    }
    return true;
}
