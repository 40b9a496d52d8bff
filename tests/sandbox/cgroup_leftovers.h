/* cgroup_leftovers.h - groups that a test program made for itself and, killed, could not remove. */
#ifndef TESTS_CGROUP_LEFTOVERS_H
#define TESTS_CGROUP_LEFTOVERS_H

#define TESTS_GROUP_PREFIX "bailiff-test-"

/* leftovers_claim - locks the group at this path for as long as this process lives: whoever finds
 * it unlocked knows that nobody uses it. Returns the descriptor, the caller's to close. */
int leftovers_claim(const char *path);

/* leftovers_sweep - removes what dead tests left below a hierarchy's mount point: each group
 * TESTS_GROUP_PREFIX<pid> with all below it, where no such process lives and nobody has claimed it.
 * One that still holds a process stays. */
void leftovers_sweep(const char *mount_point);

#endif
