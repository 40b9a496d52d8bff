/* pair.h - two programs at once, each in a sandbox of its own, under one warden. */
#ifndef BL_TESTS_SUPPORT_PAIR_H
#define BL_TESTS_SUPPORT_PAIR_H

#include "tests/support/rig.h"

/* bl_pair_run - starts `stays`, and when that has closed its standard error starts `comes`; when
 * `comes` is over, `stays` finds its standard input at its end. Both must come to OK. What each
 * wrote to standard output: *said_stays, *said_comes; free() them. The trials' stdin of `stays` and
 * stderr of both are not the caller's to set. */
void bl_pair_run(struct bl_rig *rig, struct bl_trial *stays, struct bl_trial *comes,
                 char **said_stays, char **said_comes);

#endif
