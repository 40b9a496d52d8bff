/* slots_read.c - CPUs from sched_getaffinity(2) and sysfs; see slots_read.h. */
#include "executor/server/slots_read.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "bailiff/own.h"

enum { TEXT_MAX = 4096 };

/* The kinds of cores of an Intel hybrid machine, by the name of their PMU, slowest first. Only
 * their order counts. */
static const struct {
    const char *cpus;
    uint32_t capacity;
} kinds[] = {{"cpu_lowpower/cpus", 256}, {"cpu_atom/cpus", 512}, {"cpu_core/cpus", 1024}};

/* What a file below the directory holds; 0: nothing, or no such file. */
static size_t read_text(int directory, const char *path, char text[TEXT_MAX])
{
    bl_autoclose int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, TEXT_MAX - 1);

    text[length > 0 ? length : 0] = '\0';
    return length > 0 ? (size_t)length : 0;
}

static uint32_t capacity_of(int devices, unsigned cpu, const struct bl_cgroup_cpus *of_kind)
{
    char path[64], text[TEXT_MAX];
    uint64_t capacity;
    size_t length;

    (void)snprintf(path, sizeof(path), "system/cpu/cpu%u/cpu_capacity", cpu);
    length = read_text(devices, path, text);
    if (bl_cgroup_parse_number(text, length, &capacity) && capacity <= UINT32_MAX)
        return (uint32_t)capacity;
    for (size_t i = 0; i < BL_ARRAY_LEN(kinds); i++) {
        if (bl_cpus_has(&of_kind[i], cpu))
            return kinds[i].capacity;
    }
    return 0;
}

int bl_slots_read_from(struct bl_topology *topology, const char *devices,
                       const struct bl_cgroup_cpus *usable, const char *only, struct bl_err *err)
{
    bl_autoclose int directory = open(devices, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct bl_cgroup_cpus of_kind[BL_ARRAY_LEN(kinds)] = {0}, ours = *usable, named;
    char path[64], text[TEXT_MAX];

    if (only && !bl_cgroup_parse_cpus(only, strlen(only), &named))
        return bl_fail(err, BL_STEP_FIELD, 0, "cpus: \"%s\" is no list such as 0-3,7", only);
    for (size_t i = 0; only && i < BL_ARRAY_LEN(ours.bits); i++)
        ours.bits[i] &= named.bits[i];
    for (size_t i = 0; i < BL_ARRAY_LEN(kinds); i++) {
        size_t length = read_text(directory, kinds[i].cpus, text);

        (void)bl_cgroup_parse_cpus(text, length, &of_kind[i]); /* cut or absent: no such kind */
    }
    bl_topology_init(topology);
    bl_topology_use(topology, &ours);
    for (unsigned cpu = 0; cpu < BL_CGROUP_CPUS_MAX; cpu++) {
        size_t length;

        if (!bl_cpus_has(&ours, cpu))
            continue;
        (void)snprintf(path, sizeof(path), "system/cpu/cpu%u/topology/thread_siblings_list", cpu);
        length = read_text(directory, path, text);
        bl_topology_add(topology, cpu, text, length, capacity_of(directory, cpu, of_kind));
    }
    return 0;
}

int bl_slots_read(struct bl_topology *topology, const char *only, struct bl_err *err)
{
    struct bl_cgroup_cpus usable = {{0}};

    /* The kernel's mask is an array of longs, the lowest CPU in bit 0 of the first: on
     * little-endian machines, and Bailiff knows no others, that is our own. */
    if (sched_getaffinity(0, sizeof(usable.bits), (cpu_set_t *)(void *)usable.bits) != 0)
        return bl_fail(err, BL_STEP_MACHINE, errno, "sched_getaffinity");
    return bl_slots_read_from(topology, "/sys/devices", &usable, only, err);
}
