/* warden_privilege.c - what whoever starts the warden must have (process: worker). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

#include "bailiff/own.h"
#include "executor/sandbox/warden_private.h"

/* Without these the warden could begin and then fail at every sandbox. */
int bl_warden_check_privilege(struct bl_err *err)
{
    static const struct {
        cap_value_t value;
        const char *name;
    } needed[] = {{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, {CAP_SETUID, "CAP_SETUID"},
                  {CAP_SETGID, "CAP_SETGID"},       {CAP_KILL, "CAP_KILL"},
                  {CAP_SETPCAP, "CAP_SETPCAP"},     {CAP_SYS_CHROOT, "CAP_SYS_CHROOT"}};
    char missing[200] = "";
    cap_t caps = cap_get_proc();

    if (!caps)
        return bl_fail(err, BL_STEP_PRIVILEGE, errno, "cap_get_proc");
    for (size_t i = 0; i < BL_ARRAY_LEN(needed); i++) {
        cap_flag_value_t has = CAP_CLEAR;
        if (cap_get_flag(caps, needed[i].value, CAP_EFFECTIVE, &has) == 0 && has == CAP_SET)
            continue;
        size_t used = strlen(missing);
        (void)snprintf(missing + used, sizeof(missing) - used, "%s%s", used ? ", " : "",
                       needed[i].name);
    }
    (void)cap_free(caps);
    if (missing[0])
        return bl_fail(err, BL_STEP_PRIVILEGE, 0,
                       "lacks %s; run it as root (sudo), and see bailiff doctor", missing);
    return 0;
}
