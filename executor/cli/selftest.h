/* selftest.h - what `bailiff selftest` found out, and how it is told. */
#ifndef BL_CLI_SELFTEST_H
#define BL_CLI_SELFTEST_H

#include <stdio.h>

#include "executor/attack/suite.h"

struct bl_selftest_row {
    const struct bl_attack *attack;
    enum bl_attack_policy policy;
    struct bl_suite_finding finding;
};

/* In the order of the attacks; rows is the caller's to free(). */
struct bl_selftest_report {
    struct bl_selftest_row *rows;
    size_t count;
};

/* bl_selftest_add - one row more, valid until the next call; NULL with MEMORY. */
struct bl_selftest_row *bl_selftest_add(struct bl_selftest_report *report,
                                        const struct bl_attack *attack,
                                        enum bl_attack_policy policy, struct bl_err *err);

size_t bl_selftest_broken(const struct bl_selftest_report *report);

/* A line; walls with their counts and whatever did not hold; all of it as JSON (MEMORY,
 * FILE_WRITE). */
void bl_selftest_print_row(const struct bl_selftest_row *row, FILE *to);
void bl_selftest_print_table(const struct bl_selftest_report *report, FILE *to);
int bl_selftest_print_json(const struct bl_selftest_report *report, FILE *to, struct bl_err *err);

#endif
