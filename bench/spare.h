/* spare.h - waiting until the spares of a pool sleep, ready in full.
 *
 * A spare counts as ready when its mounts stand; the program's process may still be giving up its
 * privileges then. A job that comes a moment later never sees that, one that comes at once waits;
 * and whoever is measured next would share the CPUs with it. */
#ifndef BL_BENCH_SPARE_H
#define BL_BENCH_SPARE_H

#include <stdbool.h>
#include <sys/types.h>

/* bl_spares_settle - returns when every program's process below this warden is under its filter,
 * the last step before it sleeps, there are at least so many, and nothing has changed for some
 * milliseconds; after ten seconds at the latest, false then. For a policy that is loaded ahead,
 * such as "default". */
bool bl_spares_settle(pid_t warden, unsigned least);

#endif
