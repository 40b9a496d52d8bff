/* leave WHAT - leaves something in its box for whoever collects "out*".
 *
 * file      "out": an ordinary file, "content\n"
 * link      "out": a link to /etc/passwd
 * linked-folder  "outdir": a link to /etc
 * fifo      "out": opening it would block
 * socket    "out"
 * hard      "out1", "out2": one file under two names
 * folder    "out": a folder
 * sparse    "out": 1 TiB long, nothing in it (limit permitting)
 * many N    "out0" ... "outN-1"
 * long      a name of 255 bytes
 * newline   "out\nput"
 * unreadable  "out", mode 0, in a folder of mode 0 "outlocked"
 * growing   "out" by a child that goes on writing after this process is gone */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int leave_file(const char *name)
{
    int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
    int status = fd >= 0 && write(fd, "content\n", 8) == 8 ? 0 : 3;

    (void)close(fd);
    return status;
}

static int leave_many(int count)
{
    char name[32];

    for (int i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "out%d", i);
        if (leave_file(name) != 0)
            return 3;
    }
    return 0;
}

static int leave_long(void)
{
    char name[256];

    memset(name, 'n', 255);
    name[255] = '\0';
    memcpy(name, "out", 3);
    return leave_file(name);
}

static int leave_socket(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "out"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    return bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : 3;
}

static int leave_unreadable(void)
{
    if (leave_file("out") != 0 || chmod("out", 0) != 0 || mkdir("outlocked", 0700) != 0)
        return 3;
    return chmod("outlocked", 0) == 0 ? 0 : 3;
}

static int leave_growing(void)
{
    if (leave_file("out") != 0)
        return 3;
    if (fork() == 0)
        for (int fd = open("out", O_WRONLY | O_APPEND); write(fd, "more", 4) == 4;)
            ;
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "file") == 0)
        return leave_file("out");
    if (strcmp(what, "link") == 0)
        return symlink("/etc/passwd", "out") == 0 ? 0 : 3;
    if (strcmp(what, "linked-folder") == 0)
        return symlink("/etc", "outdir") == 0 ? 0 : 3;
    if (strcmp(what, "fifo") == 0)
        return mkfifo("out", 0666) == 0 ? 0 : 3;
    if (strcmp(what, "socket") == 0)
        return leave_socket();
    if (strcmp(what, "hard") == 0)
        return leave_file("out1") == 0 && link("out1", "out2") == 0 ? 0 : 3;
    if (strcmp(what, "folder") == 0)
        return mkdir("out", 0755) == 0 ? 0 : 3;
    if (strcmp(what, "sparse") == 0)
        return leave_file("out") == 0 && truncate("out", 1LL << 40) == 0 ? 0 : 3;
    if (strcmp(what, "many") == 0)
        return leave_many(argc > 2 ? atoi(argv[2]) : 0);
    if (strcmp(what, "long") == 0)
        return leave_long();
    if (strcmp(what, "newline") == 0)
        return leave_file("out\nput");
    if (strcmp(what, "unreadable") == 0)
        return leave_unreadable();
    return leave_growing();
}
