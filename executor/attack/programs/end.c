/* end HOW [NUMBER] - ends in a way.
 *
 * exit N, signal N   by itself
 * xfsz               writes past the file size limit
 * syscall            tries a system call that no policy allows (reboot), then exits with 0 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int number = argc == 3 ? atoi(argv[2]) : 0;
    static char block[1 << 16];

    if (argc < 2)
        return 2;
    if (strcmp(argv[1], "signal") == 0)
        (void)raise(number);
    if (strcmp(argv[1], "xfsz") == 0)
        for (int fd = open("big", O_CREAT | O_WRONLY, 0600); write(fd, block, sizeof(block)) > 0;)
            ;
    if (strcmp(argv[1], "syscall") == 0)
        (void)syscall(SYS_reboot, 1, 2, 3, 4);
    return number;
}
