/* Which URLs are allowed and which addresses they may lead to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>
#include <sys/un.h>

#include "bailiff/own.h"
#include "executor/server/store_fetch_url.h"

static void url__is_written_anew(void **state)
{
    static const char *const pairs[][2] = {
        {"http://example.org", "http://example.org:80/"},
        {"HTTPS://Example.ORG", "https://example.org:443/"},
        {"http://example.org:8080/a/b?c=d&e", "http://example.org:8080/a/b?c=d&e"},
        {"http://example.org?x", "http://example.org:80/?x"},
        {"http://example.org:/", "http://example.org:80/"},
        {"http://127.0.0.1/", "http://127.0.0.1:80/"},
        {"https://[::1]/x", "https://[::1]:443/x"},
        {"https://[0:0:0:0:0:0:0:1]:8443", "https://[::1]:8443/"},
        {"http://a-b.c_d.e/%20%C3%A9", "http://a-b.c_d.e:80/%20%C3%A9"},
        {"http://localhost/..x/.y/z..", "http://localhost:80/..x/.y/z.."},
        {"http://h/?/../%2e", "http://h:80/?/../%2e"},
        {"http://h/a@b:c", "http://h:80/a@b:c"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(pairs); i++) {
        struct bl_err err = {0};
        struct bl_url url, again;

        if (bl_url_parse(pairs[i][0], &url, &err) != 0)
            fail_msg("%s: %s", pairs[i][0], err.detail);
        assert_string_equal(url.text, pairs[i][1]);
        assert_int_equal(bl_url_parse(url.text, &again, &err), 0);
        assert_string_equal(again.text, url.text);
    }
}

static const char *const wrong_urls[] = {
    "",
    "example.org/x",
    "//example.org/x",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_",
    "http:/example.org/",
    "http:///x",
    "http://",
    "http://:80/",
    "http://user@example.org/",
    "http://user:word@example.org/",
    "http://example.org@169.254.169.254/",
    "http://example.org\\@evil.org/",
    "http://example.org#@evil.org/",
    "http://example.org/#x",
    "http://example.org/a b",
    "http://example.org/\r\nHost: x",
    "http://example.org/\xc3\xa9",
    "http://ex\xc3\xa4mple.org/",
    "http://example.org./",
    "http://example..org/",
    "http://-example.org/",
    "http://ex%61mple.org/",
    "http://2130706433/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://0177.0.0.1/",
    "http://0x7f.0.0.1/",
    "http://0x7f000001/",
    "http://127.0.0.1.2/",
    "http://256.0.0.1/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[fe80::1%25eth0]/",
    "http://[v1.x]/",
    "http://[]/",
    "http://::1/",
    "http://example.org:0/",
    "http://example.org:65536/",
    "http://example.org:99999999999/",
    "http://example.org:80:80/",
    "http://example.org:8o/",
    "http://example.org:-1/",
    "http://example.org:+80/",
    "http://example.org/a/../b",
    "http://example.org/..",
    "http://example.org/./a",
    "http://example.org/a/.",
    "http://example.org/a/..?x",
    "http://example.org/%2e%2e/b",
    "http://example.org/a%2Fb",
    "http://example.org/a%5cb",
    "http://example.org/a%00b",
    "http://example.org/a%252e",
    "http://example.org/a%",
    "http://example.org/a%2",
    "http://example.org/a%zz",
    "http://example.org/[x]",
};

static void url__refuses_what_parsers_disagree_about(void **state)
{
    struct bl_url url;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong_urls); i++) {
        struct bl_err err = {0};

        if (bl_url_parse(wrong_urls[i], &url, &err) == 0)
            fail_msg("%s became %s", wrong_urls[i], url.text);
        assert_int_equal(err.step, BL_STEP_FETCH);
        assert_int_equal(strncmp(err.detail, "url: ", 5), 0);
    }
}

static void url__length_is_bounded(void **state)
{
    char text[4096] = "http://h/";
    struct bl_err err = {0};
    struct bl_url url;

    (void)state;
    memset(text + 9, 'a', BL_URL_MAX - 9);
    text[BL_URL_MAX] = '\0';
    assert_int_equal(bl_url_parse(text, &url, &err), 0);
    assert_int_equal(strlen(url.text), BL_URL_MAX + 3);
    text[BL_URL_MAX] = 'a';
    assert_int_equal(bl_url_parse(text, &url, &err), -1);
    (void)strcpy(text, "http://");
    memset(text + 7, 'a', 300);
    text[307] = '\0';
    assert_int_equal(bl_url_parse(text, &url, &err), -1);
}

static void url__prefix_decides(void **state)
{
    static const struct bl_url_prefix prefixes[] = {
        {"https://Example.org/data", false},
        {"http://files.internal:8080/tests/", true},
        {"http://10.0.0.5", false},
    };
    static const struct {
        const char *url;
        int prefix;
    } rows[] = {
        {"https://example.org/data", 0},
        {"https://example.org:443/data/", 0},
        {"https://EXAMPLE.org/data/1.in?x=/..", 0},
        {"https://example.org/data?x", 0},
        {"https://example.org/database", -1},
        {"https://example.org/dat", -1},
        {"https://example.org/", -1},
        {"https://example.org/Data/x", -1},
        {"http://example.org/data/x", -1},
        {"https://example.org:444/data/x", -1},
        {"https://example.org.evil.com/data/x", -1},
        {"https://sub.example.org/data/x", -1},
        {"http://files.internal:8080/tests/x/y", 1},
        {"http://files.internal:8080/tests/", 1},
        {"http://files.internal:8080/tests", -1},
        {"http://files.internal/tests/x", -1},
        {"http://10.0.0.5/anything?at=all", 2},
        {"http://10.0.0.50/", -1},
        {"http://169.254.169.254/latest/meta-data/", -1},
    };
    struct bl_err err = {0};

    (void)state;
    assert_int_equal(bl_url_prefixes_check(prefixes, BL_ARRAY_LEN(prefixes), &err), 0);
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        const struct bl_url_prefix *by;
        struct bl_url url;

        assert_int_equal(bl_url_parse(rows[i].url, &url, &err), 0);
        by = bl_url_allowed_by(&url, prefixes, BL_ARRAY_LEN(prefixes));
        if (by != (rows[i].prefix < 0 ? NULL : &prefixes[rows[i].prefix]))
            fail_msg("%s", rows[i].url);
        assert_null(bl_url_allowed_by(&url, NULL, 0));
    }
}

static void url__wrong_prefixes_are_named(void **state)
{
    static const struct bl_url_prefix prefixes[] = {
        {"https://example.org/", false}, {"https://example.org/?x", false}, {"example.org", false}};
    struct bl_err err = {0};

    (void)state;
    assert_int_equal(bl_url_prefixes_check(prefixes, 2, &err), -1);
    assert_int_equal(err.step, BL_STEP_FIELD);
    assert_int_equal(err.index, 1);
    assert_int_equal(bl_url_prefixes_check(prefixes + 2, 1, &err), -1);
    assert_int_equal(err.index, 0);
}

static enum bl_address_kind kind_of(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return bl_address_kind_of((const struct sockaddr *)&v4, sizeof(v4));
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return bl_address_kind_of((const struct sockaddr *)&v6, sizeof(v6));
}

static const struct {
    const char *text;
    enum bl_address_kind kind;
} addresses[] = {
    {"1.1.1.1", BL_ADDRESS_PUBLIC},
    {"9.255.255.255", BL_ADDRESS_PUBLIC},
    {"11.0.0.0", BL_ADDRESS_PUBLIC},
    {"172.15.255.255", BL_ADDRESS_PUBLIC},
    {"172.32.0.0", BL_ADDRESS_PUBLIC},
    {"100.63.255.255", BL_ADDRESS_PUBLIC},
    {"100.128.0.0", BL_ADDRESS_PUBLIC},
    {"223.255.255.255", BL_ADDRESS_PUBLIC},
    {"10.0.0.0", BL_ADDRESS_INTERNAL},
    {"10.255.255.255", BL_ADDRESS_INTERNAL},
    {"172.16.0.1", BL_ADDRESS_INTERNAL},
    {"172.31.255.255", BL_ADDRESS_INTERNAL},
    {"192.168.0.1", BL_ADDRESS_INTERNAL},
    {"100.64.0.1", BL_ADDRESS_INTERNAL},
    {"127.0.0.1", BL_ADDRESS_INTERNAL},
    {"127.255.255.254", BL_ADDRESS_INTERNAL},
    {"0.0.0.0", BL_ADDRESS_SPECIAL},
    {"169.254.169.254", BL_ADDRESS_SPECIAL},
    {"100.100.100.200", BL_ADDRESS_SPECIAL},
    {"168.63.129.16", BL_ADDRESS_SPECIAL},
    {"192.0.0.192", BL_ADDRESS_SPECIAL},
    {"198.18.0.1", BL_ADDRESS_SPECIAL},
    {"198.19.255.255", BL_ADDRESS_SPECIAL},
    {"224.0.0.1", BL_ADDRESS_SPECIAL},
    {"240.0.0.1", BL_ADDRESS_SPECIAL},
    {"255.255.255.255", BL_ADDRESS_SPECIAL},
    {"2606:4700::1111", BL_ADDRESS_PUBLIC},
    {"2a00::1", BL_ADDRESS_PUBLIC},
    {"::1", BL_ADDRESS_INTERNAL},
    {"fc00::1", BL_ADDRESS_INTERNAL},
    {"fdff::1", BL_ADDRESS_INTERNAL},
    {"::", BL_ADDRESS_SPECIAL},
    {"fd00:ec2::254", BL_ADDRESS_SPECIAL},
    {"fe80::1", BL_ADDRESS_SPECIAL},
    {"ff02::1", BL_ADDRESS_SPECIAL},
    {"2001:db8::1", BL_ADDRESS_SPECIAL},
    {"2001::1", BL_ADDRESS_SPECIAL},
    {"2002:7f00:1::", BL_ADDRESS_SPECIAL},
    {"::127.0.0.1", BL_ADDRESS_SPECIAL},
    {"::ffff:127.0.0.1", BL_ADDRESS_INTERNAL},
    {"::ffff:169.254.169.254", BL_ADDRESS_SPECIAL},
    {"::ffff:8.8.8.8", BL_ADDRESS_PUBLIC},
    {"64:ff9b::10.0.0.1", BL_ADDRESS_INTERNAL},
    {"64:ff9b::a9fe:a9fe", BL_ADDRESS_SPECIAL},
    {"64:ff9b::8.8.8.8", BL_ADDRESS_PUBLIC},
    {"64:ff9b:1::8.8.8.8", BL_ADDRESS_SPECIAL},
};

static void address__is_whose(void **state)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in cut = {.sin_family = AF_INET, .sin_addr.s_addr = 0x01010101};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(addresses); i++) {
        if (kind_of(addresses[i].text) != addresses[i].kind)
            fail_msg("%s", addresses[i].text);
    }
    assert_int_equal(bl_address_kind_of((const struct sockaddr *)&local, sizeof(local)),
                     BL_ADDRESS_SPECIAL);
    assert_int_equal(bl_address_kind_of((const struct sockaddr *)&cut, 4), BL_ADDRESS_SPECIAL);
}

static bool is_allowed(const char *text, const struct bl_url_prefix *by, const char *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct bl_url url;
    struct bl_err err;

    assert_int_equal(bl_url_parse(text, &url, &err), 0);
    assert_int_equal(inet_pton(AF_INET, address, &v4.sin_addr), 1);
    return bl_address_allowed(&url, by, (const struct sockaddr *)&v4, sizeof(v4));
}

static void address__of_a_name_is_looked_at(void **state)
{
    static const struct bl_url_prefix foreign = {"http://example.org/", false};
    static const struct bl_url_prefix internal = {"http://example.org/", true};
    static const struct bl_url_prefix named = {"http://169.254.1.1/", false};

    (void)state;
    assert_true(is_allowed("http://example.org/x", &foreign, "1.1.1.1"));
    assert_false(is_allowed("http://example.org/x", &foreign, "10.0.0.1"));
    assert_false(is_allowed("http://example.org/x", &foreign, "127.0.0.1"));
    assert_false(is_allowed("http://example.org/x", &foreign, "169.254.169.254"));
    assert_true(is_allowed("http://example.org/x", &internal, "10.0.0.1"));
    assert_true(is_allowed("http://example.org/x", &internal, "127.0.0.1"));
    assert_false(is_allowed("http://example.org/x", &internal, "169.254.169.254"));
    assert_true(is_allowed("http://169.254.1.1/x", &named, "169.254.1.1"));
    assert_false(is_allowed("http://169.254.1.1/x", &named, "169.254.169.254"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url__is_written_anew),
        cmocka_unit_test(url__refuses_what_parsers_disagree_about),
        cmocka_unit_test(url__length_is_bounded),
        cmocka_unit_test(url__prefix_decides),
        cmocka_unit_test(url__wrong_prefixes_are_named),
        cmocka_unit_test(address__is_whose),
        cmocka_unit_test(address__of_a_name_is_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
