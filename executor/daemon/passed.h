/* passed.h - listening sockets that the service manager opened for us (sd_listen_fds(3)). */
#ifndef BL_DAEMON_PASSED_H
#define BL_DAEMON_PASSED_H

#include "bailiff/err.h"
#include "executor/rpc/address.h"

enum { BL_PASSED_FIRST_FD = 3, BL_PASSED_MAX = 8, BL_PASSED_NAME_MAX = 256 };

struct bl_passed {
    unsigned count;
    struct {
        int fd;                  /* close-on-exec; owned until it is taken */
        bool is_http;            /* its FileDescriptorName is "http" */
        struct bl_address bound; /* where it listens */
    } sockets[BL_PASSED_MAX];
};

/* bl_passed_take - LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES of the environment, which are removed
 * from it; none where they are for another process. First of all that opens a descriptor.
 * Fails with LISTEN: more than BL_PASSED_MAX, or no stream sockets that listen. */
int bl_passed_take(struct bl_passed *passed, struct bl_err *err);

/* bl_passed_has - one of them listens at that address already. */
bool bl_passed_has(const struct bl_passed *passed, const struct bl_address *address);

void bl_passed_release(struct bl_passed *passed); /* closes what was not taken */

#endif
