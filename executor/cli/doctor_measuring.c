/* What makes the same program take another time or memory in the next run. */
#include <errno.h>
#include <glob.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/cli/doctor.h"

static void look_cpus(const struct bl_check *check, struct bl_finding *finding)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t set;
    int may = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : -1;

    (void)check;
    bl_found(finding, may == 1, "%d of %ld that are online may be used", may, online);
}

static void look_smt(const struct bl_check *check, struct bl_finding *finding)
{
    long long active = 0;

    (void)check;
    if (!bl_doctor_read_number("/sys/devices/system/cpu/smt/active", &active))
        bl_found(finding, false, "the kernel does not tell");
    else
        bl_found(finding, active != 0, active ? "on" : "off");
}

static void look_governor(const struct bl_check *check, struct bl_finding *finding)
{
    glob_t found = {0};

    (void)check;
    bl_found(finding, false, "no frequency scaling to be seen from here");
    if (glob("/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor", 0, NULL, &found) == 0) {
        bl_found(finding, false, "performance");
        for (size_t i = 0; i < found.gl_pathc; i++) {
            char line[64];

            if (bl_doctor_read(found.gl_pathv[i], line, sizeof(line)) &&
                strcmp(line, "performance") != 0)
                bl_found(finding, true, "%s", line);
        }
    }
    globfree(&found);
}

static void look_turbo(const struct bl_check *check, struct bl_finding *finding)
{
    long long value;

    (void)check;
    if (bl_doctor_read_number("/sys/devices/system/cpu/intel_pstate/no_turbo", &value))
        bl_found(finding, value == 0, value ? "off" : "on");
    else if (bl_doctor_read_number("/sys/devices/system/cpu/cpufreq/boost", &value))
        bl_found(finding, value != 0, value ? "on" : "off");
    else
        bl_found(finding, false, "nothing to be seen from here");
}

static void look_huge_pages(const struct bl_check *check, struct bl_finding *finding)
{
    char line[128], word[32];

    (void)check;
    if (!bl_doctor_read("/sys/kernel/mm/transparent_hugepage/enabled", line, sizeof(line)) ||
        !bl_doctor_chosen(line, word, sizeof(word)))
        bl_found(finding, false, "none");
    else
        bl_found(finding, strcmp(word, "always") == 0, "%s", word);
}

static void look_aslr(const struct bl_check *check, struct bl_finding *finding)
{
    long long value = 0;

    (void)check;
    (void)bl_doctor_read_number("/proc/sys/kernel/randomize_va_space", &value);
    bl_found(finding, value != 0, "kernel.randomize_va_space is %lld", value);
}

static void look_overcommit(const struct bl_check *check, struct bl_finding *finding)
{
    long long value = 0;

    (void)check;
    (void)bl_doctor_read_number("/proc/sys/vm/overcommit_memory", &value);
    bl_found(finding, value == 2, "vm.overcommit_memory is %lld", value);
}

/* The coarse clock moves with the tick. */
static void look_hz(const struct bl_check *check, struct bl_finding *finding)
{
    struct timespec tick;
    long hz;

    (void)check;
    if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) < 0 || tick.tv_nsec == 0) {
        bl_found(finding, false, "the kernel does not tell");
        return;
    }
    hz = ((long)BL_NS_PER_S + tick.tv_nsec / 2) / tick.tv_nsec;
    bl_found(finding, hz < 250, "%ld ticks a second", hz);
}

static void look_timers(const struct bl_check *check, struct bl_finding *finding)
{
    struct timespec step;

    (void)check;
    if (clock_getres(CLOCK_MONOTONIC, &step) < 0)
        bl_found(finding, true, "%s", strerrordesc_np(errno));
    else
        bl_found(finding, step.tv_sec || step.tv_nsec > 1, "%ld ns", step.tv_nsec);
}

