#include "tests/unit/policy_subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/support/docker_policy.h"
#include "tests/unit/policy_naive.h"

const char *const policy_files[POLICY_FILES] = {
    [POLICY_DEFAULT] = BAILIFF_SOURCE_DIR "/limits/policies/default.json",
    [POLICY_STRICT] = BAILIFF_SOURCE_DIR "/limits/policies/strict.json",
    [POLICY_COMPILE] = BAILIFF_SOURCE_DIR "/limits/policies/compile.json",
    [POLICY_WHOLE_FORMAT] = BAILIFF_SOURCE_DIR "/tests/unit/policy_whole_format.json",
    [POLICY_PODMAN] = "/usr/share/containers/seccomp.json",
    [POLICY_DOCKER] = BL_DOCKER_POLICY,
};

void policy_subject_take(struct policy_subject *s, json_t *json)
{
    static const struct bl_policy_kernel kernel = {POLICY_KERNEL_MAJOR, POLICY_KERNEL_MINOR};
    bl_autofree char *text = NULL;
    struct bl_err err;

    memset(s, 0, sizeof(*s));
    assert_non_null(json);
    s->json = json;
    text = json_dumps(s->json, 0);
    assert_non_null(text);
    if (bl_policy_profile_read(&s->rules, text, strlen(text), &kernel, &err) ||
        bl_policy_compile(&s->policy, &s->rules, &err))
        fail_msg("%s", err.detail);
}

bool policy_subject_has(int file)
{
    if (access(policy_files[file], R_OK) == 0)
        return true;
    print_message("%s: scripts/install-packages test; scripts/unpack-packages %s\n",
                  policy_files[file], BAILIFF_BINARY_DIR);
    if (file < POLICY_PODMAN || getenv("BAILIFF_MUST_ISOLATE"))
        fail();
    return false;
}

bool policy_subject_open(struct policy_subject *s, int file)
{
    if (!policy_subject_has(file))
        return false;
    policy_subject_take(s, json_load_file(policy_files[file], 0, NULL));
    return true;
}

void policy_subject_close(struct policy_subject *s)
{
    bl_policy_rules_release(&s->rules);
    json_decref(s->json);
}

bool policy_is_launch(int nr, const uint64_t args[6])
{
    return nr == SYS_sendmsg && (uint32_t)args[0] == BL_POLICY_LAUNCH_FD;
}

bool policy_allows_some(const struct policy_subject *s, int nr)
{
    static uint64_t calls[NAIVE_CALLS_MAX][6];
    char text[32];
    size_t count = naive_calls(s->json, bl_policy_syscall_name(NATIVE_ARCH, nr, text), calls);

    for (size_t i = 0; i < count; i++)
        if (!policy_is_launch(nr, calls[i]) &&
            bl_policy_decide(&s->policy, NATIVE_ARCH, nr, calls[i]) == SECCOMP_RET_ALLOW)
            return true;
    return false;
}

unsigned policy_count_allowed(const struct policy_subject *s)
{
    unsigned allowed = 0;

    for (int nr = 0; nr < BL_POLICY_SYSCALLS_MAX; nr++)
        allowed += policy_allows_some(s, nr);
    return allowed;
}
