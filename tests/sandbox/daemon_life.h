/* daemon_life.h - bailiffd for test_every_call_daemon.c: one life that meets a failure while it
 * starts, and one after it that meets none; and what is said of both. It is the test's own program
 * again, under strike.h: "0" is the one that looks on, "0.0" is bailiffd. */
#ifndef TESTS_SANDBOX_DAEMON_LIFE_H
#define TESTS_SANDBOX_DAEMON_LIFE_H

#include <stdbool.h>

enum { DAEMON_LIFE_LOG_MAX = 32 * 1024, DAEMON_LIFE_TEXT_MAX = 8 * 1024 };

struct daemon_life {
    bool served; /* it said so */
    int job;     /* and then the exit status of a client with a job; -1: there was none */
    int status;  /* of its end, as waitpid(2); told to end where it served */
    char log[DAEMON_LIFE_LOG_MAX];
    char walls[DAEMON_LIFE_TEXT_MAX]; /* the worker's, while it served */
    bool fetcher_walled;              /* likewise */
    char left[DAEMON_LIFE_TEXT_MAX];  /* files and groups behind it, a line for each */
};

struct daemon_report {
    bool told; /* set last */
    struct daemon_life struck, next;
};

/* daemon_life_prepare - writes the configuration into the folder, and what it names. place: of the
 * cgroups. */
void daemon_life_prepare(const char *folder, const char *place);

/* daemon_life_main - both lives. report: a file of that size, shared. What must hold whatever has
 * failed is asserted; returns the exit status. */
int daemon_life_main(const char *folder, const char *place, int report);

#endif
