#include "executor/attack/bait.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bailiff/own.h"

static const char variable[] = "BAILIFF_SELFTEST_SECRET";

static void invent(struct bl_bait *bait)
{
    unsigned char bytes[8] = {0};
    size_t length;

    (void)!getrandom(bytes, sizeof(bytes), GRND_NONBLOCK); /* zeros would do as well */
    (void)snprintf(bait->secret, sizeof(bait->secret), "bailiff-secret-");
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(bait->secret + 15 + 2 * i, 3, "%02x", bytes[i]);
    length = strlen(bait->secret);
    for (size_t i = 0; i < length; i++)
        bait->nekot[i] = bait->secret[length - 1 - i];
    (void)snprintf(bait->abstract, sizeof(bait->abstract), "bailiff-selftest-%d", (int)getpid());
}

/* Readable for everybody: only the walls of the sandbox are in the way. */
static int plant_file(struct bl_bait *bait)
{
    (void)snprintf(bait->folder, sizeof(bait->folder), "/tmp/bailiff-selftest-%d-XXXXXX",
                   (int)getpid());
    if (!mkdtemp(bait->folder)) {
        bait->folder[0] = '\0';
        return -1;
    }
    (void)snprintf(bait->path, sizeof(bait->path), "%s/secret", bait->folder);
    bait->forgotten = open(bait->path, O_RDWR | O_CREAT | O_EXCL, 0644); /* no CLOEXEC: forgotten */
    if (bait->forgotten < 0 || chmod(bait->folder, 0755) < 0 || fchmod(bait->forgotten, 0755) < 0)
        return -1;
    return dprintf(bait->forgotten, "%s\n", bait->secret) < 0 ? -1 : 0;
}

static int plant_listeners(struct bl_bait *bait)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1);

    memcpy(name.sun_path + 1, bait->abstract, strlen(bait->abstract));
    length += (socklen_t)strlen(bait->abstract);
    bait->abstract_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bait->abstract_listener < 0 ||
        bind(bait->abstract_listener, (const struct sockaddr *)&name, length) < 0 ||
        listen(bait->abstract_listener, 4) < 0)
        return -1;
    length = sizeof(loopback);
    bait->port_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bait->port_listener < 0 ||
        bind(bait->port_listener, (const struct sockaddr *)&loopback, length) < 0 ||
        listen(bait->port_listener, 4) < 0 ||
        getsockname(bait->port_listener, (struct sockaddr *)&loopback, &length) < 0)
        return -1;
    (void)snprintf(bait->port, sizeof(bait->port), "%u", ntohs(loopback.sin_port));
    return 0;
}

static int plant_terminal(struct bl_bait *bait)
{
    char name[64];

    bait->terminal_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (bait->terminal_master < 0 || grantpt(bait->terminal_master) < 0 ||
        unlockpt(bait->terminal_master) < 0 ||
        ptsname_r(bait->terminal_master, name, sizeof(name)) != 0)
        return -1;
    bait->terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return bait->terminal < 0 ? -1 : 0;
}

int bl_bait_plant(struct bl_bait *bait, struct bl_err *err)
{
    int why;

    *bait = (struct bl_bait){.forgotten = -1,
                             .abstract_listener = -1,
                             .port_listener = -1,
                             .terminal_master = -1,
                             .terminal = -1};
    invent(bait);
    if (plant_file(bait) == 0 && plant_listeners(bait) == 0 && plant_terminal(bait) == 0 &&
        setenv(variable, bait->secret, 1) == 0)
        return 0;
    why = errno;
    bl_bait_release(bait);
    return bl_fail(err, BL_STEP_SELFTEST, why, "a secret to look for");
}

/* Takes the caller away, so that only the attack that it came from is told. */
static bool was_called(int listener)
{
    struct pollfd ready = {.fd = listener, .events = POLLIN};
    bl_autoclose int caller =
        poll(&ready, 1, 0) == 1 ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;

    return caller >= 0;
}

const char *bl_bait_touched(const struct bl_bait *bait)
{
    int typed = 0;

    if (was_called(bait->abstract_listener))
        return "it reached an abstract address of the host";
    if (was_called(bait->port_listener))
        return "it reached a port of the host";
    if (ioctl(bait->terminal, FIONREAD, &typed) < 0 || typed != 0)
        return "it typed into the terminal";
    return NULL;
}

void bl_bait_release(struct bl_bait *bait)
{
    bl_close_fd(&bait->forgotten);
    bl_close_fd(&bait->abstract_listener);
    bl_close_fd(&bait->port_listener);
    bl_close_fd(&bait->terminal);
    bl_close_fd(&bait->terminal_master);
    (void)unsetenv(variable);
    if (bait->folder[0]) {
        (void)unlink(bait->path); /* it may not have come to it */
        (void)rmdir(bait->folder);
        bait->folder[0] = '\0';
    }
}
