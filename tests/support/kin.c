#include "tests/support/kin.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/loop.h"
#include "executor/sandbox/syscalls.h"

#define PATIENCE_NS (60 * BL_NS_PER_S)

static FILE *open_children(pid_t parent)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
    return fopen(path, "re");
}

pid_t bl_kin_oldest(pid_t parent)
{
    FILE *children = open_children(parent);
    int oldest = 0;

    if (children && fscanf(children, "%d", &oldest) != 1)
        oldest = 0;
    if (children)
        (void)fclose(children); /* read only */
    return oldest;
}

pid_t bl_kin_youngest(pid_t parent)
{
    FILE *children = open_children(parent);
    int youngest = 0;

    while (children && fscanf(children, "%d", &youngest) == 1)
        ; /* the kernel lists them by age; their numbers start again at 32768 */
    if (children)
        (void)fclose(children); /* read only */
    return youngest;
}

pid_t bl_kin_await(pid_t parent)
{
    const uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;
    pid_t child;

    while ((child = bl_kin_oldest(parent)) == 0)
        assert_true(bl_now_ns() < give_up_ns);
    return child;
}

/* The number in the line of a file that begins with `name`; 0: none. */
static pid_t number_in(const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    size_t length = strlen(name);
    char line[128];
    int number = 0;

    while (file && number == 0 && fgets(line, sizeof(line), file))
        if (strncmp(line, name, length) == 0 && sscanf(line + length, "%d", &number) != 1)
            number = 0;
    if (file)
        (void)fclose(file); /* read only */
    return number > 0 ? number : 0;
}

pid_t bl_kin_of_pidfd(int pidfd)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
    return number_in(path, "Pid:");
}

bool bl_kin_signal(pid_t parent, pid_t child, int signal)
{
    bl_autoclose int pidfd = bl_pidfd_open(child);
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
    return pidfd >= 0 && number_in(path, "PPid:") == parent &&
           bl_pidfd_send_signal(pidfd, signal) == 0;
}

bool bl_kin_has_settled(pid_t pid)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    return number_in(path, "NoNewPrivs:") == 1;
}
