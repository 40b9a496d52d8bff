#include "executor/daemon/passed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

/* How many there are for us. */
static uint64_t count_passed(void)
{
    const char *pid_text = getenv("LISTEN_PID"), *count_text = getenv("LISTEN_FDS");
    uint64_t pid, count;

    if (!pid_text || bl_parse_count(pid_text, &pid) != BL_UNITS_OK || pid != (uint64_t)getpid())
        return 0;
    return count_text && bl_parse_count(count_text, &count) == BL_UNITS_OK ? count : 0;
}

/* Is the n-th of "a:b:c" "http"? */
static bool is_http(const char *names, unsigned n)
{
    for (; names && n > 0; n--) {
        names = strchr(names, ':');
        names += names != NULL;
    }
    return names && strncmp(names, "http", 4) == 0 && (names[4] == ':' || names[4] == '\0');
}

static int take_one(struct bl_passed *passed, const char *names, struct bl_err *err)
{
    const unsigned n = passed->count;
    const int fd = BL_PASSED_FIRST_FD + (int)n;
    struct bl_address *bound = &passed->sockets[n].bound;
    int listens = 0, type = 0;
    socklen_t length = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) < 0 || !listens ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_STREAM)
        return bl_fail(err, BL_STEP_LISTEN, 0, "descriptor %d is no stream socket that listens",
                       fd);
    *bound = (struct bl_address){.fd = -1, .length = sizeof(bound->local)};
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || getsockname(fd, &bound->any, &bound->length) < 0)
        return bl_fail(err, BL_STEP_LISTEN, errno, "descriptor %d", fd);
    passed->sockets[n].fd = fd;
    passed->sockets[n].is_http = is_http(names, n);
    passed->count++;
    return 0;
}

int bl_passed_take(struct bl_passed *passed, struct bl_err *err)
{
    static const char *const used[] = {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"};
    uint64_t count = count_passed();

    *passed = (struct bl_passed){.count = 0};
    if (count > BL_PASSED_MAX)
        return bl_fail(err, BL_STEP_LISTEN, 0, "%llu sockets were passed; at most %d",
                       (unsigned long long)count, BL_PASSED_MAX);
    while (passed->count < count)
        if (take_one(passed, getenv("LISTEN_FDNAMES"), err) < 0) {
            bl_passed_release(passed);
            return -1;
        }
    for (size_t i = 0; i < BL_ARRAY_LEN(used); i++)
        (void)unsetenv(used[i]); /* a name without "=" can't fail */
    return 0;
}

bool bl_passed_has(const struct bl_passed *passed, const struct bl_address *address)
{
    char wanted[BL_ADDRESS_TEXT_MAX], bound[BL_ADDRESS_TEXT_MAX];

    for (unsigned i = 0; i < passed->count; i++)
        if (strcmp(bl_address_text(address, wanted),
                   bl_address_text(&passed->sockets[i].bound, bound)) == 0)
            return true;
    return false;
}

void bl_passed_release(struct bl_passed *passed)
{
    for (unsigned i = 0; i < passed->count; i++)
        bl_close_fd(&passed->sockets[i].fd);
}
