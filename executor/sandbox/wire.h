/* wire.h - what the three kinds of process say to each other (processes: worker, warden, init,
 * and the program's own before its exec).
 *
 * Fixed-size structs over SOCK_SEQPACKET, so a message is whole or an error, descriptors beside
 * them. All ends are one build on one host: no versions, no byte order. Whoever receives checks
 * every number before it is used.
 *
 *   worker ── bl_order ──▶ warden ── bl_reply ──▶ worker
 *   worker ── bl_init_order ──▶ init ── bl_init_report ──▶ worker      (the control channel)
 *   worker ── BL_LAUNCH_ALERT, bl_launch ──▶ program's process      (the launch channel)
 *   program's process ── the seccomp listener, or bl_setup_failure ──▶ init    (the inner channel)
 *
 * An alert comes once or not at all. The end of the launch channel: the exec worked, or the process
 * ended before it. Where the filter is loaded late a byte comes first on the inner channel, when
 * the process has settled.
 */
#ifndef BL_SANDBOX_WIRE_H
#define BL_SANDBOX_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bailiff/err.h"
#include "bailiff/result.h"
#include "bailiff/spec.h"
#include "executor/sandbox/plan.h"
#include "executor/sandbox/sandbox.h"
#include "limits/cgroup.h"
#include "limits/cgroup_clock.h"

enum {
    BL_WIRE_FDS_MAX = BL_INPUTS_MAX,
    BL_WIRE_NAME_MAX = 512, /* a collected file's name, NUL included */
};

/* The descriptors that bailiff-warden is started with. */
enum { BL_WARDEN_SOCKET_FD = 3, BL_WARDEN_PLAN_FD = 4 };

#define BL_BOX "/box" /* where a program starts, and what it leaves its files in */

enum bl_order_kind {
    BL_ORDER_OPEN = 1, /* a sandbox; answered by OPENED or FAILED. Waits while BL_DYING_MAX others
                          are dying (wards.h) */
    BL_ORDER_GRAFT, /* with 1 to BL_WIRE_FDS_MAX descriptors: clones of their mounts, detached and
                       read-only; answered by GRAFTED with as many, or FAILED */
    BL_ORDER_KILL,  /* SIGKILL to init, and so to all of it; not answered */
    BL_ORDER_CLOSE, /* kill and remove; answered by CLOSED */
};

struct bl_order {
    uint32_t kind;
    uint32_t profile;
    uint64_t id; /* the worker's number for the sandbox; never used twice */
    uint64_t box_bytes, box_files, tmp_bytes, tmp_files;
    uint64_t ahead; /* OPEN: not 0: no job waits for it, so that init's READY can wait until the
                       program's process has settled, too */
};

enum bl_reply_kind {
    BL_REPLY_HELLO = 1, /* first message; error: can't serve, and ends */
    BL_REPLY_OPENED,    /* descriptors: control, launch, pidfd, then the present ones of files */
    BL_REPLY_GRAFTED,
    BL_REPLY_FAILED, /* the order `failed_kind` for `id` */
    BL_REPLY_CLOSED,
};

struct bl_reply {
    uint32_t kind;
    uint32_t failed_kind;
    uint64_t id;
    uint32_t cgroup_version;
    uint32_t cgroup_present;
    uint32_t index;
    struct bl_err error;
};

enum bl_init_order_kind {
    BL_INIT_PLACE = 1, /* one input, with its detached mount; after the last: PLACED */
    BL_INIT_KILL,
    BL_INIT_GUARD,   /* end the program at its time limits; descriptors: the CPU counter, and the
                        cpuset where it is to be narrowed. A later one counts instead of an earlier
                        one. Not   answered: told with the ending */
    BL_INIT_COLLECT, /* one pattern; after the last: FILE for each match, then COLLECTED */
};

struct bl_guard_order {
    struct bl_guard_limits limits;
    uint32_t version, cpu_count; /* of struct bl_cgroup_clock, like the next */
    uint32_t cpus[BL_CGROUP_ROUND_MAX];
};

struct bl_init_order {
    uint32_t kind;
    uint32_t last;
    uint32_t required;  /* COLLECT */
    uint32_t index;     /* given back in a failure */
    uint64_t bytes_max; /* COLLECT: all files together */
    struct bl_guard_order guard;
    char name[BL_PLAN_TARGET_MAX];
};

enum bl_init_report_kind {
    BL_INIT_READY = 1, /* the walls stand, the program's process settles (ahead: has); or failure */
    BL_INIT_PLACED,
    BL_INIT_ENDED, /* failure: of the program's process before its exec */
    BL_INIT_FILE,
    BL_INIT_COLLECTED, /* failure: file.name is the path that was met, "": nothing matched */
};

struct bl_init_report {
    uint32_t kind;
    struct bl_setup_failure failure;
    union {
        struct bl_ending ending;
        struct {
            uint64_t size_bytes;
            uint32_t mode;
            char name[BL_WIRE_NAME_MAX];
        } file;
    };
};

/* The exec order: this header, then the strings, each with its NUL: workdir, arguments,
 * environment. Descriptors: 0, 1, 2 of the program. */
struct bl_launch {
    uint32_t argc, envc;
    uint64_t cpu_seconds; /* RLIMIT_CPU: the backstop behind the worker's own watch */
    uint64_t file_size_bytes, stack_bytes, open_files;
};

/* A message of this byte alone: the program's process is to be as near to its exec as it can be
 * without its order (bl_sandbox_alert). */
enum { BL_LAUNCH_ALERT = 1 };

enum { BL_LAUNCH_BYTES_MAX = BL_ARGS_BYTES_MAX + BL_WORKDIR_MAX + (int)sizeof(struct bl_launch) };

/* bl_wire_send - one message, whole, with fd_count descriptors (duplicated). Never SIGPIPE.
 * 0, or -1 with errno: EAGAIN where the socket is full and not blocking. */
int bl_wire_send(int socket, const void *message, size_t length, const int *fds, unsigned fd_count);

/* bl_wire_recv - one message of at most `size` bytes; its descriptors, close-on-exec, into
 * fds[*fd_count], at most fds_max. Returns the length, 0 at end of file, or -1 with errno; EPROTO:
 * longer or with more descriptors than there is room for (those are closed); EMFILE: this process
 * can't open that many more: *message is whole, of `size` bytes, and its descriptors are lost. */
ssize_t bl_wire_recv(int socket, void *message, size_t size, int *fds, unsigned fds_max,
                     unsigned *fd_count);

#endif
