/* cgroup_backend.h - private to limits/cgroup*.c: what the two versions do differently.
 *
 * One table row for each role (which file, how opened, must it be there), one backend for the
 * handle's side (the worker) and one for the tree's (the warden). */
#ifndef BL_LIMITS_CGROUP_BACKEND_H
#define BL_LIMITS_CGROUP_BACKEND_H

#include "limits/cgroup.h"
#include "limits/cgroup_parse.h"
#include "limits/cgroup_tree.h"

/* ---- the control files ---- */

struct bl_cgroup_row {
    enum bl_cgroup_controller controller; /* v1: in whose hierarchy */
    const char *v1_file;                  /* NULL: this version has none */
    const char *v2_file;
    int mode;        /* for open(2) */
    unsigned needed; /* bit 1u << version */
};

extern const struct bl_cgroup_row bl_cgroup_rows[BL_CGROUP_ROLE_COUNT];

/* The role's file name in that version, for use and for messages. */
const char *bl_cgroup_file_name(uint32_t version, enum bl_cgroup_role role);

static inline bool bl_cgroup_files_has(const struct bl_cgroup_files *files,
                                       enum bl_cgroup_role role)
{
    return files->present & (1u << role);
}

/* ---- the handle's side ---- */

struct bl_cgroup_amounts {
    uint64_t memory_bytes, pids, cpus_milli;
};

struct bl_cgroup {
    const struct bl_cgroup_backend *backend;
    struct bl_cgroup_files files;
    int watch;                        /* epoll: what bl_cgroup_oom_fd() lends */
    int oom_event;                    /* v1: eventfd; else -1 */
    int oom_again;                    /* v1: timerfd for the next look; else -1 */
    unsigned looks_left;              /* v1 */
    uint64_t oom_seen;                /* v1: kills counted at the last drain */
    struct bl_cgroup_amounts amounts; /* written ahead; 0: none */
    /* "" unless a cpuset was written ahead: that, and the one before it. */
    char expected[BL_CPUSET_MAX], inherited[BL_CPUSET_MAX];
};

struct bl_cgroup_backend {
    int (*watch)(struct bl_cgroup *group, struct bl_err *err);
    void (*drain)(struct bl_cgroup *group);
    int (*limit_memory)(const struct bl_cgroup *group, uint64_t bytes, struct bl_err *err);
    int (*limit_cpu)(const struct bl_cgroup *group, uint64_t cpus_milli, struct bl_err *err);
    int (*cpu_ns)(const struct bl_cgroup *group, uint64_t *ns, struct bl_err *err);
    int (*usage)(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err);
    int (*empty)(const struct bl_cgroup *group, bool *empty, struct bl_err *err);
};

extern const struct bl_cgroup_backend bl_cgroup_backend_v1;
extern const struct bl_cgroup_backend bl_cgroup_backend_v2;

enum {
    BL_CGROUP_TEXT_MAX = 16 * 1024, /* of one control file; more is cut, and whole lines are used */
    BL_CGROUP_CPU_PERIOD_US = 100 * 1000, /* the kernel's default for the bandwidth limit */
};

/* bl_cgroup_put - one write of a whole value. Fails with CGROUP_LIMIT. */
int bl_cgroup_put(const struct bl_cgroup *group, enum bl_cgroup_role role, const char *value,
                  struct bl_err *err);

/* bl_cgroup_text - the file from its start; *length bytes. Fails with CGROUP_READ. */
int bl_cgroup_text(const struct bl_cgroup *group, enum bl_cgroup_role role,
                   char text[BL_CGROUP_TEXT_MAX], size_t *length, struct bl_err *err);

/* bl_cgroup_number - a file that holds one number; bl_cgroup_keyed - one key of a flat keyed file.
 * Fail with CGROUP_READ, also where the key is missing. */
int bl_cgroup_number(const struct bl_cgroup *group, enum bl_cgroup_role role, uint64_t *value,
                     struct bl_err *err);
