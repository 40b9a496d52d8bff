/* once.h - one job at a time: sent, and waited for. */
#ifndef BL_BENCH_ONCE_H
#define BL_BENCH_ONCE_H

#include "bench/caller.h"

/* bl_once - a Run, from the call to its whole answer, in *took_ns (may be NULL). Fails with CONNECT
 * where the call fails or its job does not pass, and as bl_caller_call() does. */
int bl_once(struct bl_loop *loop, struct bl_caller *caller, const struct bl_request *request,
            uint64_t *took_ns, struct bl_err *err);

/* bl_once_passed - is this the answer to a Run of a job that passed? */
bool bl_once_passed(const uint8_t *bytes, size_t length);

#endif
