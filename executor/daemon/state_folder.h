/* state_folder.h - the folder of state.directory (process: worker, root).
 *
 * Whoever is given a folder by root can do with it what he likes, so root gives away only what
 * nobody can miss: a folder that it has just made, one that is the worker's user's already, and of
 * those that their owner alone may write to, for /var/tmp may be empty, and anybody can make a mark
 * there: one that is empty (a fresh file system's lost+found apart), and one that bailiffd had
 * before, with nothing but a store in it, by the store's mark. What lies in it goes with it. */
#ifndef BL_DAEMON_STATE_FOLDER_H
#define BL_DAEMON_STATE_FOLDER_H

#include "executor/daemon/identity.h"

#define BL_STATE_STORE "store" /* what lies in it */

/* bl_state_folder_take - makes it where it is not there, and gives it to the owner, who alone may
 * enter it then. *fd: the folder, owned. Fails with CONFIG: the folder above is not there, it is a
 * link or no folder, it is somebody's; nothing is changed then. */
int bl_state_folder_take(int *fd, const char *path, const struct bl_identity *owner,
                         struct bl_err *err);

/* bl_state_folder_check - would it be taken? Changes nothing; who can't look into a folder hears
 * that. Fails with CONFIG. */
int bl_state_folder_check(const char *path, const struct bl_identity *owner, struct bl_err *err);

#endif
