/* crime_kernel - tries the calls that change the whole machine, or that have been the way into the
 * kernel. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#include "crime.h"

static long try_bpf_map(long argument)
{
    union bpf_attr map = {
        .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};

    (void)argument;
    return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map));
}

static long try_perf(long argument)
{
    struct perf_event_attr whole_machine = {.type = PERF_TYPE_SOFTWARE,
                                            .size = sizeof(whole_machine),
                                            .config = PERF_COUNT_SW_CPU_CLOCK};

    (void)argument;
    return syscall(SYS_perf_event_open, &whole_machine, -1, 0, -1, 0);
}

static long try_userfaultfd(long flags)
{
    return syscall(SYS_userfaultfd, flags);
}

static long try_io_uring(long argument)
{
    struct io_uring_params params = {0};

    (void)argument;
    return syscall(SYS_io_uring_setup, 4, &params);
}

static long try_kexec(long argument)
{
    (void)argument;
    return syscall(SYS_kexec_load, 0, 0, NULL, 0);
}

static long try_init_module(long argument)
{
    (void)argument;
    return syscall(SYS_init_module, "", 0, "");
}

static long try_delete_module(long argument)
{
    (void)argument;
    return syscall(SYS_delete_module, "no_such_module", 0);
}

static long try_reboot(long argument)
{
    (void)argument;
    return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF,
                   NULL);
}

static long try_swapon(long argument)
{
    (void)argument;
    return syscall(SYS_swapon, "/box", 0);
}

static long try_syslog(long action)
{
    static char text[4096];

    return syscall(SYS_syslog, action, text, sizeof(text));
}

static long try_settimeofday(long argument)
{
    struct timeval now;

    (void)argument;
    return gettimeofday(&now, NULL) < 0 ? -1 : syscall(SYS_settimeofday, &now, NULL);
}

static long try_clock_settime(long clock)
{
    struct timespec now;

    return clock_gettime((clockid_t)clock, &now) < 0 ? -1 : syscall(SYS_clock_settime, clock, &now);
}

static long try_adjtimex(long argument)
{
    struct timex change = {.modes = ADJ_TICK, .tick = 10000};

    (void)argument;
    return syscall(SYS_adjtimex, &change);
}

static long try_sethostname(long argument)
{
    (void)argument;
    return syscall(SYS_sethostname, "owned", 5);
}

static long try_setdomainname(long argument)
{
    (void)argument;
    return syscall(SYS_setdomainname, "owned", 5);
}

static long try_quotactl(long argument)
{
    (void)argument;
    return syscall(SYS_quotactl, 0x80000100 /* Q_SYNC */, "/dev/null", 0, NULL);
}

static long try_acct(long argument)
{
    (void)argument;
    return syscall(SYS_acct, "/box/accounting");
}

static long try_fanotify(long argument)
{
    (void)argument;
    return syscall(SYS_fanotify_init, 0, O_RDONLY);
}

static long try_nice(long value)
{
    return syscall(SYS_setpriority, PRIO_PROCESS, 0, value);
}

static long try_real_time(long argument)
{
    struct sched_param high = {.sched_priority = 50};

    (void)argument;
    return syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &high);
}

static long try_io_priority(long argument)
{
    (void)argument;
    return syscall(SYS_ioprio_set, 1 /* process */, 0, 1 << 13 /* real time */);
}

/* Read back: a policy may say yes and do nothing. */
static long set_limit(long resource, const struct rlimit *wanted)
{
    struct rlimit now;

    if (syscall(SYS_prlimit64, 0, resource, wanted, NULL) < 0 ||
        getrlimit((__rlimit_resource_t)resource, &now) < 0)
        return -1;
    errno = EPERM;
    return now.rlim_cur == wanted->rlim_cur && now.rlim_max == wanted->rlim_max ? 0 : -1;
}

static long try_raise_limit(long resource)
{
    struct rlimit limit;

    if (getrlimit((__rlimit_resource_t)resource, &limit) < 0)
        return -1;
    limit.rlim_cur = limit.rlim_max = limit.rlim_max + 1;
    return set_limit(resource, &limit);
}

static long try_lower_limit(long resource)
{
    const struct rlimit none = {0, 0};

    return set_limit(resource, &none);
}

static long try_mlock(long megabytes)
{
    size_t length = (size_t)megabytes << 20;
    void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED ? -1 : syscall(SYS_mlock, at, length);
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"bpf", try_bpf_map, 0},
        {"perf_event_open", try_perf, 0},
        {"userfaultfd", try_userfaultfd, 0},
        {"io_uring_setup", try_io_uring, 0},
        {"kexec_load", try_kexec, 0},
        {"init_module", try_init_module, 0},
        {"delete_module", try_delete_module, 0},
        {"reboot", try_reboot, 0},
        {"swapon", try_swapon, 0},
        {"syslog read all", try_syslog, 3},
        {"syslog clear", try_syslog, 5},
        {"settimeofday", try_settimeofday, 0},
        {"clock_settime", try_clock_settime, CLOCK_REALTIME},
        {"adjtimex", try_adjtimex, 0},
        {"sethostname", try_sethostname, 0},
        {"setdomainname", try_setdomainname, 0},
        {"quotactl", try_quotactl, 0},
        {"acct", try_acct, 0},
        {"fanotify_init", try_fanotify, 0},
        {"setpriority -20", try_nice, -20},
        {"sched_setscheduler FIFO", try_real_time, 0},
        {"ioprio_set real time", try_io_priority, 0},
        {"raise stack limit", try_raise_limit, RLIMIT_STACK},
        {"raise CPU limit", try_raise_limit, RLIMIT_CPU},
        {"raise core limit", try_raise_limit, RLIMIT_CORE},
        {"lower core limit", try_lower_limit, RLIMIT_CORE},
        {"lower stack limit", try_lower_limit, RLIMIT_STACK},
        {"mlock 1 MiB", try_mlock, 1},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
