/* Who may call bailiffd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/daemon/access.h"
#include "executor/daemon/identity.h"

static char path[] = "/tmp/bailiff-tokens-XXXXXX";
static struct bl_access *access_rules;
static struct bl_err err;

static const char *const nobody[] = {NULL};

/* A configuration with nothing but these. */
static struct bl_config config_of(const char *const *users, const char *const *groups,
                                  const char *const *subjects, const char *tokens)
{
    return (struct bl_config){.users = users ? users : nobody,
                              .groups = groups ? groups : nobody,
                              .subjects = subjects ? subjects : nobody,
                              .name_tenants = nobody,
                              .tokens = tokens ? tokens : ""};
}

static int make(const struct bl_config *config)
{
    bl_access_free(&access_rules);
    return bl_access_new(&access_rules, config, &err);
}

static bool local(uid_t uid, gid_t gid)
{
    const struct bl_peer peer = {.has_ids = true, .uid = uid, .gid = gid, .address = "unix"};

    return bl_access_may_call(access_rules, &peer, NULL);
}

static bool remote(const char *subject, const char *authorization)
{
    struct bl_peer peer = {.address = "127.0.0.1:1"};

    (void)snprintf(peer.subject, sizeof(peer.subject), "%s", subject);
    return bl_access_may_call(access_rules, &peer, authorization);
}

static void write_tokens(const char *text, size_t length, mode_t mode)
{
    bl_autoclose int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, length), (ssize_t)length);
}

static int read_tokens(const char *text)
{
    const struct bl_config config = config_of(NULL, NULL, NULL, path);

    write_tokens(text, strlen(text), 0600);
    return make(&config);
}

static int set_up(void **state)
{
    int fd = mkostemp(path, O_CLOEXEC);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    bl_access_free(&access_rules);
    return unlink(path);
}

static void local__all_may_where_nobody_is_named(void **state)
{
    const struct bl_config config = config_of(NULL, NULL, NULL, NULL);

    (void)state;
    assert_int_equal(make(&config), 0);
    assert_true(local(0, 0));
    assert_true(local(12345, 12345));
    assert_false(remote("", NULL)); /* but nobody from elsewhere */
    assert_false(remote("", "Bearer "));
}

static void local__named_users_and_groups_and_root_may(void **state)
{
    static const char *const users[] = {"daemon", "4711", NULL}, *const groups[] = {"815", NULL};
    const struct bl_config config = config_of(users, groups, NULL, NULL);

    (void)state;
    assert_int_equal(make(&config), 0);
    assert_true(local(0, 0));
    assert_true(local(1, 99)); /* daemon, on every Linux */
    assert_true(local(4711, 99));
    assert_true(local(99, 815));
    assert_false(local(99, 99));
    assert_false(local(815, 4711));
}

static void local__nobody_unknown_can_be_named(void **state)
{
    static const char *const users[] = {"no such user", NULL}, *const most[] = {"4294967295", NULL};
    struct bl_config config = config_of(users, NULL, NULL, NULL);

    (void)state;
    assert_int_equal(make(&config), -1);
    assert_int_equal(err.step, BL_STEP_CONFIG);
    assert_non_null(strstr(err.detail, "no such user"));
    config = config_of(NULL, users, NULL, NULL);
    assert_int_equal(make(&config), -1);
    config = config_of(most, NULL, NULL, NULL); /* (uid_t)-1 is nobody */
    assert_int_equal(make(&config), -1);
}

static void subjects__decide_where_there_are_any(void **state)
{
    static const char *const subjects[] = {"CN=judge,O=uni", NULL};
    struct bl_config config = config_of(NULL, NULL, NULL, NULL);

    (void)state;
    assert_int_equal(make(&config), 0);
    assert_true(remote("CN=anybody", NULL)); /* the authority has signed it */
    config = config_of(NULL, NULL, subjects, NULL);
    assert_int_equal(make(&config), 0);
    assert_true(remote("CN=judge,O=uni", NULL));
    assert_false(remote("CN=judge", NULL));
    assert_false(remote("CN=judge,O=uni2", NULL));
    assert_false(remote("", NULL));
}

