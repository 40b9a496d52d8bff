/* bailiffd's configuration: every key, its bounds, and the words for what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/daemon/config.h"
#include "limits/ceilings.h"

#define EXAMPLE BAILIFF_SOURCE_DIR "/executor/daemon/bailiffd.yaml"

static struct bl_config config;
static struct bl_config_problems problems;

static int parse(const char *text)
{
    bl_config_release(&config);
    return bl_config_parse(&config, "x.yaml", text, strlen(text), &problems);
}

static void expect_right(const char *text)
{
    if (parse(text) == 0)
        return;
    print_error("%s\n", problems.first[0].detail);
    fail();
}

/* One problem, which says that. */
static void expect_wrong(const char *text, const char *said)
{
    assert_int_equal(parse(text), -1);
    if (problems.count != 1 || !strstr(problems.first[0].detail, said)) {
        for (unsigned i = 0; i < problems.count; i++)
            print_error("%s\n", problems.first[i].detail);
        fail_msg("expected: %s", said);
    }
    assert_int_equal(problems.first[0].step, BL_STEP_CONFIG);
}

static int tear_down(void **state)
{
    (void)state;
    bl_config_release(&config);
    return 0;
}

static void defaults__are_what_an_empty_file_gives(void **state)
{
    (void)state;
    expect_right("");
    assert_string_equal(config.user, "bailiff");
    assert_string_equal(config.state_directory, "/var/lib/bailiff");
    assert_int_equal(config.store_bytes, 10 * BL_GIB);
    assert_int_equal(config.drain_ns, 30 * BL_NS_PER_S);
    assert_int_equal(config.unix_mode, 0660);
    assert_int_equal(config.log_level, BL_LOG_INFO);
    assert_int_equal(config.slots, 0);
    assert_int_equal(config.listen_count, 1);
    assert_string_equal(config.listen[0].address, "unix:/run/bailiff/rpc.sock");
    assert_int_equal(config.profile_count, 3);
    assert_null(config.users[0]);
    assert_int_equal(config.url_count, 0);
    assert_int_equal(config.ceilings.pids, 32768);
    expect_right("# nothing\n");
    expect_right("queue:\n"); /* a section without a key */
    expect_right("queue: {jobs: }\n");
    assert_int_equal(config.queue_jobs, 20000);
}

/* A default that its own row would refuse would be no default but a zero. */
static void defaults__are_within_their_rows_bounds(void **state)
{
    size_t count;
    const struct bl_config_row *rows = bl_config_rows(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        char text[512];

        (void)snprintf(text, sizeof(text), *rows[i].section ? "%s: {%s: \"%s\"}" : "%s%s: \"%s\"",
                       rows[i].section, rows[i].key, rows[i].otherwise);
        expect_right(text);
    }
}

static void on_change(void *ctx, const char *key, enum bl_config_effect effect)
{
    unsigned *changes = ctx;

    (void)effect;
    print_error("changed: %s\n", key);
    ++*changes;
}

static void example__holds_every_key_with_its_default(void **state)
{
    struct bl_config example;
    unsigned changes = 0;
    size_t count;
    const struct bl_config_row *rows = bl_config_rows(&count);
    static char text[65536];

    (void)state;
    if (bl_config_load(&example, EXAMPLE, &problems) != 0)
        fail_msg("%s", problems.first[0].detail);
    expect_right("");
    bl_config_changed(&config, &example, on_change, &changes);
    assert_int_equal(changes, 0);
    bl_config_release(&example);

    FILE *file = fopen(EXAMPLE, "re");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file); /* read only */
    for (size_t i = 0; i < count; i++) {
        char line[128];
        const char *from = text;

        if (*rows[i].section) {
            (void)snprintf(line, sizeof(line), "\n%s:\n", rows[i].section);
            from = strstr(text, line);
            assert_non_null(from);
        }
        (void)snprintf(line, sizeof(line), "\n%s%s: ", *rows[i].section ? "  " : "", rows[i].key);
        if (!strstr(from, line))
            fail_msg("no line%s", line);
    }
}

