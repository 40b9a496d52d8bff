/* init_notify.c - refused system calls: noted, then answered by the policy (process: init; system
 * calls only). See seccomp_unotify(2). Init's time is not the program's: so that a program that
 * makes nothing but refused calls can't spend it without end, only so many are answered here. Only
 * numbers and argument values are read, never the program's memory, so there is no race to lose. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bailiff/own.h"
#include "executor/sandbox/init.h"
#include "executor/sandbox/syscalls.h"

static struct bl_refusal *find(struct bl_notify *notify, uint32_t arch, int nr)
{
    for (unsigned i = 0; i < notify->count; i++)
        if (notify->refusals[i].nr == nr && notify->refusals[i].arch == arch)
            return &notify->refusals[i];
    if (notify->count == BL_REFUSALS_MAX)
        return NULL;
    struct bl_refusal *added = &notify->refusals[notify->count++];
    *added = (struct bl_refusal){.arch = arch, .nr = nr};
    return added;
}

static int answer_of(const struct bl_policy *policy, int nr)
{
    if (nr >= 0 && nr < BL_POLICY_SYSCALLS_MAX)
        return policy->answers[nr];
    return policy->default_answer;
}

void bl_notify_answer(struct bl_notify *notify, const struct bl_policy *policy, bool *kill)
{
    struct seccomp_notif asked;
    struct seccomp_notif_resp answer;

    memset(&asked, 0, sizeof(asked)); /* the kernel refuses anything else */
    *kill = false;
    if (ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
        return; /* the caller was killed meanwhile */
    int verdict = answer_of(policy, asked.data.nr);
    struct bl_refusal *refusal = find(notify, asked.data.arch, asked.data.nr);
    notify->total++;
    if (refusal) {
        if (refusal->count++ == 0)
            for (int i = 0; i < 6; i++)
                refusal->args[i] = asked.data.args[i];
        refusal->killed |= verdict == BL_POLICY_KILL;
    }
    if (verdict == BL_POLICY_KILL) {
        notify->killed = *kill = true; /* it stays in the call until the signal takes it */
        return;
    }
    memset(&answer, 0, sizeof(answer));
    answer.id = asked.id;
    answer.error = -verdict;
    (void)ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer); /* ENOENT: killed meanwhile */
    if (notify->total == BL_REFUSALS_TOLD_MAX)
        bl_close_fd(&notify->listener); /* from here on the kernel answers ENOSYS by itself */
}
