/* table_time.c - more time or more output than allowed, and not ending. */
#include "bailiff/own.h"
#include "executor/attack/tables.h"

#define SHORT_CPU "cpu-time=100ms"
#define SHORT_WALL "wall-time=300ms"

/* Where the machine is busy the wall may be what ends it, and that is a limit as well. */
#define BURN(line, how, number, what)                                                         \
    {                                                                                         \
        .lines = line, .wall = "CPU time", .title = what, .argv = {"burn", how, number, "0"}, \
        .policies = D, .verdicts = TIME, .limits = SHORT_CPU                                  \
    }

#define STUCK(line, of_wall, how, policy, verdict, limit)                                  \
    {                                                                                      \
        .lines = line, .wall = of_wall, .title = "be stuck: " how, .argv = {"stuck", how}, \
        .policies = policy, .verdicts = verdict, .limits = limit                           \
    }

#define LINGER(line, how)                                                                     \
    {                                                                                         \
        .lines = line, .wall = "wall time", .title = "linger: " how, .argv = {"linger", how}, \
        .policies = D, .verdicts = WALL, .limits = SHORT_WALL, .terminal = true               \
    }

static const struct bl_attack attacks[] = {
    BURN("A14", "alone", "1", "burn it"),
    BURN("A14", "processes", "8", "by processes, each with a limit of its own"),
    BURN("A14", "threads", "8", "by threads"),
    BURN("A15", "bursts", "1", "in short bursts"),
    BURN("A13", "daemons", "4", "by daemons"),
    BURN("A16", "system", "1", "in the kernel"),
    {.lines = "A13",
     .wall = "CPU time",
     .title = "by orphans, and end",
     .argv = {"burn", "orphans", "4", "0"},
     .policies = D,
     .verdicts = OK},
    {.lines = "A14",
     .wall = "CPU time",
     .title = "in one process under strict",
     .argv = {"burn", "alone", "1", "0"},
     .policies = S,
     .verdicts = TIME,
     .limits = SHORT_CPU},
    {.lines = "A14",
     .wall = "CPU time",
     .title = "feign to be out of it",
     .argv = {"end", "signal", "24"},
     .policies = D | S,
     .verdicts = SIGNALED},
    STUCK("A16", "CPU time", "exec", D | C, TIME, SHORT_CPU),
    STUCK("A18", "CPU time", "storm", D | C, TIME, SHORT_CPU),

    LINGER("A11", "sleep"),
    LINGER("A11", "deaf"),
    LINGER("A11", "input"),
    LINGER("A12", "stopped"),
    LINGER("A12", "group"),
    STUCK("A18", "wall time", "vfork", D | C, WALL, SHORT_WALL),
    STUCK("A18", "wall time", "futex", D | C, WALL, SHORT_WALL),
    STUCK("A16", "wall time", "unmap", D, WALL, SHORT_WALL " memory=128MiB"),
    STUCK("A13", "wall time", "relay", D | C, OK, SHORT_WALL),
    /* What ended is charged until the kernel has tidied up: that may be what ends it. */
    STUCK("A13 A25", "wall time", "relays", D | C, TIME | WALL | MEMORY, SHORT_WALL),
    STUCK("A12", "wall time", "stopped", D, WALL | TIME, SHORT_WALL),
    STUCK("A13", "wall time", "orphans", D | C, OK, SHORT_WALL),
    STUCK("A18", "wall time", "traced", N, WALL, SHORT_WALL),

    {.lines = "A41",
     .wall = "output",
     .title = "flood standard output",
     .argv = {"flood", "1", "0"},
     .policies = D | S,
     .verdicts = OUTPUT,
     .evidence = "output"},
    {.lines = "A41",
     .wall = "output",
     .title = "flood standard error",
     .argv = {"flood", "2", "0"},
     .policies = D | S,
     .verdicts = OUTPUT,
     .evidence = "error-output"},
    {.lines = "A41",
     .wall = "output",
     .title = "flood both from two processes",
     .argv = {"streams", "flood-both"},
     .policies = D,
     .verdicts = OUTPUT},
    {.lines = "A41",
     .wall = "output",
     .title = "flood both without waiting",
     .argv = {"streams", "nonblock"},
     .policies = D,
     .verdicts = OUTPUT},
    {.lines = "A41",
     .wall = "output",
     .title = "feign a file without end", /* harms nobody else: nothing tells it from one */
     .argv = {"end", "signal", "25"},
     .policies = D | S,
     .verdicts = OUTPUT,
     .evidence = "file-size"},
    {.lines = "A41",
     .wall = "output",
     .title = "write a file without end",
     .argv = {"end", "xfsz"},
     .policies = D | S,
     .verdicts = OUTPUT,
     .evidence = "file-size",
     .limits = "file-size=1MiB"},
    {.lines = "A41",
     .wall = "output",
     .title = "every byte, and no UTF-8",
     .argv = {"streams", "binary"},
     .policies = D | S,
     .verdicts = OK},
    {.lines = "A41",
     .wall = "output",
     .title = "close all three",
     .argv = {"streams", "close"},
     .policies = D | S,
     .verdicts = OK},
    {.lines = "A41",
     .wall = "output",
     .title = "exchange them",
     .argv = {"streams", "swap"},
     .policies = D,
     .verdicts = OK},
    {.lines = "A41",
     .wall = "output",
     .title = "cut, seek and resize them",
     .argv = {"streams", "shrink"},
     .policies = D,
     .verdicts = OK},
    {.lines = "A41",
     .wall = "output",
     .title = "read back what it wrote",
     .argv = {"streams", "steal"},
     .policies = D,
     .verdicts = OK},
    {.lines = "A17",
     .wall = "output",
     .title = "a child that keeps it open",
     .argv = {"streams", "hold"},
     .policies = D | C,
     .verdicts = OK},
    {.lines = "A41",
     .wall = "output",
     .title = "read beyond the end of input",
     .argv = {"streams", "input"},
     .policies = D,
     .verdicts = TIME,
     .limits = SHORT_CPU},
};

const struct bl_attack_part bl_attacks_time = {attacks, BL_ARRAY_LEN(attacks)};