/* The comments of the example say [reload] exactly where the table does. */
static void example__says_what_a_reload_takes(void **state)
{
    static const char *const reloaded[] = {
        "tls:", "access:", "tenants:", "ceilings:", "drain:", "log:"};
    static const char *const restarted[] = {
        "listen:",    "unix:", "fetch:", "http:",     "results:",   "user:", "state:",
        "resources:", "pool:", "queue:", "profiles:", "languages:", "rpc:",  "sandbox:"};
    static char text[65536];
    FILE *file = fopen(EXAMPLE, "re");

    (void)state;
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file); /* read only */
    for (size_t i = 0; i < BL_ARRAY_LEN(reloaded) + BL_ARRAY_LEN(restarted); i++) {
        bool reload = i < BL_ARRAY_LEN(reloaded);
        const char *key = reload ? reloaded[i] : restarted[i - BL_ARRAY_LEN(reloaded)];
        char line[64];
        const char *at, *mark, *begin;

        (void)snprintf(line, sizeof(line), "\n%s", key);
        at = strstr(text, line);
        assert_non_null(at);
        for (begin = at; begin > text && !(begin[0] == '\n' && begin[-1] == '\n'); begin--)
            ;
        mark = strstr(begin, "[reload]");
        if ((mark && mark < at) != reload)
            fail_msg("%s", key);
    }
}

static void values__are_held_to_their_bounds(void **state)
{
    (void)state;
    expect_wrong("queue:\n  jobs: 0\n", "x.yaml:2: jobs: must be a whole number from 1 to 1000000");
    expect_wrong("queue: {jobs: 1000001}", "from 1 to 1000000");
    expect_wrong("queue: {jobs: -1}", "jobs: must be");
    expect_wrong("queue: {jobs: 1e3}", "jobs: must be");
    expect_wrong("queue: {jobs: [1]}", "jobs: must be");
    expect_wrong("queue: {jobs: auto}", "jobs: must be");
    expect_wrong("queue: {jobs: 18446744073709551617}", "jobs: must be");
    expect_wrong("state: {store_size: 1KiB}", "a size from 1 MiB to");
    expect_wrong("drain: 0", "drain: must be a time from 1 ms to 24 h");
    expect_wrong("drain: 2d", "drain: must be a time");
    expect_wrong("unix: {mode: 0888}", "octal");
    expect_wrong("unix: {mode: 7777}", "octal");
    expect_wrong("log: loud", "error, warning, info or debug");
    expect_wrong("state: {directory: var}", "an absolute path of 2 to 200 bytes");
    expect_wrong("user: \"\"", "a text of 1 to 64 bytes");
    expect_wrong("sandbox: {cgroup: rel}", "an absolute path");
    expect_wrong("user: \"a\\tb\"", "a text of 1 to 64 bytes");
    expect_wrong("resources: {slots: 0}", "auto, or a whole number from 1 to 1024");
    expect_wrong("resources: {share_cores: maybe}", "true or false");
    expect_right("resources: {slots: 1024, share_cores: true}\nunix: {mode: 0600}\nlog: debug");
    assert_int_equal(config.slots, 1024);
    assert_true(config.share_cores);
    assert_int_equal(config.unix_mode, 0600);
    assert_int_equal(config.log_level, BL_LOG_DEBUG);
}

static void keys__unknown_or_doubled_are_refused(void **state)
{
    (void)state;
    expect_wrong("quue: {jobs: 1}", "x.yaml:1: quue: unknown key");
    expect_wrong("queue:\n  jobs: 1\n  job: 2\n", "x.yaml:3: job: unknown key");
    expect_wrong("jobs: 1", "jobs: unknown key"); /* belongs into a section */
    expect_wrong("queue: {listen: []}", "listen: unknown key");
    expect_wrong("drain: 1s\ndrain: 2s\n", "stands twice");
    expect_wrong("queue: 3", "queue: must be a map");
    expect_wrong("[1, 2]", "must be a map");
    expect_wrong("drain: *x", "x.yaml:1: ");
    expect_wrong("\xff", "x.yaml");
}

static void problems__are_told_all_at_once(void **state)
{
    static char many[BL_CONFIG_PROBLEMS_MAX * 40];
    size_t used = 0;

    (void)state;
    assert_int_equal(parse("drain: never\nlog: loud\nnew: 1\nlisten: {}\nceilings: {pids: 0}\n"),
                     -1);
    assert_int_equal(problems.count, 5);
    assert_non_null(strstr(problems.first[0].detail, "x.yaml:1: drain"));
    assert_non_null(strstr(problems.first[1].detail, "x.yaml:2: log"));
    assert_non_null(strstr(problems.first[2].detail, "x.yaml:3: new"));
    assert_non_null(strstr(problems.first[3].detail, "x.yaml:4: listen"));
    assert_non_null(strstr(problems.first[4].detail, "x.yaml:5: pids"));
    for (unsigned i = 0; i < BL_CONFIG_PROBLEMS_MAX + 5; i++)
        used += (size_t)snprintf(many + used, sizeof(many) - used, "unknown%u: 1\n", i);
    assert_int_equal(parse(many), -1);
    assert_int_equal(problems.count, BL_CONFIG_PROBLEMS_MAX + 5);
}

