/* maze WHAT - leaves what is hard to walk or to remove, in every folder of its own.
 *
 * deep      folders in folders, further down than a path can say, links to all of it at the bottom
 * wide      as many files as there may be
 * links     links that lead around in circles, to themselves, and out
 * names     names of 255 bytes, of one byte each there is, of escapes and spaces
 * locked    folders that nobody may enter, open files without names, sockets, fifos
 * SECRET is the path of a file of the host that a link leads to. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { DEPTH = 2000, WIDE = 100000 };

static const char *const homes[] = {"/box", "/tmp", "/dev/shm"};

static void dig(const char *secret)
{
    char name[201];

    memset(name, 'd', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (int i = 0; i < DEPTH; i++)
        if (mkdir(name, 0777) < 0 || chdir(name) < 0)
            break;
    (void)!symlink(secret, "out");
    (void)!symlink("/", "up");
    (void)!symlink(".", "here");
}

static void fill(void)
{
    char name[32];
    int fd = 0;

    for (int i = 0; i < WIDE && fd >= 0; i++) {
        (void)snprintf(name, sizeof(name), "out%d", i);
        fd = open(name, O_CREAT | O_WRONLY, 0644);
        if (fd >= 0)
            (void)close(fd);
    }
}

static void knot(const char *secret)
{
    (void)!symlink("b", "a");
    (void)!symlink("a", "b");
    (void)!symlink("self", "self");
    (void)!symlink(secret, "out");
    (void)!symlink("/proc/self/root", "root");
    (void)!symlink("../../../../../../..", "dots");
    (void)!symlink("/proc/self/fd/0", "input");
    (void)mkdir("ring", 0777);
    (void)!symlink("../ring", "ring/ring");
}

static void name_them(void)
{
    char name[256];

    for (int c = 1; c < 256; c++) {
        memset(name, c, 255);
        name[255] = '\0';
        (void)close(open(name, O_CREAT | O_WRONLY, 0644));
        name[1] = '\0';
        (void)close(open(name, O_CREAT | O_WRONLY, 0644));
    }
    (void)close(open("out\x1b[2J $(reboot) `reboot` ; reboot \n", O_CREAT | O_WRONLY, 0644));
    (void)close(open("-rf", O_CREAT | O_WRONLY, 0644));
}

static void lock_up(void)
{
    struct sockaddr_un here = {.sun_family = AF_UNIX, .sun_path = "socket"};

    (void)mkdir("locked", 0700);
    (void)close(open("locked/out", O_CREAT | O_WRONLY, 0));
    (void)chmod("locked", 0);
    (void)mkfifo("out", 0666);
    (void)bind(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&here, sizeof(here));
    for (int i = 0; i < 20; i++) /* stay open: by this process, to its end */
        (void)!write(open(".", O_TMPFILE | O_RDWR, 0600), "nameless", 8);
    (void)chmod(".", 0);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "", *secret = argc > 2 ? argv[2] : "/etc/passwd";

    for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
        if (chdir(homes[i]) < 0)
            return 3;
        if (strcmp(what, "deep") == 0)
            dig(secret);
        else if (strcmp(what, "wide") == 0)
            fill();
        else if (strcmp(what, "links") == 0)
            knot(secret);
        else if (strcmp(what, "names") == 0)
            name_them();
        else if (strcmp(what, "locked") == 0)
            lock_up();
        else
            return 2;
    }
    return 0;
}
