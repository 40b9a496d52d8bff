/* test_wall_network.c - a program reaches no network but its own, which is empty: neither the
 * host's loopback nor its abstract sockets. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "tests/support/lines.h"

#define NO_WAY_BY_IPV6 "refused ENETUNREACH|refused EADDRNOTAVAIL|refused EAFNOSUPPORT"

/* What the program is to find out there: both listen on the host. */
struct host {
    int tcp, abstract; /* owned */
    char port[16], name[64];
};

static void listen_on_host(struct host *host)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(here);

    host->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(host->tcp, (struct sockaddr *)&here, length), 0);
    assert_int_equal(listen(host->tcp, 1), 0);
    assert_int_equal(getsockname(host->tcp, (struct sockaddr *)&here, &length), 0);
    (void)snprintf(host->port, sizeof(host->port), "%u", ntohs(here.sin_port));
    (void)snprintf(host->name, sizeof(host->name), "bailiff-test-%d", (int)getpid());
    length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(host->name));
    memcpy(name.sun_path + 1, host->name, strlen(host->name));
    host->abstract = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(host->abstract, (struct sockaddr *)&name, length), 0);
    assert_int_equal(listen(host->abstract, 1), 0);
}

static void try_network(struct bl_rig *rig, unsigned profile, const struct bl_line *lines,
                        size_t count)
{
    struct host host = {.tcp = -1, .abstract = -1};
    struct bl_outcome outcome;
    struct bl_trial trial;

    listen_on_host(&host);
    bl_trial_init(&trial, rig, "crime_network", host.port, host.name, NULL);
    trial.spec.profile = profile;
    bl_rig_run(rig, &trial, &outcome);
    bl_close_fd(&host.tcp);
    bl_close_fd(&host.abstract);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    bl_lines_expect(outcome.out, lines, count);
    bl_outcome_release(&outcome);
}

static void network__policy_offers_no_families(void **state)
{
    static const struct bl_line lines[] = {
        {"connect to the host's loopback", "refused EAFNOSUPPORT"},
        {"connect to the host's abstract socket", "refused ECONNREFUSED"},
        {"connect to a metadata service", "refused EAFNOSUPPORT"},
        {"connect outside", "refused EAFNOSUPPORT"},
        {"send a datagram outside", "refused EAFNOSUPPORT"},
        {"connect outside by IPv6", "refused EAFNOSUPPORT"},
        {"raw socket", "refused EAFNOSUPPORT"},
        {"packet socket", "refused ENOSYS"},
        {"vsock socket", "refused ENOSYS"},
        {"see other interfaces", "refused ENODEV"},
        {"see loopback up", "refused EAFNOSUPPORT"},
        {"bring loopback up", "refused EAFNOSUPPORT"},
        {"talk to itself", "refused EAFNOSUPPORT"},
    };
    struct bl_rig *rig = bl_rig_of(state);

    try_network(rig, rig->standard, lines, BL_ARRAY_LEN(lines));
}

/* Without the policy. AF_VSOCK knows no namespaces: there seccomp is the only wall. */
static const struct {
    const char *crime, *without, *with; /* a loopback */
} by_walls[] = {
    {"connect to the host's loopback", "refused ENETUNREACH", "refused ECONNREFUSED"},
    {"connect to the host's abstract socket", "refused ECONNREFUSED", "refused ECONNREFUSED"},
    {"connect to a metadata service", "refused ENETUNREACH", "refused ENETUNREACH"},
    {"connect outside", "refused ENETUNREACH", "refused ENETUNREACH"},
    {"send a datagram outside", "refused ENETUNREACH", "refused ENETUNREACH"},
    {"connect outside by IPv6", NO_WAY_BY_IPV6, NO_WAY_BY_IPV6},
    {"raw socket", "refused EPERM", "refused EPERM"},
    {"packet socket", "refused EPERM|refused EAFNOSUPPORT", "refused EPERM|refused EAFNOSUPPORT"},
    {"vsock socket", "*", "*"},
    {"see other interfaces", "refused ENODEV", "refused ENODEV"},
    {"see loopback up", "refused ENETDOWN", "succeeded"},
    {"bring loopback up", "refused EPERM", "refused EPERM"},
    {"talk to itself", "refused ENETUNREACH", "succeeded"},
};

static void network__none_reaches_nothing(void **state)
{
    struct bl_line lines[BL_ARRAY_LEN(by_walls)];
    struct bl_rig *rig = bl_rig_of(state);

    for (size_t i = 0; i < BL_ARRAY_LEN(lines); i++)
        lines[i] = (struct bl_line){by_walls[i].crime, by_walls[i].without};
    try_network(rig, rig->open, lines, BL_ARRAY_LEN(lines));
}

static void network__loopback_reaches_itself_only(void **state)
{
    struct bl_line lines[BL_ARRAY_LEN(by_walls)];
    struct bl_rig *rig = bl_rig_of(state);

    for (size_t i = 0; i < BL_ARRAY_LEN(lines); i++)
        lines[i] = (struct bl_line){by_walls[i].crime, by_walls[i].with};
    try_network(rig, rig->open_loopback, lines, BL_ARRAY_LEN(lines));
}

static void expect_little_held(struct bl_rig *rig, const char *what, const char *works)
{
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "balloon", what, "64", NULL);
    trial.spec.profile = rig->loopback;
    trial.spec.limits.memory_bytes = 32 * BL_MIB;
    trial.spec.limits.open_files = 8192;
    bl_rig_run(rig, &trial, &outcome);
    assert_non_null(strstr(outcome.out, works));
    if (outcome.result.verdict != BL_VERDICT_MEMORY_LIMIT) { /* v2 counts it there */
        bl_outcome_expect(&outcome, BL_VERDICT_RUNTIME_ERROR);
        assert_int_equal(outcome.result.exit_code, 3);
    }
    bl_outcome_release(&outcome);
}

/* Both together would hold hundreds of megabytes. */
static void network__sockets_of_a_loopback_hold_little(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);

    expect_little_held(rig, "udp", "udp: works\n");
    expect_little_held(rig, "tcp", "tcp: works\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network__policy_offers_no_families),
        cmocka_unit_test(network__none_reaches_nothing),
        cmocka_unit_test(network__loopback_reaches_itself_only),
        cmocka_unit_test(network__sockets_of_a_loopback_hold_little),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
