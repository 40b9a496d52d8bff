/* crime_abi - tries to get past the filter by the calling conventions of other ABIs (x86-64: i386
 * by int 0x80, and x32; elsewhere there is nothing to try). */
#include "crime.h"

#ifdef __x86_64__
enum { I386_GETPID = 20, X32_BIT = 0x40000000 };

static long try_i386(long number)
{
    long answer;

    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(number) : "memory", "r8", "r9", "r10", "r11");
    return answer;
}

static long try_x32(long number)
{
    return syscall(X32_BIT + number);
}
#endif

int main(int argc, char **argv)
{
#ifdef __x86_64__
    static const struct crime crimes[] = {
        {"i386 getpid", try_i386, I386_GETPID},
        {"x32 getpid", try_x32, SYS_getpid},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
#endif
    return 0;
}
