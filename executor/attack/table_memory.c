/* table_memory.c - more memory, processes and kernel objects than allowed. */
#include "bailiff/own.h"
#include "executor/attack/tables.h"

/* Twice what is allowed. */
#define EAT(line, what)                                                                      \
    {                                                                                        \
        .lines = line, .wall = "memory", .title = "eat: " what, .argv = {"eat", what, "64"}, \
        .policies = D, .verdicts = MEMORY,                                                   \
        .limits = "memory=32MiB file-size=1GiB box-size=1GiB tmp-size=1GiB"                  \
    }

#define BALLOON(line, what, policy, verdict, told)                                               \
    {                                                                                            \
        .lines = line, .wall = "memory", .title = "balloon: " what,                              \
        .argv = {"balloon", what, "64"}, .policies = policy, .verdicts = verdict, .tells = told, \
        .limits =                                                                                \
            "memory=32MiB file-size=1GiB box-size=1GiB tmp-size=1GiB stack=1GiB open-files=8192" \
    }

#define EXHAUST(what, policy, verdict, told)                                               \
    {                                                                                      \
        .lines = "A26", .wall = "kernel objects", .title = "exhaust: " what,               \
        .argv = {"exhaust", what}, .policies = policy, .verdicts = verdict, .tells = told, \
        .limits = "cpu-time=2m wall-time=10m"                                              \
    }

#define CROWD(what, policy, told)                                                     \
    {                                                                                 \
        .lines = "A25", .wall = "number of processes", .title = "exhaust: " what,     \
        .argv = {"exhaust", what}, .policies = policy, .verdicts = OK, .tells = told, \
        .limits = "pids=24"                                                           \
    }

static const struct bl_attack attacks[] = {
    EAT("A19", "pages"),
    EAT("A19", "shm"),
    EAT("A19", "tmp"),
    EAT("A19", "box"),
    EAT("A19", "memfd"),
    EAT("A21", "child"),
    EAT("A24", "then-sleep"),
    BALLOON("A19", "children", D, MEMORY, NULL),
    BALLOON("A19", "reserve", D | S, MEMORY, NULL),
    BALLOON("A19", "mapped", D, MEMORY, NULL),
    BALLOON("A19", "tables", D, MEMORY, NULL),
    BALLOON("A19", "moved", D | N, MEMORY | RUNTIME, NULL),
    BALLOON("A19", "sockets", D | C, MEMORY, NULL),
    BALLOON("A19", "flight", D | C, MEMORY, NULL),
    BALLOON("A19", "udp", L, MEMORY | RUNTIME, "udp: works"),
    BALLOON("A19", "tcp", L, MEMORY | RUNTIME, "tcp: works"),
    BALLOON("A19", "locks", D | C, OK, "locks: 0"),
    BALLOON("A19", "locked", D | N, RUNTIME, NULL),
    BALLOON("A19 A33", "sysv", D, RUNTIME, NULL),
    BALLOON("A19 A33", "sysv", N, MEMORY, NULL),
    BALLOON("A22", "bss", D | S, MEMORY, NULL),
    BALLOON("A22", "stack", D | S, MEMORY, NULL),
    BALLOON("A22", "arguments", D, MEMORY | RUNTIME, NULL),
    {.lines = "A22",
     .wall = "memory",
     .title = "a stack beyond its limit",
     .argv = {"balloon", "stack", "64"},
     .policies = D | S,
     .verdicts = SIGNALED,
     .limits = "stack=1MiB"},

    /* Forks that fail at the limit are charged until the kernel has tidied up (RCU). */
    {.lines = "A25",
     .wall = "number of processes",
     .title = "a fork bomb",
     .argv = {"forkbomb"},
     .policies = D | C | N,
     .verdicts = TIME | WALL | MEMORY,
     .limits = "wall-time=300ms cpu-time=200ms"},
    {.lines = "A25",
     .wall = "number of processes",
     .title = "a fork bomb that only memory bounds",
     .argv = {"forkbomb"},
     .policies = D,
     .verdicts = MEMORY | TIME | WALL,
     .limits = "pids=2000 memory=16MiB wall-time=1s cpu-time=1s"},
    CROWD("threads", D | C, "threads: EAGAIN"),
    CROWD("zombies", D | C, "zombies: EAGAIN"),
    CROWD("processes", D | C, "processes: EAGAIN"),
    CROWD("vforks", D | C, "vforks: EAGAIN"),
    CROWD("clones", D | C, "clones: EAGAIN"),

    EXHAUST("descriptors", D | S, OK, "descriptors: EMFILE"),
    EXHAUST("pipes", D, OK, "pipes: EMFILE"),
    EXHAUST("epolls", D, OK, "epolls: EMFILE"),
    EXHAUST("eventfds", D, OK, "eventfds: EMFILE"),
    EXHAUST("timerfds", D, OK, "timerfds: EMFILE"),
    EXHAUST("signalfds", D, OK, "signalfds: EMFILE"),
    EXHAUST("memfds", D, OK, "memfds: EMFILE"),
    EXHAUST("sockets", D, OK, "sockets: EMFILE"),
    EXHAUST("inotifies", D, OK, "inotifies: ENOSYS"),
    EXHAUST("inotifies", N, OK, "inotifies: EMFILE"),
    EXHAUST("timers", D | C, OK, "timers: EAGAIN"),
    EXHAUST("signals", D | C, OK, "signals: EAGAIN"),
    EXHAUST("queues", D | C, OK, "queues: ENOSYS"),
    EXHAUST("queues", N, OK, "queues: EMFILE|queues: ENOSPC"),
    EXHAUST("messages", D | C, OK, "messages: ENOSYS"),
    EXHAUST("messages", N, OK, "messages: ENOSPC"),
    EXHAUST("semaphores", D | C, OK, "semaphores: ENOSYS"),
    EXHAUST("semaphores", N, OK | MEMORY, NULL),
    EXHAUST("keys", D | C, OK, "keys: ENOSYS"),
    EXHAUST("keys", N, OK, "keys: EDQUOT"),
    EXHAUST("mappings", D, OK, "mappings: ENOMEM"),
    EXHAUST("absences", D, OK, "absences: none"),
    EXHAUST("folders", D | C, OK, "folders: ENOSPC"),
};

const struct bl_attack_part bl_attacks_memory = {attacks, BL_ARRAY_LEN(attacks)};
