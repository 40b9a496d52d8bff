#include "tests/support/host_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/support/mounts.h"

static const char *const files[] = {
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/domainname",
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/sysrq",
    "/proc/sys/kernel/randomize_va_space",
    "/proc/sys/kernel/shmmax",
    "/proc/sys/kernel/msgmax",
    "/proc/sys/kernel/shm_rmid_forced",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/kernel/threads-max",
    "/proc/sys/kernel/ctrl-alt-del",
    "/proc/sys/kernel/printk",
    "/proc/sys/fs/file-max",
    "/proc/sys/fs/suid_dumpable",
    "/proc/sys/fs/protected_symlinks",
    "/proc/sys/fs/mqueue/queues_max",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/vm/swappiness",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/max_map_count",
    "/proc/sys/user/max_user_namespaces",
    "/proc/swaps",
    "/proc/sysvipc/shm",
    "/proc/sysvipc/msg",
    "/proc/sysvipc/sem",
    "/proc/self/limits",
    "/proc/self/cgroup",
    "/proc/self/oom_score_adj",
    "/proc/self/timens_offsets",
    "/proc/self/uid_map",
};

static void add_file(struct bl_host_print *print, const char *path)
{
    size_t used = strlen(print->text);
    FILE *file = fopen(path, "re");

    used += (size_t)snprintf(print->text + used, sizeof(print->text) - used, "%s: ", path);
    assert_true(used + 4096 < sizeof(print->text));
    if (file) {
        used += fread(print->text + used, 1, sizeof(print->text) - used - 2, file);
        (void)fclose(file); /* read only */
    }
    assert_true(used + 4096 < sizeof(print->text));
    (void)snprintf(print->text + used, sizeof(print->text) - used, "\n");
}

static void add_mounts(struct bl_host_print *print)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    bl_autofree char *line = NULL;
    size_t used = strlen(print->text), room = 0;

    assert_non_null(file);
    while (bl_mounts_next(file, &line, &room)) {
        used += (size_t)snprintf(print->text + used, sizeof(print->text) - used, "mount %s", line);
        assert_true(used < sizeof(print->text));
    }
    (void)fclose(file); /* read only */
}

static long long clock_step_s(void)
{
    struct timespec wall, monotonic;

    (void)clock_gettime(CLOCK_REALTIME, &wall);
    (void)clock_gettime(CLOCK_MONOTONIC, &monotonic);
    return wall.tv_sec - monotonic.tv_sec;
}

void bl_host_print_take(struct bl_host_print *print)
{
    size_t used;

    memset(print, 0, sizeof(*print));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        add_file(print, files[i]);
    add_mounts(print);
    used = strlen(print->text);
    (void)snprintf(print->text + used, sizeof(print->text) - used, "priority %d\n",
                   getpriority(PRIO_PROCESS, 0));
    print->clock_step_s = clock_step_s();
}

void bl_host_print_expect(const struct bl_host_print *before)
{
    static struct bl_host_print now;
    long long step_s;
    size_t at = 0;

    bl_host_print_take(&now);
    while (before->text[at] && before->text[at] == now.text[at])
        at++;
    while (at > 0 && before->text[at - 1] != '\n')
        at--;
    if (strcmp(before->text, now.text) != 0)
        fail_msg("was \"%.200s\", is \"%.200s\"", before->text + at, now.text + at);
    step_s = now.clock_step_s - before->clock_step_s;
    assert_true(step_s > -60 && step_s < 60); /* whoever steers the clock does so by less */
}