static void tokens__each_of_the_file_is_right(void **state)
{
    (void)state;
    assert_int_equal(
        read_tokens("# head\n\nfirst-token-long-enough\n\t second-token-0123 # tail\r\n"
                    "third-token-without-end"),
        0);
    assert_true(remote("", "Bearer first-token-long-enough"));
    assert_true(remote("", "Bearer second-token-0123"));
    assert_true(remote("", "bearer third-token-without-end"));
    assert_false(remote("", "Bearer first-token-long-enoug"));
    assert_false(remote("", "Bearer first-token-long-enough\n"));
    assert_false(remote("", "Bearer #"));
    assert_false(remote("", "Bearer "));
    assert_false(remote("", NULL));
}

static void expect_wrong(const char *text, const char *words)
{
    assert_int_equal(read_tokens(text), -1);
    assert_int_equal(err.step, BL_STEP_CONFIG);
    if (!strstr(err.detail, words))
        fail_msg("%s", err.detail);
}

/* And what is wrong is told without the token. */
static void tokens__malformed_ones_are_refused_by_line(void **state)
{
    static char many[BL_TOKENS_MAX * 24 + 64], longer[BL_TOKEN_LENGTH_MOST + 3];
    size_t used = 0;

    (void)state;
    expect_wrong("good-token-0123456\nsecret-1\n", ":2: a token has 16 characters at least");
    assert_null(strstr(err.detail, "secret-1"));
    expect_wrong("good-token-0123456 a/b\n", ":1: behind a token: a tenant's name");
    expect_wrong("good-token-0123456 alice all\n", ":1: behind a tenant: the word any");
    expect_wrong("good-token-0123456 alice any more\n", ":1: behind a tenant");
    expect_wrong("", "has no token");
    expect_wrong("# nothing\n", "has no token");
    expect_wrong("caf\xc3\xa9-0123456789abcdef\n", "printable");
    memset(longer, 'x', sizeof(longer) - 1);
    expect_wrong(longer, "256 characters at most");
    for (int i = 0; i <= BL_TOKENS_MAX; i++)
        used += (size_t)snprintf(many + used, sizeof(many) - used, "token-number-%06d\n", i);
    expect_wrong(many, "more than 256 tokens");
}

static void tokens__of_a_file_that_others_may_read_are_no_secret(void **state)
{
    static const char text[] = "good-token-0123456\n";
    const struct bl_config config = config_of(NULL, NULL, NULL, path);

    (void)state;
    for (mode_t mode = 01; mode <= 07; mode++) {
        write_tokens(text, strlen(text), 0600 | mode);
        assert_int_equal(make(&config), -1);
        assert_non_null(strstr(err.detail, "chmod o-rwx"));
    }
    write_tokens("good-token-0123456\n\0rest", 24, 0600);
    assert_int_equal(make(&config), -1);
    assert_non_null(strstr(err.detail, "NUL"));
}

static void tokens__file_must_be_one(void **state)
{
    static const char *const paths[] = {"/nonexistent/tokens", "/dev/zero", "/tmp"};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(paths); i++) {
        const struct bl_config config = config_of(NULL, NULL, NULL, paths[i]);

        assert_int_equal(make(&config), -1);
        assert_non_null(strstr(err.detail, paths[i]));
    }
}

static const struct bl_caller *identify(const struct bl_peer *peer, const char *authorization)
{
    static struct bl_caller caller;

    if (bl_access_identify(access_rules, peer, authorization, &caller, &err) != 0)
        return NULL;
    return &caller;
}

