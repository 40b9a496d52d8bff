/* Seccomp profiles: any bytes give a whole policy, whose filter can be run, or an error in words.
 */
#include <assert.h>
#include <linux/audit.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "limits/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t args[6] = {0, UINT64_MAX, 0x7e020000, 1, 2, 3};
    bl_autofree struct bl_policy *policy = malloc(sizeof(*policy));
    struct bl_err err = {.step = BL_STEP_NONE};

    if (!policy)
        return 0;
    if (bl_policy_parse(policy, "fuzz", (const char *)data, size, &err) != 0) {
        assert(err.step != BL_STEP_NONE && err.detail[0]);
        return 0;
    }
    assert(policy->instruction_count > 0);
    assert(policy->instruction_count <= BL_POLICY_INSTRUCTIONS_MAX);
    for (int nr = -1; nr <= BL_POLICY_SYSCALLS_MAX; nr += 7)
        (void)bl_policy_decide(policy, AUDIT_ARCH_X86_64, nr, args);
    return 0;
}
