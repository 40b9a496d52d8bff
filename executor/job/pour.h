/* pour.h - bytes from one descriptor to another, never waiting for either (process: worker).
 *
 * The worker has one thread, and the descriptors that a person redirects to or from are shared with
 * other processes: O_NONBLOCK would be set for all of them, so it is never set here. Instead:
 *
 *   pipe to pipe, pipe to file   splice(2) with SPLICE_F_NONBLOCK: no copy, no waiting
 *   anything else                poll(2) first, then read or write no more than what a ready
 *                                descriptor takes without waiting (PIPE_BUF), through a small
 *                                buffer: terminals, sockets, files opened with O_APPEND
 *
 * A terminal is opened once more by way of /proc, non-blocking, where that is allowed: it may be
 * stopped (^S) in the middle of a write. A regular file is written at once: it can only be waited
 * for by writing. Knows no loop: the caller watches what a step asks it to wait for.
 * SIGPIPE must be ignored by the process. */
#ifndef BL_JOB_POUR_H
#define BL_JOB_POUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BL_POUR_BUFFER = 64 * 1024, BL_POUR_NOWHERE = -1 };

enum bl_pour_result {
    BL_POUR_MOVED,      /* some bytes; there may be more */
    BL_POUR_WAIT_FROM,  /* nothing there: wait until `from` is readable */
    BL_POUR_WAIT_TO,    /* no room: wait until `to` is writable */
    BL_POUR_END,        /* end of file, and everything taken is delivered */
    BL_POUR_BROKEN,     /* `to` takes no more, or there is no memory for a buffer (ENOMEM): see
                           broken_errno. The bytes in hand are lost */
    BL_POUR_UNREADABLE, /* `from` can't be read any further: see broken_errno */
};

/* Plain data of its owner; all fields are pour.c's but for reading. */
struct bl_pour {
    int from, to; /* borrowed; to: BL_POUR_NOWHERE throws away */
    int own_from; /* the same terminal, opened again; else -1 */
    int own_to;
    bool splices;
    bool from_waits; /* reading could block: ask poll(2) first */
    bool to_waits;
    bool to_is_file;   /* a regular one: there is always room */
    int broken_errno;  /* EPIPE: the reader went away; else what failed, on either side */
    uint64_t taken;    /* bytes taken out of `from` */
    size_t head, tail; /* in the buffer: taken, and not delivered yet */
    char *buffer;      /* of BL_POUR_BUFFER, since the first copy; owned */
};

/* bl_pour_init - of any two descriptors. */
void bl_pour_init(struct bl_pour *pour, int from, int to);

/* bl_pour_init_pipe - from: the reading end of a pipe of our own, O_NONBLOCK. Asks the kernel
 * nothing about it. */
void bl_pour_init_pipe(struct bl_pour *pour, int from, int to);

/* bl_pour_release - the buffer, and what was opened again; nothing else is closed. */
void bl_pour_release(struct bl_pour *pour);

/* bl_pour_step - takes at most `most` bytes more (> 0, but where bytes are in hand: they are
 * delivered first) and delivers what it can. Bytes taken count at once, delivered or not. */
enum bl_pour_result bl_pour_step(struct bl_pour *pour, size_t most);

/* bl_pour_to_nowhere - from now on throws away, what is in hand included. */
void bl_pour_to_nowhere(struct bl_pour *pour);

#endif
