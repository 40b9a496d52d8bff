/* turns.h - an empty program over gRPC, in turns with plain spawns of it. */
#ifndef BL_BENCH_TURNS_H
#define BL_BENCH_TURNS_H

#include <jansson.h>
#include <sys/types.h>

#include "bench/caller.h"
#include "bench/measure.h"

struct bl_turns_order {
    struct bl_loop *loop;
    struct bl_caller *caller;
    const struct bl_request *request; /* of `program`, and of nothing else */
    const char *program;
    /* Before each turn, untimed, the pool of this warden is given the moment that it needs, as
     * before any job that does not come in a burst. 0: it is not, so that the next spare is made
     * while the next turn is taken. */
    pid_t warden;
    uint64_t rounds, until_ns; /* whichever ends first; one round is made in any case */
};

/* Where the time of a call goes: until the exec; to the program's end; until the client has it. */
enum { BL_TURN_TO_EXEC, BL_TURN_PROGRAM, BL_TURN_TO_RESULT, BL_TURN_PARTS };

/* Initialise with {0}. */
struct bl_turns {
    struct bl_sample bare, served, parts[BL_TURN_PARTS];
    uint64_t warm; /* of those served */
};

/* bl_turns_take - rounds of one of each, in an order shuffled anew, and some before that are not
 * counted. Fails with CONNECT where a job does not pass, with SLOTS where no spare comes, and as
 * bl_caller_call() and bl_bare_run() do. */
int bl_turns_take(struct bl_turns *turns, const struct bl_turns_order *order, struct bl_err *err);

/* bl_turns_json - sorts. NULL: no memory. */
json_t *bl_turns_json(struct bl_turns *turns);
void bl_turns_release(struct bl_turns *turns);

#endif
