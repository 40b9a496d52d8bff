/* The log's lines: structured, one each, and no outside text can forge a field or a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/log.h"

#define FIELDS(message, ...) \
    ((const struct bl_log_field[]){bl_log_text("msg", message), ##__VA_ARGS__, {.key = NULL}})

static void assert_line(const char *expected, uint64_t now_ns, enum bl_log_level level,
                        const struct bl_log_field *fields)
{
    char line[BL_LOG_LINE_MAX];
    size_t length = bl_log_format(line, now_ns, level, fields);

    assert_int_equal(length, strlen(expected));
    assert_memory_equal(line, expected, length);
}

static void log__line_has_time_level_message_and_fields(void **state)
{
    (void)state;
    assert_line("time=2026-11-22T03:50:00.123Z level=warning msg=\"group left\" path=/a/b n=-16\n",
                1795319400 * BL_NS_PER_S + 123999999, BL_LOG_WARNING,
                FIELDS("group left", bl_log_text("path", "/a/b"), bl_log_number("n", -16)));
    assert_line("time=2554-07-21T23:34:33.709Z level=error msg=x max=9223372036854775807\n",
                UINT64_MAX, BL_LOG_ERROR, FIELDS("x", bl_log_number("max", INT64_MAX)));
}

static void log__journal_gets_a_priority_and_no_time(void **state)
{
    (void)state;
    assert_line("<3>level=error msg=x\n", 0, BL_LOG_ERROR, FIELDS("x"));
    assert_line("<4>level=warning msg=x\n", 0, BL_LOG_WARNING, FIELDS("x"));
    assert_line("<6>level=info msg=x\n", 0, BL_LOG_INFO, FIELDS("x"));
    assert_line("<7>level=debug msg=x\n", 0, BL_LOG_DEBUG, FIELDS("x"));
}

static void log__no_text_forges_a_field_or_a_line(void **state)
{
    static const struct {
        const char *value, *written;
    } cases[] = {
        {"", "\"\""},
        {"plain-1.2/x:y", "plain-1.2/x:y"},
        {"two words", "\"two words\""},
        {"a=b", "\"a=b\""},
        {"say \"no\"", "\"say \\\"no\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"line\nlevel=error", "\"line\\x0alevel=error\""},
        {"\x1b[2J", "\"\\x1b[2J\""},
        {"\x7f", "\"\\x7f\""},
        {"\xc3\xa4", "\"\\xc3\\xa4\""},
        {NULL, "\"\""},
    };
    char expected[128];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        (void)snprintf(expected, sizeof(expected), "<6>level=info msg=x v=%s\n", cases[i].written);
        assert_line(expected, 0, BL_LOG_INFO, FIELDS("x", bl_log_text("v", cases[i].value)));
    }
}

static void log__cuts_a_long_line_and_says_so(void **state)
{
    char line[BL_LOG_LINE_MAX + 1], value[2 * BL_LOG_LINE_MAX + 1];

    (void)state;
    for (size_t length = BL_LOG_LINE_MAX - 64; length < sizeof(value); length += 7) {
        size_t written;

        memset(value, length % 2 ? 'x' : '\n', length);
        value[length] = '\0';
        memset(line, '#', sizeof(line));
        written = bl_log_format(line, 0, BL_LOG_INFO, FIELDS("m", bl_log_text("v", value)));
        assert_in_range(written, 1, BL_LOG_LINE_MAX);
        assert_int_equal(line[written - 1], '\n');
        assert_null(memchr(line, '\n', written - 1));
        assert_int_equal(line[BL_LOG_LINE_MAX], '#');
        if (length > BL_LOG_LINE_MAX)
            assert_memory_equal(line + written - 4, "...\n", 4);
    }
}

static void log__knows_the_journal_by_device_and_inode(void **state)
{
    (void)state;
    assert_true(bl_log_is_journal("8:4711", 8, 4711));
    assert_false(bl_log_is_journal(NULL, 8, 4711));
    assert_false(bl_log_is_journal("", 0, 0));
    assert_false(bl_log_is_journal("8:4712", 8, 4711));
    assert_false(bl_log_is_journal("8:4711 ", 8, 4711));
    assert_false(bl_log_is_journal("8:4711:1", 8, 4711));
    assert_true(
        bl_log_is_journal("18446744073709551615:18446744073709551615", UINT64_MAX, UINT64_MAX));
}

/* Standard error's file for the time of a test. */
struct sink {
    int saved, file;
};

