/* bailiff-selftest PROGRAM [ARGUMENT]... - every hostile program in one file (process: the
 * program's, inside a sandbox). Static: it needs nothing of the root it runs in. */
#include <stdio.h>
#include <string.h>

#include "programs.h"

static const struct {
    const char *name;
    int (*main)(int argc, char **argv);
} programs[] = {
#define X(name) {#name, program_##name},
    PROGRAMS(X)
#undef X
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(programs) / sizeof(programs[0]); i++)
        if (strcmp(argv[1], programs[i].name) == 0)
            return programs[i].main(argc - 1, argv + 1);
    (void)fprintf(stderr, "bailiff-selftest: tries to get out of a sandbox, when `bailiff "
                          "selftest` runs it in one\n");
    return 2;
}
