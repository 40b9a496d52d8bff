/* crime_early - code that runs before main(), as of a library that is loaded ahead: walls that came
 * up only with main() would not stand yet. */
#include "crime.h"

static long answer_before_main;
static int error_before_main;

__attribute__((constructor)) static void begin(int argc, char **argv)
{
    if (argc < 1 || !strstr(argv[argc - 1], "crime_early"))
        return; /* this file is part of bailiff-selftest, too */
    errno = 0;
    answer_before_main = syscall(SYS_bpf, 0, NULL, 0);
    error_before_main = errno;
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    crime_report("bpf before main", answer_before_main >= 0 ? 0 : error_before_main);
    return 0;
}
