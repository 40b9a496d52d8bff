/* metrics_process.c - the worker's own use; see metrics_process.h. */
#include "executor/server/metrics_process.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

void bl_process_open(struct bl_process *process)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now); /* can't fail: the clock and the address are ours */
    process->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    process->descriptors = opendir("/proc/self/fd");
    process->started_ns = (uint64_t)now.tv_sec * BL_NS_PER_S + (uint64_t)now.tv_nsec;
}

void bl_process_close(struct bl_process *process)
{
    bl_close_fd(&process->statm);
    if (process->descriptors)
        (void)closedir(process->descriptors); /* only read from */
    process->descriptors = NULL;
}

/* statm: pages in all, resident pages, ... */
static void see_memory(struct bl_metrics *metrics, int statm)
{
    char text[128];
    ssize_t length = statm < 0 ? -1 : pread(statm, text, sizeof(text) - 1, 0);
    unsigned long long size, resident, page = (unsigned long long)sysconf(_SC_PAGESIZE);

    text[length > 0 ? length : 0] = '\0';
    if (sscanf(text, "%llu %llu", &size, &resident) != 2)
        return;
    bl_metrics_set(metrics, BL_METRIC_PROCESS_VSIZE, 0, size * page);
    bl_metrics_set(metrics, BL_METRIC_PROCESS_RSS, 0, resident * page);
}

static void see_descriptors(struct bl_metrics *metrics, DIR *directory)
{
    struct rlimit limit;
    uint64_t count = 0;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        bl_metrics_set(metrics, BL_METRIC_PROCESS_FDS_MAX, 0, limit.rlim_cur);
    if (!directory)
        return;
    rewinddir(directory);
    for (const struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    if (count > 0)
        bl_metrics_set(metrics, BL_METRIC_PROCESS_FDS, 0, count);
}

static uint64_t of_timeval(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * BL_NS_PER_S + (uint64_t)time->tv_usec * BL_NS_PER_US;
}

void bl_metrics_see_process(struct bl_metrics *metrics, const struct bl_process *process)
{
    struct rusage usage;

    see_memory(metrics, process->statm);
    see_descriptors(metrics, process->descriptors);
    bl_metrics_set(metrics, BL_METRIC_PROCESS_START, 0, process->started_ns);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        bl_metrics_set(metrics, BL_METRIC_PROCESS_CPU, 0,
                       of_timeval(&usage.ru_utime) + of_timeval(&usage.ru_stime));
}
