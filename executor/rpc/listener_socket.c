#include "executor/rpc/listener_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"

enum { BACKLOG = 512 };

static int fail(struct bl_err *err, const struct bl_address *address, const char *what)
{
    char text[BL_ADDRESS_TEXT_MAX];
    int why = errno;

    return bl_fail(err, BL_STEP_LISTEN, why, "%s: %s", bl_address_text(address, text), what);
}

/* True: nobody accepts there, and nobody will. A full queue is somebody. */
static bool is_dead(const struct bl_address *address)
{
    bl_autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return fd >= 0 && connect(fd, &address->any, address->length) != 0 && errno == ECONNREFUSED;
}

/* Between the look and the unlink() somebody else could put a file of ours there: only root and
 * ourselves can write to a directory in which a worker's socket belongs. */
static int remove_stale(const struct bl_address *address, struct bl_err *err)
{
    const char *path = address->local.sun_path;
    struct stat file;

    if (lstat(path, &file) != 0)
        return errno == ENOENT ? 0 : fail(err, address, "look at the path");
    if (!S_ISSOCK(file.st_mode))
        return bl_fail(err, BL_STEP_ADDRESS, 0, "%s is there and is no socket", path);
    if (file.st_uid != geteuid())
        return bl_fail(err, BL_STEP_ADDRESS, 0, "%s belongs to uid %u", path, file.st_uid);
    if (!is_dead(address))
        return bl_fail(err, BL_STEP_ADDRESS, 0, "somebody listens on %s", path);
    return unlink(path) == 0 ? 0 : fail(err, address, "remove the stale socket");
}

/* umask and not chmod(): the file has its mode from its first moment. One thread (STYLE). */
static int bind_unix(int fd, const struct bl_address *address, mode_t mode,
                     struct bl_socket_file *file, struct bl_err *err)
{
    struct stat made;
    mode_t before;
    int status;

    if (remove_stale(address, err) != 0)
        return -1;
    before = umask((mode_t)~mode & 0777);
    status = bind(fd, &address->any, address->length);
    (void)umask(before); /* never fails */
    if (status != 0)
        return fail(err, address, "bind");
    if (lstat(address->local.sun_path, &made) == 0)
        *file = (struct bl_socket_file){made.st_dev, made.st_ino};
    return 0;
}

static int bind_tcp(int fd, const struct bl_address *address, struct bl_err *err)
{
    const int on = 1;

    /* A restart must not wait for the last connections' TIME_WAIT. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return fail(err, address, "SO_REUSEADDR");
    return bind(fd, &address->any, address->length) == 0 ? 0 : fail(err, address, "bind");
}

static int make(int *out, const struct bl_address *address, mode_t mode,
                struct bl_socket_file *file, struct bl_err *err)
{
    bl_autoclose int fd =
        socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool local = address->any.sa_family == AF_UNIX;

    if (fd < 0)
        return fail(err, address, "socket");
    if ((local ? bind_unix(fd, address, mode, file, err) : bind_tcp(fd, address, err)) != 0)
        return -1;
    if (listen(fd, BACKLOG) != 0) {
        bl_socket_file_remove(file, address);
        return fail(err, address, "listen");
    }
    *out = bl_take_fd(&fd);
    return 0;
}

static int inherit(int *out, const struct bl_address *address, struct bl_err *err)
{
    bl_autoclose int fd = address->fd;
    int listens = 0, type = 0;
    socklen_t length = sizeof(int);

    errno = 0;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0 || !listens ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM)
        return bl_fail(err, BL_STEP_ADDRESS, errno, "fd:%d is no stream socket that listens", fd);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return fail(err, address, "fcntl");
    *out = bl_take_fd(&fd);
    return 0;
}

int bl_listener_socket(int *out, struct bl_address *address, mode_t mode, bool encrypted,
                       struct bl_socket_file *file, struct bl_err *err)
{
    bl_autoclose int fd = -1;
    char text[BL_ADDRESS_TEXT_MAX];

    *file = (struct bl_socket_file){.inode = 0};
    if (address->fd < 0 && !encrypted && !bl_address_is_local(address))
        return bl_fail(err, BL_STEP_ADDRESS, 0, "%s can be reached by other hosts: that needs TLS",
                       bl_address_text(address, text));
    if ((address->fd >= 0 ? inherit(&fd, address, err) : make(&fd, address, mode, file, err)) != 0)
        return -1;
    address->length = sizeof(address->local); /* the largest of them */
    if (getsockname(fd, &address->any, &address->length) != 0)
        return fail(err, address, "getsockname");
    /* What was inherited is known only now. */
    if (!encrypted && !bl_address_is_local(address))
        return bl_fail(err, BL_STEP_ADDRESS, 0, "%s can be reached by other hosts: that needs TLS",
                       bl_address_text(address, text));
    *out = bl_take_fd(&fd);
    return 0;
}

void bl_socket_file_remove(const struct bl_socket_file *file, const struct bl_address *address)
{
    struct stat now;

    if (file->inode != 0 && lstat(address->local.sun_path, &now) == 0 &&
        now.st_dev == file->device && now.st_ino == file->inode)
        (void)unlink(address->local.sun_path); /* what is left is removed by the next start */
}
