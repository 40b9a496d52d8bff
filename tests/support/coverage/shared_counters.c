/* shared_counters.c - coverage builds of bailiff-warden only: its counters of lines that ran (gcov)
 * lie in memory that its forks share, init and the program's process before its exec
 * (shared_counters.ld puts them on pages of their own). Those end by _exit or a kill, in a root
 * without files: what ran in them is written by the warden, at its own end. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern char bl_counters_begin[], bl_counters_end[]; /* the linker script's */

/* Before main(), and before there is a count that could be lost. */
__attribute__((constructor)) static void share(void)
{
    size_t length = (size_t)(bl_counters_end - bl_counters_begin);
    void *at = mmap(bl_counters_begin, length, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    if (at == MAP_FAILED)
        _exit(99);
}
