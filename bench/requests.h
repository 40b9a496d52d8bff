/* requests.h - the jobs that the bench sends, packed. */
#ifndef BL_BENCH_REQUESTS_H
#define BL_BENCH_REQUESTS_H

#include "bench/caller.h"

/* bl_request_of_empty - /bin/true, and nothing else. Fails with MEMORY. */
int bl_request_of_empty(struct bl_request *request, struct bl_err *err);

/* bl_request_of_submission - a compile of C, and so many testcases of 10 ms of work each, at most
 * BL_REQUEST_CASES_MAX. Fails with MEMORY. */
enum { BL_REQUEST_CASES_MAX = 100 };
int bl_request_of_submission(struct bl_request *request, unsigned cases, struct bl_err *err);

#endif
