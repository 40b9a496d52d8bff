#include "executor/daemon/blame.h"

#include <errno.h>

#include "bailiff/own.h"
#include "executor/daemon/daemon.h"

bool bl_blame_host(int sys_errno)
{
    static const int momentary[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC, EDQUOT,
                                    EAGAIN, EINTR,  EIO,    EBUSY,   ENOLCK};

    for (size_t i = 0; i < BL_ARRAY_LEN(momentary); i++)
        if (momentary[i] == sys_errno)
            return true;
    return false;
}

int bl_blame_status(const struct bl_err *err)
{
    return bl_step_fault(err->step) == BL_FAULT_CLIENT && !bl_blame_host(err->sys_errno)
               ? BL_DAEMON_BAD_CONFIG
               : BL_DAEMON_FAILED;
}
