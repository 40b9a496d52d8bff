/* tables.h - the words in which the tables of attacks are written, and their parts. Private. */
#ifndef BL_ATTACK_TABLES_H
#define BL_ATTACK_TABLES_H

#include "executor/attack/attack.h"

#define D (1U << BL_ATTACK_DEFAULT)
#define S (1U << BL_ATTACK_STRICT)
#define C (1U << BL_ATTACK_COMPILE)
#define N (1U << BL_ATTACK_NONE)
#define L (1U << BL_ATTACK_LOOPBACK)

#define OK (1U << BL_VERDICT_OK)
#define RUNTIME (1U << BL_VERDICT_RUNTIME_ERROR)
#define SIGNALED (1U << BL_VERDICT_SIGNALED)
#define TIME (1U << BL_VERDICT_TIME_LIMIT)
#define WALL (1U << BL_VERDICT_WALL_TIME_LIMIT)
#define MEMORY (1U << BL_VERDICT_MEMORY_LIMIT)
#define OUTPUT (1U << BL_VERDICT_OUTPUT_LIMIT)
#define FORBIDDEN (1U << BL_VERDICT_FORBIDDEN_SYSCALL)

struct bl_attack_part {
    const struct bl_attack *attacks;
    size_t count;
};

extern const struct bl_attack_part bl_attacks_escape; /* table_escape.c: out of the sandbox, up */
extern const struct bl_attack_part bl_attacks_calls;  /* table_calls.c: past the filter */
extern const struct bl_attack_part bl_attacks_beside; /* table_beside.c: other programs */
extern const struct bl_attack_part bl_attacks_time;   /* table_time.c: CPU and wall time, output */
extern const struct bl_attack_part bl_attacks_memory; /* table_memory.c: memory, kernel objects */

#endif