static void look_clock(const struct bl_check *check, struct bl_finding *finding)
{
    static const char *const slow[] = {"hpet", "acpi_pm", "jiffies", "refined-jiffies"};
    char line[64];

    (void)check;
    if (!bl_doctor_read("/sys/devices/system/clocksource/clocksource0/current_clocksource", line,
                        sizeof(line))) {
        bl_found(finding, false, "the kernel does not tell");
        return;
    }
    bl_found(finding, false, "%s", line);
    for (size_t i = 0; i < BL_ARRAY_LEN(slow); i++)
        finding->lack = finding->lack || strcmp(line, slow[i]) == 0;
}

/* Since boot: user nice system idle iowait irq softirq steal. */
static void look_steal(const struct bl_check *check, struct bl_finding *finding)
{
    unsigned long long of[8], all = 0;
    char line[256];

    (void)check;
    if (!bl_doctor_read("/proc/stat", line, sizeof(line)) ||
        sscanf(line, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &of[0], &of[1], &of[2], &of[3],
               &of[4], &of[5], &of[6], &of[7]) != 8) {
        bl_found(finding, false, "the kernel does not tell");
        return;
    }
    for (size_t i = 0; i < BL_ARRAY_LEN(of); i++)
        all += of[i];
    bl_found(finding, all > 0 && of[7] * 1000 > all, "%.2f %% of the time since boot",
             all ? 100.0 * (double)of[7] / (double)all : 0.0);
}

static void look_counters(const struct bl_check *check, struct bl_finding *finding)
{
    struct perf_event_attr event = {
        .type = PERF_TYPE_HARDWARE, .size = sizeof(event), .config = PERF_COUNT_HW_INSTRUCTIONS};
    long long paranoid = -1;
    bl_autoclose int fd =
        (int)syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    int error = errno;

    (void)check;
    (void)bl_doctor_read_number("/proc/sys/kernel/perf_event_paranoid", &paranoid);
    if (fd >= 0)
        bl_found(finding, false, "instructions can be counted, kernel.perf_event_paranoid is %lld",
                 paranoid);
    else
        bl_found(finding, true, "%s, kernel.perf_event_paranoid is %lld", strerrordesc_np(error),
                 paranoid);
}

static const struct bl_check checks[] = {
    {"cpus", false, look_cpus, "Bailiff and the program take turns on it", "a second CPU", 0},
    {"smt", false, look_smt,
     "two programs on one core slow each other down, by up to half, and can watch each other",
     "echo off > /sys/devices/system/cpu/smt/control, or use one CPU of each core", 0},
    {"governor", false, look_governor, "a program's first milliseconds run at a lower frequency",
     "cpupower frequency-set -g performance", 0},
    {"turbo", false, look_turbo, "the frequency depends on what the other cores do",
     "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 > "
     "/sys/devices/system/cpu/cpufreq/boost",
     0},
    {"huge-pages", false, look_huge_pages,
     "memory and time depend on whether the kernel found some",
     "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled", 0},
    {"aslr", false, look_aslr, "times vary a little from run to run with the addresses",
     "where nothing else runs: sysctl -w kernel.randomize_va_space=0", 0},
    {"overcommit", false, look_overcommit,
     "programs that reserve much and use little (Java, Go) fail below their limit",
     "sysctl -w vm.overcommit_memory=0", 0},
    {"tick", false, look_hz,
     "how CPU time divides into user and system is coarse, and limits are noticed a tick later",
     "a kernel with CONFIG_HZ=250 or 1000", 0},
    {"timers", false, look_timers, "limits are noticed a tick late",
     "a kernel with CONFIG_HIGH_RES_TIMERS, not booted with highres=off", 0},
    {"clock", false, look_clock, "reading the time is slow, for programs as well",
     "boot with clocksource=tsc, or the hypervisor's own", 0},
    {"steal", false, look_steal, "other guests of this machine take a program's time",
     "CPUs of its own for this guest", 0},
    {"counters", false, look_counters, "no instruction counts",
     "a machine or a guest with a PMU; sysctl -w kernel.perf_event_paranoid=1", 0},
};

const struct bl_check_group bl_doctor_measuring = {"Measuring", checks, BL_ARRAY_LEN(checks)};
