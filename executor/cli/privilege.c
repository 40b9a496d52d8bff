#include "executor/cli/privilege.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bailiff/own.h"

static const cap_value_t kept[] = {
    CAP_DAC_OVERRIDE,    /* write below a user's folder */
    CAP_DAC_READ_SEARCH, /* read a user's files, find them below folders of 0700 */
    CAP_FOWNER,          /* set the mode of a file that was there before */
    CAP_CHOWN,           /* give a file to whose it is */
};

static bool is_kept(cap_value_t value)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(kept); i++) {
        if (kept[i] == value)
            return true;
    }
    return false;
}

int bl_privilege_check(struct bl_err *err)
{
    if (geteuid() != 0)
        return bl_fail(err, BL_STEP_PRIVILEGE, 0,
                       "this is user %u, and sandboxes are made by root: call it with sudo",
                       (unsigned)geteuid());
    return 0;
}

/* While CAP_SETPCAP is still there. What an exec of uid 0 could get back is the bounding set. */
static int drop_bounding(struct bl_err *err)
{
    for (cap_value_t value = 0; cap_get_bound(value) >= 0; value++) {
        if (!is_kept(value) && cap_get_bound(value) > 0 && cap_drop_bound(value) < 0)
            return bl_fail(err, BL_STEP_PRIVILEGE, errno,
                           "drop capability %d from the bounding set", (int)value);
    }
    return 0;
}

/* A capability that was not there to begin with can't be kept: each is set by itself only where it
 * is permitted. */
static int reduce(cap_t caps)
{
    cap_t now = cap_get_proc();
    int status = now && cap_clear(caps) == 0 ? 0 : -1;

    for (size_t i = 0; status == 0 && i < BL_ARRAY_LEN(kept); i++) {
        cap_flag_value_t permitted = CAP_CLEAR;

        status = cap_get_flag(now, kept[i], CAP_PERMITTED, &permitted);
        if (status == 0)
            status = cap_set_flag(caps, CAP_PERMITTED, 1, &kept[i], permitted);
        if (status == 0)
            status = cap_set_flag(caps, CAP_EFFECTIVE, 1, &kept[i], permitted);
    }
    if (status == 0)
        status = cap_set_proc(caps);
    (void)cap_free(now);
    return status;
}

int bl_privilege_drop(struct bl_err *err)
{
    cap_t caps = cap_init();
    int status;

    if (!caps)
        return bl_fail(err, BL_STEP_PRIVILEGE, errno, "cap_init");
    status = drop_bounding(err);
    if (status == 0 && cap_reset_ambient() < 0)
        status = bl_fail(err, BL_STEP_PRIVILEGE, errno, "clear the ambient set");
    if (status == 0 && reduce(caps) < 0)
        status = bl_fail(err, BL_STEP_PRIVILEGE, errno, "drop capabilities");
    if (status == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        status = bl_fail(err, BL_STEP_PRIVILEGE, errno, "set no_new_privs");
    (void)cap_free(caps);
    return status;
}
