/* doctor.h - what a host has for isolating and measuring: tables of checks.
 *
 * A check looks at one thing and changes nothing: whatever must be tried out is tried in a forked
 * child (bl_doctor_try). A check of a wall that finds a lack means that programs can't be run; any
 * other lack costs something, which its row says, with the exact fix. */
#ifndef BL_CLI_DOCTOR_H
#define BL_CLI_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"

enum { BL_FINDING_TEXT_MAX = 240 };

struct bl_finding {
    bool lack;
    char have[BL_FINDING_TEXT_MAX]; /* what was found, lack or not */
    char fix[BL_FINDING_TEXT_MAX];  /* more exact than the row's; empty: the row's */
};

struct bl_check {
    const char *id; /* stable: "user-namespace" */
    bool wall;
    void (*look)(const struct bl_check *check, struct bl_finding *finding);
    const char *cost; /* of a lack, completes "costs: " */
    const char *fix;
    long argument; /* for a look that serves several rows */
};

struct bl_check_group {
    const char *heading;
    const struct bl_check *checks;
    size_t count;
};

extern const struct bl_check_group bl_doctor_kernel;     /* doctor_kernel.c */
extern const struct bl_check_group bl_doctor_namespaces; /* doctor_namespaces.c */
extern const struct bl_check_group bl_doctor_cgroups;    /* doctor_cgroups.c */
extern const struct bl_check_group bl_doctor_walls;      /* doctor_walls.c */
extern const struct bl_check_group bl_doctor_measuring;  /* doctor_measuring.c */

/* bl_found - what a look has to say. */
__attribute__((format(printf, 3, 4))) void bl_found(struct bl_finding *finding, bool lack,
                                                    const char *have, ...);

/* bl_doctor_try - attempt(facts) in a forked child, which then ends: whatever it unshares, mounts
 * or makes is its own. facts: size bytes of plain data, at most BL_FACTS_MAX, that come back as the
 * child left them. Returns what it returned, with its error; FORK where the child was killed. */
enum { BL_FACTS_MAX = 512 };
int bl_doctor_try(int (*attempt)(void *facts, struct bl_err *err), void *facts, size_t size,
                  struct bl_err *err);

/* bl_doctor_tell - the finding of an attempt: `good` where it worked, else its error. */
void bl_doctor_tell(struct bl_finding *finding, int status, const struct bl_err *err,
                    const char *good);

/* bl_doctor_read - the first line of a small file, without its newline; false where it can't be
 * read. bl_doctor_read_number: a decimal number at its start. */
bool bl_doctor_read(const char *path, char *line, size_t size);
bool bl_doctor_read_number(const char *path, long long *value);

/* bl_doctor_chosen - of "always [madvise] never" the word in brackets. Pure. */
bool bl_doctor_chosen(const char *line, char *word, size_t size);

/* bl_doctor_version_at_least - is a release such as "6.1.0-18-amd64" at least major.minor? Pure;
 * false where it has no such form. */
bool bl_doctor_version_at_least(const char *release, unsigned major, unsigned minor);

/* bl_doctor_ids_overlap - does an entry of /etc/passwd, /etc/group (the id is field 2, count 1) or
 * /etc/subuid (first field 1, count field 2) fall into first..first + count - 1? line: without
 * newline. Pure. */
bool bl_doctor_ids_overlap(const char *line, unsigned id_field, bool has_count, uint64_t first,
                           uint64_t count);

/* One /bin/true, really run. The times are nanoseconds. */
struct bl_doctor_trial {
    uint64_t warden_ns; /* until the warden could serve */
    uint64_t start_ns;  /* from the order to the exec: a sandbox made on the spot */
    uint64_t wall_ns;   /* the program itself */
    uint64_t total_ns;  /* from nothing until nothing was left */
    char verdict[32];
};

/* bl_doctor_trial - fails with whatever stands in the way; a verdict other than OK is SANDBOX's. */
int bl_doctor_trial(struct bl_doctor_trial *trial, struct bl_err *err);

#endif
