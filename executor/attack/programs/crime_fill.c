/* crime_fill DIR - fills a folder until the kernel says no: first with bytes, then, with those gone
 * again, with files. errno tells why it ended. */
#include <fcntl.h>
#include <sys/stat.h>

#include "crime.h"

static char block[65536];

static long fill_bytes(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    long total = 0;
    ssize_t written;

    if (fd < 0)
        return -1;
    while ((written = write(fd, block, sizeof(block))) > 0)
        total += written;
    int why = errno;
    (void)close(fd); /* or it would keep its inode */
    errno = why;
    return total;
}

static long fill_files(const char *folder)
{
    char path[300];
    long count = 0;

    for (;; count++) {
        (void)snprintf(path, sizeof(path), "%s/%ld", folder, count);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
            return count; /* errno: why it ended */
        (void)close(fd);
    }
}

int main(int argc, char **argv)
{
    char path[300];
    long bytes, files;

    if (argc != 2)
        return 2;
    (void)snprintf(path, sizeof(path), "%s/bytes", argv[1]);
    bytes = fill_bytes(path);
    (void)printf("bytes: %ld %s\n", bytes, strerrorname_np(errno));
    (void)unlink(path);
    files = fill_files(argv[1]);
    (void)printf("files: %ld %s\n", files, strerrorname_np(errno));
    return 0;
}
