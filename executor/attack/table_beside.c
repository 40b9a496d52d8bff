/* table_beside.c - other programs: signals to those that run beside, and what is left for the next.
 * Rows that look stand right behind those that leave. */
#include "bailiff/own.h"
#include "executor/attack/tables.h"

#define MAZE(kind)                                                          \
    {                                                                       \
        .lines = "A2 A3", .wall = "what is left", .title = "leave " kind,   \
        .argv = {"maze", kind, "@path"}, .policies = D | C, .verdicts = OK, \
        .limits = "cpu-time=2m wall-time=10m"                               \
    }

static const struct bl_attack attacks[] = {
    {.lines = "A32",
     .wall = "shared files",
     .title = "lock, lease and watch what others see",
     .argv = {"crime_covert"},
     .policies = D,
     .verdicts = OK},

    {.lines = "A33 A34",
     .wall = "what is left",
     .title = "leave objects of every kind",
     .argv = {"residue", "leave"},
     .policies = D | C | N,
     .verdicts = OK},
    {.lines = "A33 A34",
     .wall = "what is left",
     .title = "find them",
     .argv = {"residue", "look"},
     .policies = D | C | N,
     .verdicts = OK},
    {.lines = "A3",
     .wall = "what is left",
     .title = "leave a link",
     .argv = {"leave", "link"},
     .policies = D,
     .verdicts = OK},
    MAZE("deep"),
    MAZE("wide"),
    MAZE("links"),
    MAZE("names"),
    MAZE("locked"),
    {.lines = "A19 A26",
     .wall = "what is left",
     .title = "fill the box",
     .argv = {"crime_fill", "/box"},
     .policies = D | C | N,
     .verdicts = OK,
     .limits = "file-size=1GiB"},
    {.lines = "A19 A26",
     .wall = "what is left",
     .title = "fill /tmp",
     .argv = {"crime_fill", "/tmp"},
     .policies = D | C | N,
     .verdicts = OK,
     .limits = "file-size=1GiB"},
    {.lines = "A19 A26",
     .wall = "what is left",
     .title = "fill /dev/shm",
     .argv = {"crime_fill", "/dev/shm"},
     .policies = D | C | N,
     .verdicts = OK,
     .limits = "file-size=1GiB"},
    {.lines = "A23 A33",
     .wall = "what is left",
     .title = "find anything of all this",
     .argv = {"residue", "look"},
     .policies = D | N,
     .verdicts = OK},
};

const struct bl_attack_part bl_attacks_beside = {attacks, BL_ARRAY_LEN(attacks)};