static int divert(void **state)
{
    struct sink *sink = calloc(1, sizeof(*sink));

    assert_non_null(sink);
    sink->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    sink->file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(sink->saved >= 0 && sink->file >= 0);
    assert_int_equal(dup2(sink->file, STDERR_FILENO), STDERR_FILENO);
    *state = sink;
    return 0;
}

static int restore(void **state)
{
    struct sink *sink = *state;

    assert_int_equal(dup2(sink->saved, STDERR_FILENO), STDERR_FILENO);
    bl_close_fd(&sink->saved);
    bl_close_fd(&sink->file);
    free(sink);
    (void)unsetenv("JOURNAL_STREAM");
    bl_log_open(BL_LOG_INFO);
    return 0;
}

static const char *written(const struct sink *sink, char *text, size_t size)
{
    ssize_t length = pread(sink->file, text, size - 1, 0);

    assert_true(length >= 0);
    text[length] = '\0';
    return text;
}

static void log__writes_the_asked_levels_and_keeps_errno(void **state)
{
    char text[1024];

    bl_log_open(BL_LOG_WARNING);
    errno = ENOTTY;
    bl_log(BL_LOG_INFO, "quiet");
    bl_log(BL_LOG_DEBUG, "quieter", bl_log_number("n", 1));
    bl_log(BL_LOG_WARNING, "heard", bl_log_number("n", 2));
    assert_int_equal(errno, ENOTTY);
    (void)written(*state, text, sizeof(text));
    assert_null(strstr(text, "quiet"));
    assert_non_null(strstr(text, "Z level=warning msg=heard n=2\n"));
}

static void log__finds_the_journal_at_standard_error(void **state)
{
    struct stat file;
    char text[1024];

    assert_int_equal(fstat(STDERR_FILENO, &file), 0);
    (void)snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)file.st_dev,
                   (unsigned long long)file.st_ino);
    assert_int_equal(setenv("JOURNAL_STREAM", text, 1), 0);
    bl_log_open(BL_LOG_INFO);
    bl_log(BL_LOG_INFO, "hello");
    assert_string_equal(written(*state, text, sizeof(text)), "<6>level=info msg=hello\n");
}

static void log__tells_an_error_with_step_and_fault(void **state)
{
    struct bl_err err;
    char text[1024];

    (void)bl_fail(&err, BL_STEP_CGROUP_CREATE, EACCES, "s12");
    bl_log_error(BL_LOG_ERROR, "sandbox not made", &err);
    assert_non_null(strstr(written(*state, text, sizeof(text)),
                           "msg=\"sandbox not made\" step=CGROUP_CREATE fault=HOST "
                           "error=\"cannot create a cgroup: s12: Permission denied\"\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log__line_has_time_level_message_and_fields),
        cmocka_unit_test(log__journal_gets_a_priority_and_no_time),
        cmocka_unit_test(log__no_text_forges_a_field_or_a_line),
        cmocka_unit_test(log__cuts_a_long_line_and_says_so),
        cmocka_unit_test(log__knows_the_journal_by_device_and_inode),
        cmocka_unit_test_setup_teardown(log__writes_the_asked_levels_and_keeps_errno, divert,
                                        restore),
        cmocka_unit_test_setup_teardown(log__finds_the_journal_at_standard_error, divert, restore),
        cmocka_unit_test_setup_teardown(log__tells_an_error_with_step_and_fault, divert, restore),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
