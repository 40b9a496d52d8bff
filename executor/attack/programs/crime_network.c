/* crime_network PORT NAME - tries to reach anything but itself. PORT: where the test listens on the
 * host's loopback; NAME: the abstract address at which it listens as well. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "crime.h"

static const char *abstract_name;
static uint16_t port;

static long connect_inet(const char *address, int to_port)
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)to_port)};
    int any = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (any < 0 || inet_pton(AF_INET, address, &there.sin_addr) != 1)
        return -1;
    return connect(any, (const struct sockaddr *)&there, sizeof(there));
}

static long try_host_loopback(long argument)
{
    (void)argument;
    return connect_inet("127.0.0.1", port);
}

static long try_metadata(long argument)
{
    (void)argument;
    return connect_inet("169.254.169.254", 80);
}

static long try_outside(long argument)
{
    (void)argument;
    return connect_inet("192.0.2.1", 80); /* TEST-NET-1: leads nowhere even if it got out */
}

static long try_udp(long argument)
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(53)};
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)argument;
    if (any < 0 || inet_pton(AF_INET, "192.0.2.1", &there.sin_addr) != 1)
        return -1;
    return sendto(any, "?", 1, 0, (const struct sockaddr *)&there, sizeof(there));
}

static long try_inet6(long argument)
{
    struct sockaddr_in6 there = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    int any = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)argument;
    if (any < 0 || inet_pton(AF_INET6, "2001:db8::1", &there.sin6_addr) != 1)
        return -1;
    return connect(any, (const struct sockaddr *)&there, sizeof(there));
}

static long try_abstract(long argument)
{
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    size_t length = strlen(abstract_name);
    int any = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)argument;
    if (any < 0)
        return -1;
    memcpy(there.sun_path + 1, abstract_name, length);
    return connect(any, (const struct sockaddr *)&there,
                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
}

static long try_raw(long argument)
{
    (void)argument;
    return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
}

static long try_packet(long argument)
{
    (void)argument;
    return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static long try_vsock(long argument)
{
    (void)argument;
    return socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long try_flag(long flag)
{
    struct ifreq lo = {.ifr_name = "lo"};
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (any < 0 || ioctl(any, SIOCGIFFLAGS, &lo) < 0)
        return -1;
    if (flag == 0) { /* is it up? */
        errno = ENETDOWN;
        return lo.ifr_flags & IFF_UP ? 0 : -1;
    }
    lo.ifr_flags |= (short)flag;
    return ioctl(any, SIOCSIFFLAGS, &lo);
}

static long try_listen_to_self(long argument)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(here);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)argument;
    if (server < 0 || bind(server, (struct sockaddr *)&here, length) < 0 || listen(server, 1) < 0 ||
        getsockname(server, (struct sockaddr *)&here, &length) < 0)
        return -1;
    return connect_inet("127.0.0.1", ntohs(here.sin_port));
}

/* Any interface that is not lo. */
static long try_interfaces(long argument)
{
    FILE *file = fopen("/proc/net/dev", "re");
    char line[512], name[64];

    (void)argument;
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, " %63[^: ]:", name) == 1 && strchr(line, ':') && strcmp(name, "lo") != 0 &&
            strcmp(name, "sit0") != 0 && strcmp(name, "tunl0") != 0 && strcmp(name, "ip6tnl0") != 0)
            return 0;
    errno = ENODEV;
    return -1;
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"connect to the host's loopback", try_host_loopback, 0},
        {"connect to the host's abstract socket", try_abstract, 0},
        {"connect to a metadata service", try_metadata, 0},
        {"connect outside", try_outside, 0},
        {"send a datagram outside", try_udp, 0},
        {"connect outside by IPv6", try_inet6, 0},
        {"raw socket", try_raw, 0},
        {"packet socket", try_packet, 0},
        {"vsock socket", try_vsock, 0},
        {"see other interfaces", try_interfaces, 0},
        {"see loopback up", try_flag, 0},
        {"bring loopback up", try_flag, IFF_UP | IFF_PROMISC},
        {"talk to itself", try_listen_to_self, 0},
    };

    if (argc != 3)
        return 2;
    port = (uint16_t)strtoul(argv[1], NULL, 10);
    abstract_name = argv[2];
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
