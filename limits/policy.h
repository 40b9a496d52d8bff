/* policy.h - seccomp policies: read from OCI JSON, compiled to BPF once, named back for people.
 *
 * The format is linux.seccomp of the OCI runtime specification as Docker's default profile uses it
 * (defaultAction, defaultErrnoRet, archMap / architectures, syscalls with names, action, errnoRet,
 * args, includes/excludes with caps, arches, minKernel, and comments), so that a profile written
 * for a container engine loads unchanged. What differs, always in the safe direction:
 *   - foreign ABIs (i386, x32) are killed whatever archMap says;
 *   - a call whose action is SCMP_ACT_KILL*, or that falls to a default action of ERRNO or KILL,
 *     is *reported* by user notification: the sandbox's init notes number and arguments, then
 *     answers by `answers`. Calls with an explicit SCMP_ACT_ERRNO rule (known probes such as
 *     clone3) are answered by the kernel and not reported;
 *   - capabilities are always empty, so `includes.caps` never holds and `excludes.caps` always;
 *   - where several rules match a call, the most severe decides (KILL, TRAP, ERRNO, ALLOW) in
 *     any order; libseccomp lets an unconditional ALLOW hide a conditional ERRNO;
 *   - a number has one answer to notifications. Where a rule kills some of its calls and the rest
 *     fall to a default of ERRNO, the kernel answers the rest and they are not reported;
 *   - SCMP_ACT_LOG allows without logging: a program could flood the host's log;
 *   - NOTIFY, TRACE, USER_NOTIF of a file are refused: there is no agent to answer them;
 *   - one rule is added: sendmsg on descriptor BL_POLICY_LAUNCH_FD. It is how the listener leaves
 *     the filtered process (seccomp_unotify(2)); the descriptor is closed by the exec. A program
 *     gains nothing by it: where it may not make sockets it has none to send on. The number is
 *     the last of the kernel's smallest descriptor table: a higher one costs a larger table. */
#ifndef BL_LIMITS_POLICY_H
#define BL_LIMITS_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"

enum {
    BL_POLICY_LAUNCH_FD = 63,
    BL_POLICY_SYSCALLS_MAX = 512,      /* numbers with an answer of their own */
    BL_POLICY_INSTRUCTIONS_MAX = 4096, /* the kernel's BPF_MAXINSNS */
    BL_POLICY_FILE_BYTES_MAX = 1024 * 1024,
    BL_POLICY_KILL = -1, /* an answer: end the program */
};

/* A compiled policy: plain data, no pointers but `name`, so it can be copied into the plan. */
struct bl_policy {
    char name[64];
    /* What init answers to a notification: an errno (> 0) or BL_POLICY_KILL. Numbers beyond the
     * array, and foreign ones, get default_answer. */
    int16_t answers[BL_POLICY_SYSCALLS_MAX];
    int16_t default_answer;
    uint32_t ignored_names; /* of the file: no system call of this machine, by our tables */
    uint32_t instruction_count;
    uint64_t instructions[BL_POLICY_INSTRUCTIONS_MAX]; /* struct sock_filter, 8 bytes each */
};

/* bl_policy_parse - compiles a profile. json: length bytes, need not end with NUL.
 * name: for messages and reports, cut at 63 bytes. *out whole on success only.
 * Fails with POLICY (names the rule's index and what is wrong), POLICY_BUILD. */
int bl_policy_parse(struct bl_policy *out, const char *name, const char *json, size_t length,
                    struct bl_err *err);

/* bl_policy_parse_own - for a process that loads the filter on itself, without a listener: what the
 * profile kills the kernel kills at once, what falls to a default of ERRNO the kernel refuses, and
 * no call is let through for a launch. For whoever is not run in a sandbox, but confines itself.
 * Fails like bl_policy_parse(). */
int bl_policy_parse_own(struct bl_policy *out, const char *name, const char *json, size_t length,
                        struct bl_err *err);

/* bl_policy_load - NAME ("default", "loopback", "strict", "compile": shipped, built into the
 * program) or the path of a file (anything with a '/' or ending in ".json"). Fails with POLICY:
 * unknown name (lists them), unreadable or oversized file. */
int bl_policy_load(struct bl_policy *out, const char *name_or_path, struct bl_err *err);

/* bl_policy_syscall_name - "openat", or "syscall 999" written to text. For reports: uses
 * libseccomp's table for the given AUDIT_ARCH. */
const char *bl_policy_syscall_name(uint32_t arch, int nr, char text[32]);

/* bl_policy_decide - what the compiled filter does for a call: runs its BPF over seccomp_data as
 * the kernel would and returns SECCOMP_RET_* with data. For tests and `doctor`. */
uint32_t bl_policy_decide(const struct bl_policy *policy, uint32_t arch, int nr,
                          const uint64_t args[6]);

#endif
