/* streams HOW - misuses the three descriptors that it was given.
 *
 * close      closes all, and ends
 * hold       a child in a session of its own keeps them open; this process ends
 * swap       reads from its output and writes to its input
 * binary     every byte there is, and what is no UTF-8, to both outputs; escape sequences, too
 * steal      opens its own output for reading, and takes out what it wrote
 * shrink     cuts, seeks and locks its output, makes its pipe as large as it gets
 * nonblock   makes its outputs non-blocking and floods both in turn
 * flood-both floods both, in two processes
 * input      reads its input for ever, one byte at a time, after its end */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 1 << 16 };
static char block[BLOCK];

static void close_all(void)
{
    for (int fd = 0; fd < 3; fd++)
        (void)close(fd);
}

static void hold(void)
{
    if (fork() == 0) {
        (void)setsid();
        for (;;)
            (void)pause();
    }
}

static void swap(void)
{
    char byte;

    (void)!write(0, "crime", 5);
    (void)!read(1, &byte, 1);
    (void)!read(2, &byte, 1);
    (void)dup2(1, 0);
    (void)dup2(2, 1);
    (void)!write(1, "swapped\n", 8);
    (void)shutdown(0, SHUT_RDWR);
}

static void binary(void)
{
    static const char odd[] = "\xff\xfe\xc0\x80\xed\xa0\x80\xf5\x80\x80\x80\0\x1b]0;owned\x07"
                              "\x1b[2J\x1b[31m\r\n\xe2\x80\xae";
    char all[256];

    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    for (int fd = 1; fd < 3; fd++)
        (void)!(write(fd, all, sizeof(all)) + write(fd, odd, sizeof(odd)));
}

static void steal(void)
{
    int reading;

    (void)!write(1, "stolen", 6);
    reading = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);
    (void)!(reading >= 0 && read(reading, block, 6) > 0);
    (void)!write(1, "left\n", 5);
}

static void shrink(void)
{
    for (int fd = 0; fd < 3; fd++) {
        (void)!ftruncate(fd, 0);
        (void)lseek(fd, 1LL << 62, SEEK_SET);
        (void)flock(fd, LOCK_EX | LOCK_NB);
        (void)fcntl(fd, F_SETPIPE_SZ, 1 << 30);
        (void)fcntl(fd, F_SETOWN, 1);
        (void)fcntl(fd, F_SETSIG, SIGKILL);
        (void)fcntl(fd, F_SETFL, O_ASYNC | O_APPEND | O_DIRECT | O_NONBLOCK);
        (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    (void)!write(1, "grown\n", 6);
}

__attribute__((noreturn)) static void flood(int first, int second)
{
    for (;;) {
        (void)!write(first, block, sizeof(block));
        (void)!write(second, block, sizeof(block));
    }
}

static void drain_for_ever(void)
{
    char byte;

    for (;;)
        (void)!read(0, &byte, 1);
}

int main(int argc, char **argv)
{
    const char *how = argc == 2 ? argv[1] : "";

    if (strcmp(how, "close") == 0)
        close_all();
    else if (strcmp(how, "hold") == 0)
        hold();
    else if (strcmp(how, "swap") == 0)
        swap();
    else if (strcmp(how, "binary") == 0)
        binary();
    else if (strcmp(how, "steal") == 0)
        steal();
    else if (strcmp(how, "shrink") == 0)
        shrink();
    else if (strcmp(how, "flood-both") == 0)
        flood(fork() == 0 ? 1 : 2, fork() == 0 ? 1 : 2);
    else if (strcmp(how, "input") == 0)
        drain_for_ever();
    else if (strcmp(how, "nonblock") == 0) {
        (void)fcntl(1, F_SETFL, O_NONBLOCK);
        (void)fcntl(2, F_SETFL, O_NONBLOCK);
        flood(1, 2);
    } else
        return 2;
    return 0;
}
