/* policy_subject.h - a profile under test: its JSON, its rules and its compiled filter. */
#ifndef BL_TESTS_POLICY_SUBJECT_H
#define BL_TESTS_POLICY_SUBJECT_H

#include <jansson.h>
#include <linux/audit.h>
#include <stdbool.h>

#include "limits/policy.h"
#include "limits/policy_rules.h"

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#define FOREIGN_ARCH AUDIT_ARCH_I386
#else
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#define FOREIGN_ARCH AUDIT_ARCH_ARM
#endif

enum {
    POLICY_DEFAULT,
    POLICY_STRICT,
    POLICY_COMPILE,
    POLICY_SHIPPED,
    POLICY_WHOLE_FORMAT = POLICY_SHIPPED, /* uses every part of the format */
    POLICY_PODMAN,                        /* the engines' own, where they are had */
    POLICY_DOCKER,
    POLICY_FILES,
    POLICY_NUMBERS = 600, /* system calls to try: 0 to this */
    POLICY_KERNEL_MAJOR = 6,
    POLICY_KERNEL_MINOR = 1,
};

extern const char *const policy_files[POLICY_FILES];

struct policy_subject {
    json_t *json;
    struct bl_policy policy;
    struct bl_policy_rules rules;
};

/* policy_subject_has - is the file there? Those that are not ours need not be, but for
 * BAILIFF_MUST_ISOLATE: where every package is to be there it fails the test, and says how to get
 * it. */
bool policy_subject_has(int file);

/* policy_subject_open - one of policy_files under the kernel named above. False where it is not
 * there; any other failure fails the test. */
bool policy_subject_open(struct policy_subject *s, int file);

/* policy_subject_take - a profile made by the test; takes json. */
void policy_subject_take(struct policy_subject *s, json_t *json);
void policy_subject_close(struct policy_subject *s);

/* policy_is_launch - whether it is the call that every filter allows. */
bool policy_is_launch(int nr, const uint64_t args[6]);

/* policy_allows_some - does any call of this number pass? Tried with what the profile's own rules
 * speak of. policy_count_allowed: how many numbers there are of which one does. */
bool policy_allows_some(const struct policy_subject *s, int nr);
unsigned policy_count_allowed(const struct policy_subject *s);

#endif
