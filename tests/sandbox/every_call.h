/* every_call.h - a worker for test_every_call.c: what it does while its calls fail, and what it
 * says of it. It is the test's own program again, under strike.h. */
#ifndef TESTS_SANDBOX_EVERY_CALL_H
#define TESTS_SANDBOX_EVERY_CALL_H

#include "tests/support/rig.h"

enum every_call_part {
    EVERY_CALL_START, /* from the first call of a worker to the end of its first job */
    EVERY_CALL_END,   /* from there to the end of its warden */
    EVERY_CALL_SPARE, /* of a later one: its sandbox is made ahead of it */
};

enum { EVERY_CALL_TEXT_MAX = 96 * 1024 };

/* What came of the job that met the failure; then of one after it. */
struct every_call_report {
    bool told; /* set last */
    bool started, refused;
    enum bl_verdict verdict; /* where it was begun */
    struct bl_err error;     /* step NONE: none */
    int exit_code, signal;   /* of the program */
    unsigned files;          /* collected */
    struct bl_footprint settled;
    bool anew; /* by another warden: the first one had not started, or was gone */
    char text[EVERY_CALL_TEXT_MAX]; /* what the program saw */
    char complaint[500];            /* and what it said on its standard error */
};

/* every_call_main - place: of the cgroups. report: a file of that size, shared. What must hold
 * whatever has failed is asserted; returns the exit status. */
int every_call_main(enum every_call_part part, const char *place, int report);

#endif