int bl_cgroup_keyed(const struct bl_cgroup *group, enum bl_cgroup_role role, const char *key,
                    uint64_t *value, struct bl_err *err);

/* bl_cgroup_watch_add - lets the group's epoll descriptor report fd. Fails with CGROUP_OPEN. */
int bl_cgroup_watch_add(struct bl_cgroup *group, int fd, uint32_t events, struct bl_err *err);

/* ---- the tree's side ---- */

enum { BL_CGROUP_HIERARCHIES_MAX = BL_CGROUP_CONTROLLER_COUNT };

/* One mounted hierarchy: v2 has one with every controller, v1 one for each or several. */
struct bl_cgroup_hierarchy {
    unsigned controllers;
    char path[2 * BL_CGROUP_PATH_MAX]; /* of the place */
    int place;                         /* directory in which "bailiff" is made */
    int base;                          /* <place>/bailiff */
    int instance;                      /* <base>/i<N>, holds the lock */
};

struct bl_cgroup_tree {
    const struct bl_cgroup_tree_backend *backend;
    unsigned version;
    unsigned index;
    bool clone_into_works;
    bool supervised;   /* v2: we moved ourselves into <place>/supervisor */
    size_t path_floor; /* v2: how short hierarchies[0].path may get when climbing to an ancestor */
    unsigned hierarchy_count;
    struct bl_cgroup_hierarchy hierarchies[BL_CGROUP_HIERARCHIES_MAX];
};

struct bl_cgroup_tree_backend {
    /* Opens each hierarchy's place and makes it fit to hold groups. Fails with CGROUP_FIND. */
    int (*settle)(struct bl_cgroup_tree *tree, struct bl_err *err);
    /* Undoes what settle did to the place, where nobody else uses it any more. */
    void (*unsettle)(struct bl_cgroup_tree *tree);
    /* Prepares `dir`, made in `parent`: prepare_inner to hold groups, prepare_leaf processes.
     * Return 0, or -1 with errno. */
    int (*prepare_inner)(const struct bl_cgroup_hierarchy *hierarchy, int parent, int dir);
    int (*prepare_leaf)(const struct bl_cgroup_hierarchy *hierarchy, int parent, int dir);
    /* What is set before anybody may join. Fails with CGROUP_LIMIT. */
    int (*defaults)(const struct bl_cgroup_files *files, struct bl_err *err);
    const char *join_file; /* where a process writes "0" */
};

extern const struct bl_cgroup_tree_backend bl_cgroup_tree_backend_v1;
extern const struct bl_cgroup_tree_backend bl_cgroup_tree_backend_v2;

/* bl_cgroup_find - fills version, backend, path_floor and the hierarchies' controllers and paths of
 * *tree, in the order in which they are locked; leaves nothing open. Fails with CGROUP_FIND. */
int bl_cgroup_find(struct bl_cgroup_tree *tree, const char *place, struct bl_err *err);

/* bl_cgroup_sweep - removes from *hierarchy what dead instances left. Its base must be locked.
 * What cannot be removed within the deadline stays. */
void bl_cgroup_sweep(const struct bl_cgroup_hierarchy *hierarchy);

/* bl_cgroup_clone_into_probe - is a child that is cloned into a fresh group of this v2 directory
 * alive? False also where clone3 may not be used. Leaves nothing. */
bool bl_cgroup_clone_into_probe(int directory);

/* Access to small files below a directory descriptor (cgroup_at.c); all return -1 with errno.
 * open_dir follows no symbolic link in the last component. read_pids: of cgroup.procs, at most
 * `room`; *all_seen false where a process is not visible from here or there are more. */
int bl_cgroup_open_dir(int parent, const char *name);
int bl_cgroup_write_at(int directory, const char *file, const char *value);
ssize_t bl_cgroup_read_at(int directory, const char *file, char *text, size_t room);
ssize_t bl_cgroup_read_pids(int directory, int *pids, size_t room, bool *all_seen);

#endif
