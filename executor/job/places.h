/* places.h - where programs find what they are given, and where checkers write: both sides of the
 * code that names these places are here.
 *
 * A path of /box is made for whoever needs it. Any other place must be there already, in the root
 * of the profile: bl_places_add() puts it there. */
#ifndef BL_JOB_PLACES_H
#define BL_JOB_PLACES_H

#include "bailiff/err.h"
#include "executor/sandbox/plan.h"

#define BL_PLACE_APP "/app"           /* a program's own files */
#define BL_PLACE_INPUT "/judge/input" /* checkers only, like those below; empty files ... */
#define BL_PLACE_ANSWER "/judge/answer"
#define BL_PLACE_FEEDBACK "/judge/feedback" /* what earlier passes wrote; ... an empty folder */

/* bl_places_add - the places of checkers; every root has /app. Fails as bl_plan_add_entry() does.
 */
int bl_places_add(struct bl_plan *plan, unsigned root, struct bl_err *err);

#endif
