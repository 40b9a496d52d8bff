/* strike.h - runs a program with all that it starts under ptrace(2), and makes system calls of
 * theirs go wrong: one that is named by its process and number, or half of those that can be
 * interrupted, or every transfer short. What is struck is not executed at all, but for close(2),
 * which closes whatever it says.
 *
 * A process is named by its place: "0" is the program, "0.0" the first that it starts, "0.0.1" the
 * second which that starts. Calls are counted for each process alone, and only those that can fail
 * where they stand (strike_errors.h), so the same program makes the same numbers each time. The
 * program says when it is to begin: bl_strike_mark(). Process: a test. x86-64 only. */
#ifndef BL_TESTS_SUPPORT_STRIKE_H
#define BL_TESTS_SUPPORT_STRIKE_H

#include <stdbool.h>

enum bl_strike_mode {
    BL_STRIKE_ONE,       /* call number `at` of `process` fails with `error` */
    BL_STRIKE_INTERRUPT, /* half of the calls that can be interrupted: EINTR */
    BL_STRIKE_SHORT,     /* transfers on pipes, files and stream sockets move half at most */
};

enum { BL_STRIKE_NAME_MAX = 32 };

struct bl_strike {
    enum bl_strike_mode mode;
    char process[BL_STRIKE_NAME_MAX];
    unsigned long at; /* from 1; 0: none */
    int error;        /* one that the call may have; 0: the first that it has */
    unsigned choice;  /* with error 0: its first, second, ... and again from the first */
    unsigned let_go;  /* processes so deep ("0.0" is 1) are let go at their exec; 0: none */

    /* What came of it. */
    unsigned struck; /* how many calls */
    long nr;         /* of the last */
    int told;        /* the error that it was given */
    unsigned errors; /* how many it may have */
    int status;      /* of the program, as waitpid(2) */
    bool hung;       /* it did not end in time, and was killed with all that it had started */
};

/* bl_strike_run - runs argv, and returns when all that it started has ended, or was let go. Fails
 * the test where it can't be traced. The caller has no other children. */
void bl_strike_run(struct bl_strike *strike, char *const argv[]);

enum bl_strike_mark {
    BL_STRIKE_BEGIN = 1, /* from here on */
    BL_STRIKE_OTHERS,    /* the calls of whoever says it are let through from here on */
    BL_STRIKE_END,       /* everybody's are */
};

/* bl_strike_mark - says so to whoever runs this program; harmless where nobody does. */
void bl_strike_mark(enum bl_strike_mark mark);

/* bl_strike_every - is every call to be tried (BAILIFF_EVERY_CALL=1: make faults), or a sample?
 * _once: every call of the privileged processes, but only with its first error, and none of their
 * ends, where counts of lines are written (BAILIFF_EVERY_CALL=once: make coverage).
 * _wants: that process's? BAILIFF_PROCESS="0.0.1" is for looking at one alone. */
bool bl_strike_every(void);
bool bl_strike_once(void);
bool bl_strike_wants(const char *process);
unsigned long bl_strike_first(void);

/* bl_strike_try_all - calls `try` for call after call of a process, and for each of its errors
 * where that is asked for, until it says that there is none of that number: it returns how many
 * errors that call may have. */
typedef unsigned (*bl_strike_try)(void *ctx, const char *process, unsigned long at,
                                  unsigned choice);
void bl_strike_try_all(const char *process, bl_strike_try try, void *ctx);

#endif
