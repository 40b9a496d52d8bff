/* mounts.h - the mounts of a process, for tests after which there must be as many as before. Those
 * that other tests make meanwhile are not told: the suite runs beside another one in CI, and the
 * warden's mounts follow the host's. For tests in Python: tests/e2e/mounts.py. */
#ifndef BL_TESTS_SUPPORT_MOUNTS_H
#define BL_TESTS_SUPPORT_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* bl_mounts_next - the next line of a mountinfo (proc_pid_mountinfo(5)) that is no other test's.
 * line, room: as for getline(3), whose caller frees the line. False at the end. */
bool bl_mounts_next(FILE *mountinfo, char **line, size_t *room);

/* bl_mounts_count - those of a process. 0 where it has gone. */
unsigned bl_mounts_count(pid_t pid);

#endif
