/* The feeder's configuration: the example is the defaults, and what is wrong is told with its
 * place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/feeder/config.h"

static int parse(struct bl_feeder_config *config, const char *text, struct bl_err *err)
{
    return bl_feeder_config_parse(config, "f.yaml", text, strlen(text), err);
}

static void config__of_nothing_is_the_example(void **state)
{
    struct bl_feeder_config empty, example;
    struct bl_err err;

    (void)state;
    assert_int_equal(parse(&empty, "", &err), 0);
    assert_int_equal(bl_feeder_config_load(
                         &example, BAILIFF_SOURCE_DIR "/executor/feeder/bailiff-feeder.yaml", &err),
                     0);
    assert_string_equal(empty.worker, example.worker);
    assert_string_equal(empty.servers[0], example.servers[0]);
    assert_int_equal(empty.ahead, example.ahead);
    assert_int_equal(empty.tries, example.tries);
    assert_int_equal(empty.ack_wait_ns, example.ack_wait_ns);
    assert_int_equal(empty.look_ns, example.look_ns);
    assert_int_equal(empty.drain_ns, example.drain_ns);
    assert_int_equal(empty.sweep_ns, example.sweep_ns);
    assert_int_equal(empty.log_level, example.log_level);
    bl_feeder_config_release(&empty);
    bl_feeder_config_release(&example);
}

static void config__takes_what_it_says(void **state)
{
    struct bl_feeder_config config;
    struct bl_err err;

    (void)state;
    assert_int_equal(parse(&config,
                           "servers: [tls://q1:4222, tls://q2:4222]\ntries: 3\nack_wait: 1m\n"
                           "tenants: {blue.team: 3}\nworker: 127.0.0.1:50051\n",
                           &err),
                     0);
    assert_string_equal(config.servers[1], "tls://q2:4222");
    assert_null(config.servers[2]);
    assert_int_equal(config.tries, 3);
    assert_int_equal(config.ack_wait_ns, 60 * BL_NS_PER_S);
    assert_int_equal(config.tenant_count, 1);
    assert_string_equal(config.tenants[0].name, "blue.team");
    assert_int_equal(config.tenants[0].weight, 3);
    bl_feeder_config_release(&config);
}

static void config__refuses_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"tries: 0", "f.yaml:1: tries: must be a whole number from 1 to 100"},
        {"\nahed: 1", "f.yaml:2"},
        {"ack_wait: 1s", "must be a time from 2 s to"},
        {"allow_plain: yes", "must be true or false"},
        {"log: loud", "must be error, warning, info or debug"},
        {"servers: [nats://judge.example:4222]", "is not this host"},
        {"servers: [http://127.0.0.1]", "must be nats://host:port"},
        {"servers: ['nats://me:secret@127.0.0.1:4222']", "users and passwords have files"},
        {"servers: []", "no server"},
        {"worker: 10.0.0.1:50051", "stands beside its worker"},
        {"worker: nowhere", "worker:"},
        {"certificate: /a.pem", "one is of no use without the other"},
        {"tenants: {'a b': 1}", "tenant: must be"},
        {"tenants: {a: 0}", "f.yaml:1"},
        {"- a list", "must be a map"},
    };
    struct bl_feeder_config config;
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        assert_int_equal(parse(&config, rows[i].text, &err), -1);
        if (!strstr(err.detail, rows[i].words))
            fail_msg("%s: %s", rows[i].text, err.detail);
    }
}

static void config__takes_remote_servers_in_the_clear_where_that_is_said(void **state)
{
    struct bl_feeder_config config;
    struct bl_err err;

    (void)state;
    assert_int_equal(parse(&config, "servers: [nats://q:4222]\nallow_plain: true\n", &err), 0);
    bl_feeder_config_release(&config);
    assert_int_equal(parse(&config, "servers: [nats://127.evil.example:1]", &err), -1);
    assert_int_equal(parse(&config, "servers: ['nats://localhost.evil.example:1']", &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config__of_nothing_is_the_example),
        cmocka_unit_test(config__takes_what_it_says),
        cmocka_unit_test(config__refuses_what_is_wrong),
        cmocka_unit_test(config__takes_remote_servers_in_the_clear_where_that_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
