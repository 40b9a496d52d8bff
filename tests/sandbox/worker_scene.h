/* worker_scene.h - a child that is confined as bailiffd's worker is, and what its crimes are tried
 * on.
 *
 * After the confinement a child has system calls only: no assertion, no stdio, no exit handlers. */
#ifndef BL_TESTS_SANDBOX_WORKER_SCENE_H
#define BL_TESTS_SANDBOX_WORKER_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { WORKER_ID = 64321, KILLED = -1 };

/* Made by root before. */
extern struct worker_scene {
    char store[64];       /* the worker's own folder */
    char readable[64];    /* a file of root's that everybody may read */
    char others[64];      /* a file of another user's, mode 0600 */
    char open_folder[64]; /* anybody may write there */
    pid_t sibling;        /* another process of the worker's own uid */
    int sibling_fd;
    int held_socket; /* one that it holds already; -1 */
    bool as_fetcher; /* instead of as the worker */
} worker_scene;

/* Set-up and tear-down of the group of tests. */
int worker_scene_set(void **state);
int worker_scene_strike(void **state);

/* Through the very function that bailiffd goes through; ends the process where that fails. */
void worker_confine(void);

typedef long crime_fn(void);

struct crime {
    const char *name;
    crime_fn *commit;
    int expected; /* errno, or KILLED; 0: it is none, and must work */
};

#define CRIME(name, expected)         \
    {                                 \
#name, crime_##name, expected \
    }

/* The crime's errno, 0 where it succeeded, KILLED where it ended the process. */
int worker_outcome_of(crime_fn *crime);

/* Every crime ends as expected; skips without root. */
void worker_expect_refused(const struct crime *crimes, size_t count);
#define EXPECT_REFUSED(crimes) worker_expect_refused(crimes, BL_ARRAY_LEN(crimes))

#endif
