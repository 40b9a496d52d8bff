/* plan.h - everything that sandboxes need to be told apart from the job itself, prepared once.
 *
 * The plan is built by trusted start-up code (command-line options, language files: never by what a
 * client sends), sealed into a memfd and handed to the warden, which maps it read-only and never
 * parses anything. A job then only names a profile by its number.
 *
 *   root     what a program finds at "/": a list of entries, built once into a template mount
 *            namespace from which every sandbox is copied
 *   policy   a compiled seccomp policy (limits/policy.h)
 *   profile  a root, a policy and a kind of network */
#ifndef BL_SANDBOX_PLAN_H
#define BL_SANDBOX_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/spec.h"
#include "limits/cgroup_tree.h"
#include "limits/policy.h"

enum {
    BL_PLAN_ROOTS_MAX = 24,
    BL_PLAN_ENTRIES_MAX = 96,
    BL_PLAN_POLICIES_MAX = 8,
    BL_PLAN_PROFILES_MAX = 64,
    BL_PLAN_SOURCE_MAX = 512,
    BL_PLAN_TARGET_MAX = 208,
    BL_PLAN_SANDBOXES_MAX = 1024, /* alive at once in one instance */
};

/* Inside ids. Outside: a pair per living sandbox, from first_id (see struct bl_plan). */
enum { BL_INSIDE_INIT_ID = 0, BL_INSIDE_PROGRAM_ID = 1000 };

enum bl_entry_kind {
    BL_ENTRY_DIR,     /* an empty directory (a mount point) */
    BL_ENTRY_SYMLINK, /* source: its text */
    BL_ENTRY_FILE,    /* source: its content, mode 0444 */
    BL_ENTRY_BIND,    /* source: a host path, file or folder, with its submounts; read-only */
    BL_ENTRY_DEVICE,  /* source: a host device node */
};

struct bl_entry {
    uint32_t kind;     /* enum bl_entry_kind */
    uint32_t optional; /* a source that does not exist is passed over */
    uint32_t writable; /* BIND: the user's own folder, on request */
    char source[BL_PLAN_SOURCE_MAX];
    char target[BL_PLAN_TARGET_MAX]; /* absolute, inside; parents are made */
};

struct bl_root {
    uint32_t entry_count;
    struct bl_entry entries[BL_PLAN_ENTRIES_MAX];
};

struct bl_profile {
    char name[64];
    uint32_t root;
    uint32_t policy;
    uint32_t network; /* enum bl_network */
};

struct bl_plan {
    char cgroup_place[BL_CGROUP_PLACE_MAX]; /* empty: found (limits/cgroup_tree.h) */
    uint32_t first_id;  /* host ids from here on: instance index * 2048 + 2 * sandbox, and + 1 */
    uint32_t may_remap; /* inputs that others can't read are shown to the program by an idmapped
                           mount: only where whoever orders is root itself (the command line).
                           0: inputs must be open for reading, O_PATH is refused */
    uint32_t
        fail_step; /* tests only: this enum bl_step fails with EIO wherever it is taken; 0: none */
    uint32_t root_count, policy_count, profile_count;
    struct bl_root roots[BL_PLAN_ROOTS_MAX];
    struct bl_policy policies[BL_PLAN_POLICIES_MAX];
    /* Does the policy let through what the program's process does between its order and its exec
     * (child.c)? Then the filter, which costs more than all of that, is loaded ahead. */
    uint32_t allows_launch[BL_PLAN_POLICIES_MAX];
    struct bl_profile profiles[BL_PLAN_PROFILES_MAX];
};

/* 0x70000000: systemd's and the distributions' id registries leave this and what follows it unused
 * (systemd.io/UIDS-GIDS). Room for 1024 instances of 1024 sandboxes. */
#define BL_PLAN_FIRST_ID 0x70000000u

/* bl_plan_new - an empty plan on the heap (about half a megabyte). Fails with MEMORY. */
int bl_plan_new(struct bl_plan **out, struct bl_err *err);
void bl_plan_free(struct bl_plan **plan);

/* Each adds one and gives its number; FIELD where the plan is full or a text too long.
 *
 * bl_plan_add_host_root: the host's read-only /usr, /bin, /lib..., a minimal /etc and /dev.
 * bl_plan_add_dir_root: every entry at the top of a folder (an unpacked OCI image), read-only, but
 * for dev, proc, sys, tmp, box and run, which are the sandbox's own. Nothing is written into it and
 * no link at its top is followed: links are copied. directory: absolute host path. INPUT. */
int bl_plan_add_host_root(struct bl_plan *plan, unsigned *root, struct bl_err *err);
int bl_plan_add_dir_root(struct bl_plan *plan, const char *directory, unsigned *root,
                         struct bl_err *err);
int bl_plan_add_entry(struct bl_plan *plan, unsigned root, enum bl_entry_kind kind,
                      const char *source, const char *target, bool optional, bool writable,
                      struct bl_err *err);
int bl_plan_add_policy(struct bl_plan *plan, const struct bl_policy *policy, unsigned *number,
                       struct bl_err *err);
int bl_plan_add_profile(struct bl_plan *plan, const char *name, unsigned root, unsigned policy,
                        enum bl_network network, unsigned *profile, struct bl_err *err);

/* bl_plan_seal - a memfd with the plan, sealed against every change; the caller owns it. */
int bl_plan_seal(const struct bl_plan *plan, int *fd, struct bl_err *err);

/* bl_plan_map - the warden's side: maps it read-only after checking size and seals. NULL with errno
 * where it is not such a memfd. Stays for good, but in a program's process. */
const struct bl_plan *bl_plan_map(int fd);

#endif
