#include "executor/daemon/notify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

struct bl_notify {
    int socket; /* owned; -1: nobody listens */
    uint64_t every_ns;
    struct bl_timer *timer; /* NULL: no watchdog */
};

static void tell(const struct bl_notify *notify, const char *text)
{
    if (notify->socket >= 0)
        (void)send(notify->socket, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void on_tick(void *ctx)
{
    struct bl_notify *notify = ctx;

    tell(notify, "WATCHDOG=1");
    bl_timer_arm(notify->timer, bl_now_ns() + notify->every_ns);
}

/* path: "/..." or "@..." for an abstract one. */
static int reach(int *out, const char *path, struct bl_err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    bl_autoclose int fd = -1;

    if ((path[0] != '/' && path[0] != '@') || length < 2 || length >= sizeof(address.sun_path))
        return bl_fail(err, BL_STEP_LISTEN, 0, "NOTIFY_SOCKET=%.100s", path);
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
        return bl_fail(err, BL_STEP_LISTEN, errno, "NOTIFY_SOCKET=%.100s", path);
    *out = bl_take_fd(&fd);
    return 0;
}

/* The time in which a sign of life is wanted; 0: none, or not from us. */
static uint64_t watchdog_ns(void)
{
    const char *us_text = getenv("WATCHDOG_USEC"), *pid_text = getenv("WATCHDOG_PID");
    uint64_t us, pid;

    if (!us_text || bl_parse_count(us_text, &us) != BL_UNITS_OK || us > UINT64_MAX / BL_NS_PER_US)
        return 0;
    if (pid_text && (bl_parse_count(pid_text, &pid) != BL_UNITS_OK || pid != (uint64_t)getpid()))
        return 0;
    return us * BL_NS_PER_US;
}

static int start(struct bl_notify *notify, struct bl_loop *loop, struct bl_err *err)
{
    const char *path = getenv("NOTIFY_SOCKET");

    if (!path || !*path)
        return 0;
    if (reach(&notify->socket, path, err) < 0)
        return -1;
    notify->every_ns = watchdog_ns() / 2;
    if (notify->every_ns == 0)
        return 0;
    if (bl_timer_new(&notify->timer, loop, on_tick, notify, err) < 0)
        return -1;
    bl_timer_arm(notify->timer, bl_now_ns());
    return 0;
}

int bl_notify_new(struct bl_notify **out, struct bl_loop *loop, struct bl_err *err)
{
    static const char *const used[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
    struct bl_notify *notify = calloc(1, sizeof(*notify));

    if (!notify)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "notification");
    notify->socket = -1;
    if (start(notify, loop, err) < 0) {
        bl_notify_free(&notify);
        return -1;
    }
    for (size_t i = 0; i < BL_ARRAY_LEN(used); i++)
        (void)unsetenv(used[i]); /* a name without "=" can't fail */
    *out = notify;
    return 0;
}

void bl_notify_free(struct bl_notify **notify)
{
    if (!*notify)
        return;
    if ((*notify)->timer)
        bl_timer_free(&(*notify)->timer);
    bl_close_fd(&(*notify)->socket);
    free(*notify);
    *notify = NULL;
}

static void tell_status(const struct bl_notify *notify, const char *word, const char *status)
{
    char text[256];

    (void)snprintf(text, sizeof(text), "%s%s%s", word, *status ? "\nSTATUS=" : "", status);
    tell(notify, text);
}

void bl_notify_starting(struct bl_notify *notify, const char *status, uint64_t time_ns)
{
    char word[64];

    (void)snprintf(word, sizeof(word), "EXTEND_TIMEOUT_USEC=%llu",
                   (unsigned long long)(time_ns / BL_NS_PER_US));
    tell_status(notify, word, status);
}

void bl_notify_ready(struct bl_notify *notify, const char *status)
{
    tell_status(notify, "READY=1", status);
}

/* Type=notify-reload wants to know when, to tell this message from an older one. */
void bl_notify_reloading(struct bl_notify *notify)
{
    char text[96];

    (void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
                   (unsigned long long)(bl_now_ns() / BL_NS_PER_US));
    tell(notify, text);
}

void bl_notify_stopping(struct bl_notify *notify, const char *status)
{
    tell_status(notify, "STOPPING=1", status);
}
