/* units.h - sizes, times and counts as people write them, and back.
 *
 * Pure: bytes in, value out (limits/units.c). Every parser refuses an empty text, a sign, a unit it
 * does not know, NaN and infinity, anything left over behind the value, and what does not fit into
 * 64 bits; "0" is a value here, its bound is the caller's (spec.h). */
#ifndef BAILIFF_UNITS_H
#define BAILIFF_UNITS_H

#include <stddef.h>
#include <stdint.h>

enum {
    BL_UNITS_TEXT_MAX = 32, /* room for whatever bl_format_* writes */
};

#define BL_NS_PER_US 1000ULL
#define BL_NS_PER_MS 1000000ULL
#define BL_NS_PER_S 1000000000ULL
#define BL_KIB 1024ULL
#define BL_MIB (1024ULL * 1024)
#define BL_GIB (1024ULL * 1024 * 1024)

/* Why a text was refused, worded for a person by bl_units_problem(). */
enum bl_units_result {
    BL_UNITS_OK,
    BL_UNITS_EMPTY,
    BL_UNITS_NOT_A_NUMBER, /* a sign, NaN, a lone dot, letters first */
    BL_UNITS_UNKNOWN_UNIT,
    BL_UNITS_OVERFLOW,
    BL_UNITS_TOO_FINE, /* more digits than the smallest unit can hold: 0.5B, 0.1ns, 1.5 (count) */
};

/* bl_parse_size - "65536", "64KiB", "1.5GiB", "64k", "10MB" into bytes. No unit: bytes. B; KiB MiB
 * GiB TiB, also k K M G T alone: powers of 1024; kB KB MB GB TB: powers of 1000. */
enum bl_units_result bl_parse_size(const char *text, uint64_t *bytes);

/* bl_parse_time - "1s", "1.5s", "250ms", "10us", "5ns", "2m", "1h" into nanoseconds. No unit:
 * seconds. */
enum bl_units_result bl_parse_time(const char *text, uint64_t *ns);

/* bl_parse_count - a plain decimal number. */
enum bl_units_result bl_parse_count(const char *text, uint64_t *count);

/* bl_parse_milli - "1", "0.5", "2.25" in thousandths (CPUs). At most three decimals. */
enum bl_units_result bl_parse_milli(const char *text, uint64_t *milli);

const char *bl_units_problem(enum bl_units_result result);

/* Exact where the value is a whole number of a unit ("64 MiB", "1.5 s"), else three decimals.
 * text: BL_UNITS_TEXT_MAX bytes; returned for use in an argument list. */
const char *bl_format_size(uint64_t bytes, char text[BL_UNITS_TEXT_MAX]);
const char *bl_format_time(uint64_t ns, char text[BL_UNITS_TEXT_MAX]);

#endif
