/* own_folder.h - where the program that runs lies: its data and the warden are found from there. */
#ifndef BL_BASE_OWN_FOLDER_H
#define BL_BASE_OWN_FOLDER_H

#include <limits.h>

#include "bailiff/err.h"

/* bl_own_folder - the absolute path of its folder, without a slash at the end ("" for "/"), also
 * where it was started in a chroot and has a mount namespace of its own since. step: what it is
 * needed for; fails with it where /proc is not there. */
int bl_own_folder(enum bl_step step, char folder[PATH_MAX], struct bl_err *err);

#endif
