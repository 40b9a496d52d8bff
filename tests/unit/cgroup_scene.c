#include "tests/unit/cgroup_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

/* As a kernel of that version says it. */
static const char *const usual[3][BL_CGROUP_ROLE_COUNT] = {
    [1] =
        {
            [BL_CGROUP_MEMORY_PEAK] = "4096\n",
            [BL_CGROUP_MEMORY_STAT] = "cache 30\nshmem 10\n",
            [BL_CGROUP_MEMORY_KERNEL] = "77\n",
            [BL_CGROUP_MEMORY_EVENTS] = "oom_kill_disable 0\noom_kill 2\n",
            [BL_CGROUP_PIDS_CURRENT] = "1\n",
            [BL_CGROUP_PIDS_PEAK] = "5\n",
            [BL_CGROUP_PIDS_EVENTS] = "max 3\n",
            [BL_CGROUP_CPU_STAT] = "nr_throttled 1\nthrottled_time 9000\n",
            [BL_CGROUP_CPU_USAGE] = "1000000\n",
            [BL_CGROUP_CPU_USAGE_USER] = "3\n",
            [BL_CGROUP_CPU_USAGE_SYS] = "1\n",
            [BL_CGROUP_CPUSET_EFFECTIVE] = "2-3\n",
        },
    [2] =
        {
            [BL_CGROUP_MEMORY_PEAK] = "4096\n",
            [BL_CGROUP_MEMORY_STAT] = "file 30\nshmem 10\nkernel 77\n",
            [BL_CGROUP_MEMORY_EVENTS] = "max 8\noom 6\noom_kill 2\n",
            [BL_CGROUP_PIDS_CURRENT] = "1\n",
            [BL_CGROUP_PIDS_PEAK] = "5\n",
            [BL_CGROUP_PIDS_EVENTS] = "max 3\n",
            [BL_CGROUP_PIDS_ABOVE] = "max 4\n",
            [BL_CGROUP_CPU_STAT] = "usage_usec 1000\nuser_usec 750\nsystem_usec 250\n"
                                   "throttled_usec 9\n",
            [BL_CGROUP_CPUSET_EFFECTIVE] = "2-3\n",
            [BL_CGROUP_IO_STAT] = "8:0 rbytes=100 wbytes=200\n",
            [BL_CGROUP_CPU_PRESSURE] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=11\n",
            [BL_CGROUP_MEMORY_PRESSURE] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=12\n",
            [BL_CGROUP_IO_PRESSURE] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=13\n",
            [BL_CGROUP_EVENTS] = "populated 1\nfrozen 0\n",
        },
};

void cgroup_scene_say(const struct bl_cgroup *group, enum bl_cgroup_role role, const char *text)
{
    const int fd = group->files.fds[role];

    assert_return_code(ftruncate(fd, 0), errno);
    assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
}

void cgroup_scene_assert(const struct bl_cgroup *group, enum bl_cgroup_role role, const char *text)
{
    char is[64] = "";

    assert_true(pread(group->files.fds[role], is, sizeof(is) - 1, 0) >= 0);
    assert_string_equal(is, text);
}

void cgroup_scene_lock(const struct bl_cgroup *group, enum bl_cgroup_role role)
{
    const int nothing = open("/dev/null", O_PATH | O_CLOEXEC);

    assert_true(nothing >= 0);
    assert_int_equal(dup3(nothing, group->files.fds[role], O_CLOEXEC), group->files.fds[role]);
    (void)close(nothing); /* has no contents */
}

void cgroup_scene_lack(struct bl_cgroup *group, enum bl_cgroup_role role)
{
    group->files.present &= ~(1U << role);
    bl_close_fd(&group->files.fds[role]);
}

void cgroup_scene_files(struct bl_cgroup_files *files, uint32_t version)
{
    bl_cgroup_files_init(files);
    files->version = version;
    for (unsigned role = 0; role < BL_CGROUP_ROLE_COUNT; role++) {
        const char *text = usual[version][role];
        if (!bl_cgroup_file_name(version, (enum bl_cgroup_role)role))
            continue;
        files->present |= 1U << role;
        files->fds[role] = memfd_create("control", MFD_CLOEXEC);
        assert_true(files->fds[role] >= 0);
        if (text)
            assert_int_equal(write(files->fds[role], text, strlen(text)), strlen(text));
    }
}

struct bl_cgroup *cgroup_scene_adopt(uint32_t version)
{
    struct bl_cgroup_files files;
    struct bl_cgroup *group;
    struct bl_err err;

    cgroup_scene_files(&files, version);
    if (bl_cgroup_adopt(&group, &files, &err) < 0)
        fail_msg("%s", err.detail);
    return group;
}

int __wrap_epoll_ctl(int fd, int order, int target, struct epoll_event *event);
int __wrap_epoll_ctl(int fd, int order, int target, struct epoll_event *event)
{
    (void)order;
    (void)event;
    return fd >= 0 && target >= 0 ? 0 : -1;
}

struct bl_limits cgroup_scene_limits(const char *cpuset)
{
    struct bl_limits limits = {.memory_bytes = 64 * BL_MIB, .pids = 9, .cpus_milli = 1500};

    (void)snprintf(limits.cpuset, sizeof(limits.cpuset), "%s", cpuset);
    return limits;
}
