/* crime_terminal - tries to type into the terminal that is its standard input. */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "crime.h"

enum { PASTE = 3 }; /* TIOCLINUX: paste the selection */

static long try_type(long argument)
{
    (void)argument;
    return ioctl(0, TIOCSTI, "x");
}

static long try_own(long steal)
{
    return ioctl(0, TIOCSCTTY, steal);
}

static long try_own_and_type(long argument)
{
    (void)argument;
    (void)ioctl(0, TIOCSCTTY, 0); /* the next one tells */
    return ioctl(0, TIOCSTI, "x");
}

static long try_linux(long argument)
{
    char paste = PASTE;

    (void)argument;
    return ioctl(0, TIOCLINUX, &paste);
}

static long try_reopen(long argument)
{
    (void)argument;
    return open("/proc/self/fd/0", O_RDWR | O_CLOEXEC);
}

int main(void)
{
    static const struct crime crimes[] = {
        {"TIOCSTI", try_type, 0},        {"TIOCSCTTY", try_own, 0},
        {"TIOCSCTTY steal", try_own, 1}, {"TIOCSCTTY and TIOCSTI", try_own_and_type, 0},
        {"TIOCLINUX", try_linux, 0},     {"open it again", try_reopen, 0},
    };

    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
