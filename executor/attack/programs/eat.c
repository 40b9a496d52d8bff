/* eat WHAT MIB - takes memory of a kind, writes all of it, then exits with 0. 3: it was refused.
 *
 * pages  anonymous pages
 * child  the same in a child, whose end is not looked at
 * tmp, shm, box  a file in /tmp, /dev/shm, /box
 * memfd  a file in memory
 * pipes  pipes, full
 * then-sleep  anonymous pages in a child that is killed; this process then sleeps for ever */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1 << 20 };
static char block[MIB];

static int pages(long mib)
{
    char *all =
        mmap(NULL, (size_t)mib * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (all == MAP_FAILED)
        return 3;
    (void)madvise(all, (size_t)mib * MIB, MADV_NOHUGEPAGE); /* exact, to a page */
    for (long i = 0; i < mib * MIB; i += 4096)
        all[i] = 1;
    return 0;
}

static int child(long mib)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(pages(mib));
    return waitpid(pid, NULL, 0) == pid ? 0 : 3;
}

static int fill(int fd, long mib)
{
    for (long i = 0; fd >= 0 && i < mib; i++)
        if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
            return 3;
    return fd >= 0 ? 0 : 3;
}

static int pipes(long mib)
{
    int ends[2];

    for (long i = 0; i < mib * 16; i++) { /* of 64 KiB each */
        if (pipe2(ends, O_NONBLOCK) != 0)
            return 3;
        while (write(ends[1], block, 4096) > 0)
            ;
    }
    return 0;
}

static int file(const char *path, long mib)
{
    return fill(open(path, O_CREAT | O_RDWR, 0600), mib);
}

int main(int argc, char **argv)
{
    long mib = argc == 3 ? atol(argv[2]) : 0;

    if (mib < 1)
        return 2;
    if (strcmp(argv[1], "pages") == 0)
        return pages(mib);
    memset(block, 1, sizeof(block));
    if (strcmp(argv[1], "child") == 0)
        return child(mib);
    if (strcmp(argv[1], "then-sleep") == 0 && child(mib) == 0)
        for (;;)
            (void)pause();
    if (strcmp(argv[1], "memfd") == 0)
        return fill(memfd_create("eaten", 0), mib);
    if (strcmp(argv[1], "pipes") == 0)
        return pipes(mib);
    if (strcmp(argv[1], "shm") == 0)
        return file("/dev/shm/eaten", mib);
    return file(strcmp(argv[1], "box") == 0 ? "/box/eaten" : "/tmp/eaten", mib);
}
