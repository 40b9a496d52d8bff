/* front.h - what our services have in front: the options --config, --check-config, --help and
 * --version. */
#ifndef BL_BASE_FRONT_H
#define BL_BASE_FRONT_H

enum { BL_FRONT_FAILED = 1, BL_FRONT_USAGE = 64 }; /* the second as in sysexits.h */

struct bl_front {
    const char *name, *usage;
    const char *config;               /* where --config does not say another one */
    int (*serve)(const char *config); /* these answer the exit status */
    int (*check)(const char *config); /* prints OK, or what is wrong */
};

/* bl_front_main - does what the command line says. Returns the exit status; what is wrong with the
 * command line is told on stderr. */
int bl_front_main(const struct bl_front *front, int argc, char **argv);

#endif
