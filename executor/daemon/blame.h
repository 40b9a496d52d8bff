/* blame.h - whose an error of the start is: the configuration's, or the host's of the moment. A
 * service manager starts bailiffd anew after the latter, and after the former never
 * (RestartPreventExitStatus in its unit). Pure. */
#ifndef BL_DAEMON_BLAME_H
#define BL_DAEMON_BLAME_H

#include <stdbool.h>

#include "bailiff/err.h"

/* bl_blame_host - what the host is short of, or failed to do, it may have again later: no file is
 * wrong because descriptors or memory ran out, or a disk failed, while it was read. */
bool bl_blame_host(int sys_errno);

/* bl_blame_status - the exit status for it: BL_DAEMON_BAD_CONFIG or BL_DAEMON_FAILED. */
int bl_blame_status(const struct bl_err *err);

#endif
