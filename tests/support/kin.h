/* kin.h - whose children processes are, as /proc tells it. Of a parent with one thread. */
#ifndef BL_TESTS_SUPPORT_KIN_H
#define BL_TESTS_SUPPORT_KIN_H

#include <stdbool.h>
#include <sys/types.h>

/* The one that it has had for the longest; for the shortest time. 0: it has none, or is gone
 * itself. */
pid_t bl_kin_oldest(pid_t parent);
pid_t bl_kin_youngest(pid_t parent);

/* bl_kin_await - its oldest child, as soon as it has one; fails the test after a minute. */
pid_t bl_kin_await(pid_t parent);

/* bl_kin_of_pidfd - the process that a pidfd stands for; 0: none any more. */
pid_t bl_kin_of_pidfd(int pidfd);

/* bl_kin_signal - to a process if it is still that parent's child: a number alone may be another's
 * by now. False: it is not. */
bool bl_kin_signal(pid_t parent, pid_t child, int signal);

/* bl_kin_has_settled - of a sandbox's program: it can gain no privilege any more (no_new_privs). */
bool bl_kin_has_settled(pid_t pid);

#endif