static void listen__is_held_to_who_may_call(void **state)
{
    (void)state;
    expect_right("listen: []");
    assert_int_equal(config.listen_count, 0); /* sockets of systemd alone */
    expect_right("listen: [unix:/a, unix:/b]");
    assert_string_equal(config.listen[1].address, "unix:/b");
    expect_wrong("listen: [127.0.0.1:1]", "needs access.tokens");
    expect_right("listen: [\"127.0.0.1:1\", \"[::1]:2\"]\naccess: {tokens: /t}");
    expect_wrong("listen: [0.0.0.0:1]\naccess: {tokens: /t}", "write tls:0.0.0.0:1");
    expect_wrong("listen: [tls:0.0.0.0:1]\naccess: {tokens: /t}", "needs tls.certificate");
    expect_right("listen: [tls:0.0.0.0:1]\naccess: {tokens: /t}\ntls: {certificate: /c, key: /k}");
    assert_true(config.listen[0].tls);
    assert_string_equal(config.listen[0].address, "0.0.0.0:1");
    expect_right("listen: [tls:0.0.0.0:1]\ntls: {certificate: /c, key: /k, client_authority: /a}");
    /* An authority says nothing of who comes without TLS. */
    expect_wrong("listen: [127.0.0.1:1]\ntls: {certificate: /c, key: /k, client_authority: /a}",
                 "needs access.tokens");
    expect_wrong("listen: [tls:unix:/a]", "no TLS");
    expect_wrong("listen: [unix:/a, unix:/b, unix:/a]", "listen: unix:/a: stands twice");
    expect_wrong("listen: [\"127.0.0.1:1\", \"127.0.0.1:01\"]\naccess: {tokens: /t}", "twice");
    expect_right("listen: [\"127.0.0.1:0\", \"127.0.0.1:0\"]\naccess: {tokens: /t}");
    expect_wrong("http: unix:/a\nlisten: [unix:/a]", "http: unix:/a: stands in listen, too");
    expect_wrong("listen: [fd:3]", "systemd");
    expect_wrong("listen: [localhost:1]\naccess: {tokens: /t}", "must be a number");
    expect_wrong("tls: {key: /k}", "one is of no use");
    expect_wrong("listen: [unix:/1, unix:/2, unix:/3, unix:/4, unix:/5, unix:/6, unix:/7, unix:/8, "
                 "unix:/9]",
                 "at most 8");
}

static void lists__are_read_and_bounded(void **state)
{
    (void)state;
    expect_right(
        "tenants: {alice: 3, bob: 1}\naccess: {users: [root, 1000], groups: judges}\n"
        "fetch: {urls: [https://data.example/], internal_urls: [\"http://10.0.0.1:8080/sets\"]}\n"
        "ceilings: {cpu-time: 60s, memory: 2GiB}\n"
        "profiles: {default: {root: /srv/image, policy: strict}, net: {network: loopback}}");
    assert_int_equal(config.tenant_count, 2);
    assert_string_equal(config.tenants[0].name, "alice");
    assert_int_equal(config.tenants[0].weight, 3);
    assert_string_equal(config.users[1], "1000");
    assert_string_equal(config.groups[0], "judges");
    assert_int_equal(config.url_count, 2);
    assert_false(config.urls[0].is_internal);
    assert_string_equal(config.urls[1].text, "http://10.0.0.1:8080/sets");
    assert_true(config.urls[1].is_internal);
    assert_int_equal(config.ceilings.cpu_time_ns, 60 * BL_NS_PER_S);
    assert_int_equal(config.ceilings.memory_bytes, 2 * BL_GIB);
    assert_int_equal(config.ceilings.pids, 32768);
    assert_int_equal(config.profile_count, 2);
    assert_string_equal(config.profiles[0].policy, "strict");
    assert_string_equal(config.profiles[1].root, "host");
    assert_int_equal(config.profiles[1].network, BL_NETWORK_LOOPBACK);

    expect_wrong("tenants: {alice: 0}", "from 1 to 10000");
    expect_wrong("tenants: {\"a b\": 1}", "A-Z");
    expect_wrong("tenants: {\"\": 1}", "A-Z");
    expect_wrong("tenants: [alice]", "must be a map");
    expect_wrong("ceilings: {cpu: 1}", "no such limit");
    expect_wrong("ceilings: {pids: 40000}", "pids");
    expect_wrong("profiles: {a: {root: image}}", "absolute path");
    expect_wrong("profiles: {a: {network: host}}", "none or loopback");
    expect_wrong("profiles: {a: {image: /x}}", "unknown key");
    expect_wrong("profiles: {a: x}", "must be a map");
    expect_wrong("fetch: {urls: [\"https://\"]}", "fetch: https://");
    expect_wrong("fetch: {urls: [\"https://u@h/\"]}", "fetch: https://u@h/");
    expect_wrong("fetch: {urls: [ftp://data.example/]}", "fetch: ftp://");
    expect_wrong("fetch: {internal_urls: [https://h/?x]}", "fetch: https://h/?x");
    expect_wrong("resources: {cpus: \"3-1\"}", "resources.cpus");
}

