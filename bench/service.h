/* service.h - a bailiffd of the bench's own: a folder, a configuration, a process, a socket. */
#ifndef BL_BENCH_SERVICE_H
#define BL_BENCH_SERVICE_H

#include <sys/types.h>

#include "bailiff/err.h"
#include "executor/rpc/address.h"

struct bl_service_run {
    char folder[64];
    struct bl_address address;
    pid_t pid; /* -1: none */
};

/* bl_service_start - programs: build/bench/programs; bailiffd stands in ../../bin of it. Returns
 * when it takes connections. Fails with EXEC, FILE_WRITE, ADDRESS, CONNECT. */
int bl_service_start(struct bl_service_run *service, const char *programs, struct bl_err *err);

/* bl_service_again - one that has ended (pid reaped) is started in the same folder. Fails with
 * EXEC, CONNECT. */
int bl_service_again(struct bl_service_run *service, const char *programs, struct bl_err *err);

/* bl_service_warden - of the worker, which has no other child; -1: not told. */
pid_t bl_service_warden(const struct bl_service_run *service);

/* bl_service_peak_kib - the most memory that the worker has had resident; 0: not told. */
unsigned long bl_service_peak_kib(const struct bl_service_run *service);

/* bl_service_stop - SIGTERM, waits, removes the folder. */
void bl_service_stop(struct bl_service_run *service);

#endif
