/* programs.h - the hostile programs as parts of one (process: the program's, inside a sandbox).
 *
 * Each is a main() of its own and is built twice: alone, for tests/, and by the name program_<name>
 * as part of bailiff-selftest, which the host's operator has installed. A new one: a file here and
 * its name below. */
#ifndef BL_ATTACK_PROGRAMS_H
#define BL_ATTACK_PROGRAMS_H

/* clang-format off */
#define PROGRAMS(X)                                                                                \
    X(balloon) X(burn) X(calls) X(canary) X(crime_abi) X(crime_carry) X(crime_cgroups)             \
    X(crime_covert) X(crime_early) X(crime_evade) X(crime_files) X(crime_fill) X(crime_ids)        \
    X(crime_kernel) X(crime_kill_all) X(crime_landlock) X(crime_mounts) X(crime_namespaces)        \
    X(crime_network) X(crime_processes) X(crime_refused) X(crime_secret) X(crime_terminal)         \
    X(crime_write) X(eat) X(end) X(exhaust) X(flood) X(forkbomb) X(leave) X(linger) X(maze)        \
    X(residue) X(streams) X(stuck)
/* clang-format on */

#define X(name) int program_##name(int argc, char **argv);
PROGRAMS(X)
#undef X

#endif