static void tenants__are_the_peers_or_the_tokens(void **state)
{
    static const char *const namers[] = {"4711", "CN=front,O=uni", NULL};
    struct bl_config config = config_of(NULL, NULL, NULL, path);
    const struct bl_peer root = {.has_ids = true}, user = {.has_ids = true, .uid = 815},
                         front = {.has_ids = true, .uid = 4711}, other = {.address = "[::1]:1"},
                         certified = {.subject = "CN=judge,O=uni"},
                         certified_front = {.subject = "CN=front,O=uni"};
    static const char text[] = "first-token-0123456 alice\nsecond-token-012345 bob any\n"
                               "third-token-0123456\n";

    (void)state;
    config.name_tenants = namers;
    write_tokens(text, strlen(text), 0600);
    assert_int_equal(make(&config), 0);
    assert_string_equal(identify(&root, NULL)->tenant, "uid-0");
    assert_true(identify(&root, NULL)->names_tenants);
    assert_string_equal(identify(&user, NULL)->tenant, "uid-815");
    assert_false(identify(&user, "Bearer second-token-012345")->names_tenants);
    assert_true(identify(&front, NULL)->names_tenants);
    assert_false(identify(&certified, NULL)->names_tenants);
    assert_true(identify(&certified_front, NULL)->names_tenants);
    assert_string_equal(identify(&other, "Bearer first-token-0123456")->tenant, "alice");
    assert_false(identify(&other, "Bearer first-token-0123456")->names_tenants);
    assert_string_equal(identify(&other, "Bearer second-token-012345")->tenant, "bob");
    assert_true(identify(&other, "Bearer second-token-012345")->names_tenants);
    assert_non_null(strstr(identify(&other, "Bearer third-token-0123456")->tenant, "token-"));
    assert_null(strstr(identify(&other, "Bearer third-token-0123456")->tenant, "third"));
    assert_null(identify(&other, "Bearer fourth-token-123456"));
    assert_int_equal(err.step, BL_STEP_ACCESS);
}

static void rules__are_replaced_whole(void **state)
{
    static const char *const users[] = {"4711", NULL};
    const struct bl_config before = config_of(users, NULL, NULL, NULL);
    const struct bl_config after = config_of(NULL, NULL, NULL, path);
    struct bl_access *fresh = NULL;

    (void)state;
    assert_int_equal(make(&before), 0);
    assert_false(local(1, 1));
    write_tokens("good-token-0123456", 18, 0600);
    assert_int_equal(bl_access_new(&fresh, &after, &err), 0);
    bl_access_replace(access_rules, &fresh);
    assert_null(fresh);
    assert_true(local(1, 1));
    assert_true(remote("", "Bearer good-token-0123456"));
}

static void identity__is_never_root(void **state)
{
    struct bl_identity identity;

    (void)state;
    assert_int_equal(bl_identity_find(&identity, "root", 77, &err), -1);
    assert_int_equal(bl_identity_find(&identity, "0", 77, &err), -1);
    assert_int_equal(bl_identity_find(&identity, "daemon", 77, &err), 0);
    assert_true(identity.exists);
    assert_int_equal(identity.uid, 1);
    assert_int_equal(bl_identity_find(&identity, "no-such-user", 77, &err), 0);
    assert_false(identity.exists);
    assert_int_equal(identity.uid, 77);
    assert_int_equal(identity.gid, 77);
    assert_int_equal(bl_identity_find(&identity, "54321", 77, &err), 0); /* needs no name */
    assert_int_equal(identity.uid, 54321);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local__all_may_where_nobody_is_named),
        cmocka_unit_test(local__named_users_and_groups_and_root_may),
        cmocka_unit_test(local__nobody_unknown_can_be_named),
        cmocka_unit_test(subjects__decide_where_there_are_any),
        cmocka_unit_test(tokens__each_of_the_file_is_right),
        cmocka_unit_test(tokens__malformed_ones_are_refused_by_line),
        cmocka_unit_test(tokens__of_a_file_that_others_may_read_are_no_secret),
        cmocka_unit_test(tokens__file_must_be_one),
        cmocka_unit_test(tenants__are_the_peers_or_the_tokens),
        cmocka_unit_test(rules__are_replaced_whole),
        cmocka_unit_test(identity__is_never_root),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
