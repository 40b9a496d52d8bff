/* policy_names.c - system call names to numbers and back.
 *
 * libseccomp's tables, and a short one of calls that are younger than the libseccomp of our oldest
 * platform (2.5.3 and 2.5.4 end at Linux 5.17). */
#include "limits/policy_rules.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

struct name_row {
    int nr;
    const char *name;
};

/* From 424 on a call has the same number on every architecture that we build for. */
static const struct name_row newer[] = {
    {451, "cachestat"},         {452, "fchmodat2"},        {453, "map_shadow_stack"},
    {454, "futex_wake"},        {455, "futex_wait"},       {456, "futex_requeue"},
    {457, "statmount"},         {458, "listmount"},        {459, "lsm_get_self_attr"},
    {460, "lsm_set_self_attr"}, {461, "lsm_list_modules"}, {462, "mseal"},
    {463, "setxattrat"},        {464, "getxattrat"},       {465, "listxattrat"},
    {466, "removexattrat"},     {467, "open_tree_attr"},   {468, "file_getattr"},
    {469, "file_setattr"},
#if defined(__x86_64__)
    {335, "uretprobe"},         {336, "uprobe"},
#endif
};

int bl_policy_syscall_number(const char *name)
{
    int nr = seccomp_syscall_resolve_name(name);

    if (nr >= 0 && nr < BL_POLICY_SYSCALLS_MAX)
        return nr;
    for (size_t i = 0; i < BL_ARRAY_LEN(newer); i++) {
        if (strcmp(newer[i].name, name) == 0)
            return newer[i].nr;
    }
    return -1; /* below -1 libseccomp means: a call of some other architecture */
}

const char *bl_policy_syscall_name(uint32_t arch, int nr, char text[32])
{
    /* SCMP_ARCH_* are the kernel's AUDIT_ARCH_* for every ABI that a notification can name. */
    bl_autofree char *known = seccomp_syscall_resolve_num_arch(arch, nr);

    if (known) {
        (void)snprintf(text, 32, "%s", known);
        return text;
    }
    for (size_t i = 0; arch == seccomp_arch_native() && i < BL_ARRAY_LEN(newer); i++) {
        if (newer[i].nr == nr) {
            (void)snprintf(text, 32, "%s", newer[i].name);
            return text;
        }
    }
    (void)snprintf(text, 32, "syscall %d", nr);
    return text;
}
