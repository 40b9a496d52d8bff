/* attack.h - the attacks that are tried against a host, as one table, and what each must come to.
 *
 * A row is a run of one hostile program (executor/attack/programs) under some policies, with what
 * it may come to: the verdicts, the evidence, and what the program itself may say. They are safe on
 * a host that serves others: whatever they take is held by limits far below any machine's, and none
 * needs a wall to fall to be seen. `bailiff selftest` runs them, and so do the tests. */
#ifndef BL_ATTACK_ATTACK_H
#define BL_ATTACK_ATTACK_H

#include <stdbool.h>
#include <stddef.h>

#include "bailiff/result.h"
#include "bailiff/spec.h"

/* NONE allows every call but those of foreign ABIs: do the other walls hold alone? LOOPBACK is
 * tried with a loopback, the others without any network. */
enum bl_attack_policy {
    BL_ATTACK_DEFAULT,
    BL_ATTACK_STRICT,
    BL_ATTACK_COMPILE,
    BL_ATTACK_NONE,
    BL_ATTACK_LOOPBACK,
    BL_ATTACK_POLICY_COUNT
};

enum { BL_ATTACK_ARGS_MAX = 7, BL_ATTACK_WHY_MAX = 600 };

/* Texts are alternatives parted by '|' where that is said. */
struct bl_attack {
    const char *lines; /* of the checklist of known attacks: "A14", "A19 A26" */
    const char *wall;  /* which is to hold: the heading of its group */
    const char *title;
    /* A program and its arguments. "@path", "@nekot", "@abstract", "@port": of the bait (bait.h) */
    const char *argv[BL_ATTACK_ARGS_MAX + 1];
    unsigned policies;    /* a bit for each enum bl_attack_policy; tried under each */
    unsigned verdicts;    /* a bit for each enum bl_verdict that it may come to */
    const char *limits;   /* "memory=32M pids=8", where they differ from bl_attack_limits() */
    const char *evidence; /* alternatives: the limit or the system call that the result must name;
                             NULL: what follows from the verdict */
    const char *tells;    /* alternatives: a line that the program must print; NULL: any or none */
    const char *spared;   /* alternatives: crimes that may succeed ("lower stack limit"), because
                             they harm nobody, or under NONE nothing but a policy is in the way */
    bool terminal;        /* its standard input is the bait's terminal */
};

/* bl_attacks - all of them; those of one wall follow each other, and where one looks for what
 * another left it comes right behind it. *count is set. */
const struct bl_attack *const *bl_attacks(size_t *count);

const char *bl_attack_policy_name(enum bl_attack_policy policy); /* "default"; "none" */

/* bl_attack_limits - what an attack runs under. Never fails for rows of the table (the tests see to
 * it). Fails with OPTION. */
int bl_attack_limits(const struct bl_attack *attack, struct bl_limits *limits, struct bl_err *err);

/* What came of a run: its result, and what it wrote, each with a NUL behind it. */
struct bl_attack_outcome {
    const struct bl_result *result;
    const char *out, *err;
    size_t out_length, err_length;
    const char *secret; /* that must not stand in what it wrote */
};

/* bl_attack_holds - is the outcome as it must be? Else why: what was wrong, in words. Pure. */
bool bl_attack_holds(const struct bl_attack *attack, const struct bl_attack_outcome *outcome,
                     char why[BL_ATTACK_WHY_MAX]);

#endif
