/* beside.h - where Bailiff's own programs lie. */
#ifndef BL_BASE_BESIDE_H
#define BL_BASE_BESIDE_H

#include <limits.h>

#include "bailiff/err.h"

/* bl_beside - the path of a program of ours: beside the one that runs, or in ../libexec/bailiff,
 * where `make install` puts it. variable: an environment variable that names another, for tests;
 * whoever sets root's environment is root. step: whose failure it is that there is none. */
int bl_beside(char path[PATH_MAX], const char *name, const char *variable, enum bl_step step,
              struct bl_err *err);

#endif
