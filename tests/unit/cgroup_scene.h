/* cgroup_scene.h - a handle on a group of either version over files that are none of the kernel's,
 * and say what a test wants. On the kernel's own: tests/sandbox/test_cgroup.c.
 *
 * A program that uses it is linked with --wrap for epoll_ctl, which takes no such file and succeeds
 * here. */
#ifndef BL_TESTS_CGROUP_SCENE_H
#define BL_TESTS_CGROUP_SCENE_H

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "limits/cgroup_backend.h"

/* cgroup_scene_adopt - every file of that version is there, and says what a kernel says. */
struct bl_cgroup *cgroup_scene_adopt(uint32_t version);

/* cgroup_scene_files - the same before it is adopted. */
void cgroup_scene_files(struct bl_cgroup_files *files, uint32_t version);

/* cgroup_scene_limits - 64 MiB, 9 processes, one and a half CPUs of these. */
struct bl_limits cgroup_scene_limits(const char *cpuset);

/* cgroup_scene_say - from now on the file says that; _assert: it does. */
void cgroup_scene_say(const struct bl_cgroup *group, enum bl_cgroup_role role, const char *text);
void cgroup_scene_assert(const struct bl_cgroup *group, enum bl_cgroup_role role, const char *text);

/* cgroup_scene_lock - it can neither be read nor written: EBADF. */
void cgroup_scene_lock(const struct bl_cgroup *group, enum bl_cgroup_role role);

/* cgroup_scene_lack - this kernel has no such file. */
void cgroup_scene_lack(struct bl_cgroup *group, enum bl_cgroup_role role);

#endif
