/* spool_remove.h - removing a folder with all that is in it (process: worker; spool.c only). */
#ifndef BL_JOB_SPOOL_REMOVE_H
#define BL_JOB_SPOOL_REMOVE_H

/* bl_spool_remove_tree - name below parent_fd, a file or a folder. No link is followed, no other
 * file system entered. Depth is bounded by what bl_spool_put() makes. What can't be removed stays
 * until the spool goes. */
void bl_spool_remove_tree(int parent_fd, const char *name);

#endif
