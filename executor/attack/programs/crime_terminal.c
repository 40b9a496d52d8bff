/* crime_terminal [all] - tries to type into the terminal that is its standard input. "all": every
 * ioctl of the terminals' family, with pointers to nothing and to text, but those that only ask,
 * and tell this process alone: by number (0x5400 to 0x54ff, the console's 0x4b00 and 0x5600), and
 * those that have their size in it. */
#include <asm/termbits.h>
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

/* Reading settings, size, bytes that wait; what concerns the own descriptor. */
static int only_asks(unsigned long request)
{
    static const unsigned long harmless[] = {TCGETS,   TIOCGWINSZ, TIOCGPGRP, TIOCOUTQ,
                                             FIONREAD, FIONBIO,    FIONCLEX,  FIOCLEX,
                                             TIOCGSID, FIOASYNC,   TCGETS2};

    for (size_t i = 0; i < CRIME_COUNT(harmless); i++)
        if (harmless[i] == request)
            return 1;
    return 0;
}

static long try_ioctl(long request)
{
    static char text[256] = "xxxxxxxx";

    if (ioctl(0, (unsigned long)request, text) >= 0)
        return 0;
    if (ioctl(0, (unsigned long)request, 0) >= 0)
        return 0;
    return ioctl(0, (unsigned long)request, 1);
}

static void try_request(unsigned long request)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "ioctl %#lx", request);
    const struct crime crime = {name, try_ioctl, (long)request};
    if (!only_asks(request))
        crime_try(&crime);
}

/* Of <asm/ioctls.h>, _IOC(direction, 'T', number, bytes). */
static int try_all(void)
{
    static const unsigned long families[] = {0x5400, 0x4b00, 0x5600};
    static const unsigned long bytes[] = {4, 36, 40, 44};

    for (size_t f = 0; f < CRIME_COUNT(families); f++)
        for (unsigned long number = 0; number <= 0xff; number++)
            try_request(families[f] | number);
    for (unsigned long direction = _IOC_WRITE; direction <= (_IOC_WRITE | _IOC_READ); direction++)
        for (size_t b = 0; b < CRIME_COUNT(bytes); b++)
            for (unsigned long number = 0x20; number <= 0x4f; number++)
                try_request(_IOC(direction, 0x54UL, number, bytes[b]));
    return 0;
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"TIOCSTI", try_type, 0},        {"TIOCSCTTY", try_own, 0},
        {"TIOCSCTTY steal", try_own, 1}, {"TIOCSCTTY and TIOCSTI", try_own_and_type, 0},
        {"TIOCLINUX", try_linux, 0},     {"open it again", try_reopen, 0},
    };

    if (argc > 1 && strcmp(argv[1], "all") == 0)
        return try_all();
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
