#include "executor/base/machine.h"

#include <fcntl.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_parse.h"

enum { TEXT_MAX = 4096 };

void bl_machine_open(struct bl_machine *machine)
{
    *machine = (struct bl_machine){
        .online = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC),
        .stat = open("/proc/stat", O_RDONLY | O_CLOEXEC),
        .cpu_pressure = open("/proc/pressure/cpu", O_RDONLY | O_CLOEXEC),
        .memory_pressure = open("/proc/pressure/memory", O_RDONLY | O_CLOEXEC),
        .io_pressure = open("/proc/pressure/io", O_RDONLY | O_CLOEXEC),
    };
}

void bl_machine_close(struct bl_machine *machine)
{
    bl_close_fd(&machine->online);
    bl_close_fd(&machine->stat);
    bl_close_fd(&machine->cpu_pressure);
    bl_close_fd(&machine->memory_pressure);
    bl_close_fd(&machine->io_pressure);
}

size_t bl_machine_read(int file, char *text, size_t room)
{
    ssize_t length = file < 0 ? 0 : pread(file, text, room - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    return length > 0 ? (size_t)length : 0;
}

unsigned bl_machine_cpus(const struct bl_machine *machine)
{
    char text[TEXT_MAX];
    struct bl_cgroup_cpus set;
    unsigned count = 0;

    if (bl_cgroup_parse_cpus(text, bl_machine_read(machine->online, text, sizeof(text)), &set))
        count = bl_cgroup_count_cpus(&set);
    return count > 0 ? count : 1;
}
