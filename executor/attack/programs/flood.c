/* flood FD BYTES [STATUS] - writes that many bytes to a descriptor, as fast as it takes them, and
 * exits with STATUS (0). BYTES 0: without end, whatever write(2) says. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static char block[1 << 16];
    int fd = argc >= 3 ? atoi(argv[1]) : -1;
    long long left = argc >= 3 ? atoll(argv[2]) : 0;
    int for_ever = left == 0;

    memset(block, 'x', sizeof(block));
    if (fd < 0)
        return 2;
    while (for_ever || left > 0) {
        size_t piece = for_ever || left > (long long)sizeof(block) ? sizeof(block) : (size_t)left;
        ssize_t written = write(fd, block, piece);

        if (written < 0 && !for_ever)
            return 4;
        left -= written;
    }
    return argc == 4 ? atoi(argv[3]) : 0;
}
