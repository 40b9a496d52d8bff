/* departed.c - see departed.h (process: warden). */
#include "executor/sandbox/departed.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "bailiff/own.h"

/* RTM_NEWNSID as we ask for it, and as both announcements come. */
struct request {
    struct nlmsghdr header;
    struct rtgenmsg family;
    char pad[NLMSG_ALIGN(sizeof(struct rtgenmsg)) - sizeof(struct rtgenmsg)];
    struct nlattr number;
    int32_t wanted;
    struct nlattr process;
    uint32_t pid;
};

struct announcement {
    struct nlmsghdr header;
    struct rtgenmsg family;
    char pad[NLMSG_ALIGN(sizeof(struct rtgenmsg)) - sizeof(struct rtgenmsg)];
    struct nlattr number;
    int32_t id;
};

void bl_departed_init(struct bl_departed *departed)
{
    struct sockaddr_nl own = {.nl_family = AF_NETLINK};
    socklen_t size = sizeof(own);
    const int group = RTNLGRP_NSID;

    *departed = (struct bl_departed){.socket = -1};
    bl_autoclose int fd =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0 ||
        getsockname(fd, (struct sockaddr *)&own, &size) < 0 ||
        setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
        return;
    departed->own = own.nl_pid;
    departed->socket = bl_take_fd(&fd);
}

/* A number that somebody else gave, or takes away, is none of ours. */
static void hear(struct bl_departed *d, const struct announcement *said)
{
    const uint32_t id = (uint32_t)said->id;

    if (said->number.nla_type != NETNSA_NSID || id >= BL_DEPARTED_IDS)
        return;
    uint64_t *word = &d->watched[id / 64], bit = 1ULL << id % 64;
    if (said->header.nlmsg_type == RTM_NEWNSID && said->header.nlmsg_pid == d->own &&
        !(*word & bit)) {
        *word |= bit;
        d->count++;
    } else if (said->header.nlmsg_type == RTM_DELNSID && (*word & bit)) {
        *word &= ~bit;
        d->count--;
    }
}

void bl_departed_forget(struct bl_departed *departed)
{
    memset(departed->watched, 0, sizeof(departed->watched));
    departed->count = 0;
}

unsigned bl_departed_count(struct bl_departed *departed)
{
    union {
        struct announcement said;
        char room[512];
    } message;
    struct bl_departed *d = departed;

    for (;;) {
        ssize_t length =
            d->socket < 0 ? 0 : recv(d->socket, &message, sizeof(message), MSG_DONTWAIT);
        if (length < 0 && errno == ENOBUFS)
            bl_departed_forget(d);
        else if (length <= 0)
            return d->count;
        else if (length >= (ssize_t)sizeof(message.said))
            hear(d, &message.said);
    }
}

void bl_departed_watch(struct bl_departed *departed, pid_t pid)
{
    const struct request request = {
        .header = {.nlmsg_len = sizeof(request),
                   .nlmsg_type = RTM_NEWNSID,
                   .nlmsg_flags = NLM_F_REQUEST},
        .number = {.nla_len = sizeof(request.number) + sizeof(request.wanted),
                   .nla_type = NETNSA_NSID},
        .wanted = -1, /* whichever is free */
        .process = {.nla_len = sizeof(request.process) + sizeof(request.pid),
                    .nla_type = NETNSA_PID},
        .pid = (uint32_t)pid,
    };

    if (departed->socket < 0)
        return;
    (void)send(departed->socket, &request, sizeof(request), 0); /* else it is not counted */
    (void)bl_departed_count(departed);                          /* there is room for the next */
}
