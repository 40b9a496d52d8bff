/* host_print.h - what of the host attacks would change if they could: names, settings, mounts of
 * this process, swap, stores of System V, its own limits and scheduling, the clock. */
#ifndef BL_TESTS_SUPPORT_HOST_PRINT_H
#define BL_TESTS_SUPPORT_HOST_PRINT_H

enum { BL_HOST_PRINT_MAX = 1 << 16 };

struct bl_host_print {
    char text[BL_HOST_PRINT_MAX]; /* a line or more for each thing */
    long long clock_step_s;       /* the wall clock less the monotonic one */
};

void bl_host_print_take(struct bl_host_print *print);

/* bl_host_print_expect - all is as it was; else the test fails with the first line that differs. */
void bl_host_print_expect(const struct bl_host_print *before);

#endif
