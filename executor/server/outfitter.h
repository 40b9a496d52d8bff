/* outfitter.h - a job's commands by the languages and profiles of this site: executor/job's outfits
 * (process: worker). */
#ifndef BL_SERVER_OUTFITTER_H
#define BL_SERVER_OUTFITTER_H

#include "executor/job/outfit.h"

struct bl_site;

/* bl_site_outfitter - borrows the site. Its outfit() fails with LANGUAGE where the sources are to
 * blame (no main source), HOST faults else. */
struct bl_outfitter bl_site_outfitter(struct bl_site *site);

#endif