static void rules__hold_between_keys(void **state)
{
    (void)state;
    expect_wrong("rpc: {connection_memory: 129MiB}", "rpc.connection_memory");
    expect_wrong("rpc: {message_size: 20MiB, connection_memory: 18MiB}", "rpc.message_size");
    expect_wrong("queue: {jobs: 5, tenant_jobs: 6}", "queue.tenant_jobs");
    expect_wrong("sandbox: {first_id: 4000000000}\nqueue: {jobs: 4294000000}", "jobs");
    expect_wrong("sandbox: {first_id: 4026531841}", "first_id");
    expect_wrong("http: example.org:1", "http: ");
    expect_wrong("profiles: {image: {}}", "must be called default");
}

struct changes {
    char text[512];
};

static void note_change(void *ctx, const char *key, enum bl_config_effect effect)
{
    struct changes *changes = ctx;
    size_t used = strlen(changes->text);

    (void)snprintf(changes->text + used, sizeof(changes->text) - used, "%s%s ", key,
                   effect == BL_CONFIG_RELOAD ? "" : "!");
}

static void change__is_told_key_by_key_with_what_it_takes(void **state)
{
    static const char text[] =
        "drain: 5s\nlog: debug\nstate: {directory: /x}\ntenants: {a: 2}\nlisten: []\n"
        "ceilings: {pids: 5}\nfetch: {urls: [https://h/]}\naccess: {users: [u]}\nprofiles: "
        "{default: {}}\n";
    struct bl_config other;
    struct changes changes = {""};

    (void)state;
    expect_right("");
    assert_int_equal(bl_config_parse(&other, "y", text, strlen(text), &problems), 0);
    bl_config_changed(&config, &other, note_change, &changes);
    assert_string_equal(changes.text, "drain log state.directory! listen! access.users tenants "
                                      "profiles! fetch.urls! ceilings ");
    bl_config_release(&other);
    bl_config_release(&config);
}

static void file__that_is_not_there_is_told(void **state)
{
    (void)state;
    bl_config_release(&config);
    assert_int_equal(bl_config_load(&config, "/nonexistent/bailiffd.yaml", &problems), -1);
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.first[0].sys_errno, ENOENT);
    assert_int_equal(bl_config_load(&config, "/dev/zero", &problems), -1);
    assert_int_equal(problems.first[0].sys_errno, EFBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults__are_what_an_empty_file_gives),
        cmocka_unit_test(defaults__are_within_their_rows_bounds),
        cmocka_unit_test(example__holds_every_key_with_its_default),
        cmocka_unit_test(example__says_what_a_reload_takes),
        cmocka_unit_test(values__are_held_to_their_bounds),
        cmocka_unit_test(keys__unknown_or_doubled_are_refused),
        cmocka_unit_test(problems__are_told_all_at_once),
        cmocka_unit_test(listen__is_held_to_who_may_call),
        cmocka_unit_test(lists__are_read_and_bounded),
        cmocka_unit_test(rules__hold_between_keys),
        cmocka_unit_test(change__is_told_key_by_key_with_what_it_takes),
        cmocka_unit_test(file__that_is_not_there_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
