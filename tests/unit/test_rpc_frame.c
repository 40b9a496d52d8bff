/* gRPC's length-prefixed messages: any split of the bytes gives the same messages, within bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/rpc/frame.h"

static const uint8_t two_messages[] = {0, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 2, 'd', 'e'};

/* Feeds bytes and notes the messages one behind the other, each followed by a dot. */
static enum bl_frame_result feed(struct bl_frame_reader *reader, const uint8_t *bytes,
                                 size_t length, char *seen)
{
    struct bl_frame_message message;
    enum bl_frame_result result;
    /* An allocation of exactly the size, so that reading on is seen. */
    bl_autofree uint8_t *copy = malloc(length > 0 ? length : 1);
    const uint8_t *at = copy;

    assert_non_null(copy);
    memcpy(copy, bytes, length);
    while ((result = bl_frame_reader_read(reader, &at, &length, &message)) == BL_FRAME_MESSAGE) {
        strncat(seen, (const char *)message.bytes, message.length);
        strcat(seen, ".");
    }
    if (result == BL_FRAME_MORE)
        assert_int_equal(length, 0);
    return result;
}

static void frame__any_split_gives_the_same_messages(void **state)
{
    (void)state;
    for (size_t first = 0; first <= sizeof(two_messages); first++) {
        for (size_t second = first; second <= sizeof(two_messages); second++) {
            struct bl_quota quota = {.max_bytes = 64};
            struct bl_frame_reader reader;
            char seen[32] = "";

            bl_frame_reader_init(&reader, 3, &quota);
            assert_int_equal(feed(&reader, two_messages, first, seen), BL_FRAME_MORE);
            assert_int_equal(feed(&reader, two_messages + first, second - first, seen),
                             BL_FRAME_MORE);
            assert_int_equal(
                feed(&reader, two_messages + second, sizeof(two_messages) - second, seen),
                BL_FRAME_MORE);
            assert_string_equal(seen, "abc.de.");
            assert_true(bl_frame_reader_is_between(&reader));
            bl_frame_reader_release(&reader);
            assert_int_equal(quota.used_bytes, 0);
        }
    }
}

static void frame__takes_empty_messages(void **state)
{
    struct bl_quota quota = {.max_bytes = 0};
    struct bl_frame_reader reader;
    char seen[32] = "";

    (void)state;
    bl_frame_reader_init(&reader, 0, &quota);
    assert_int_equal(feed(&reader, (const uint8_t[10]){0}, 10, seen), BL_FRAME_MORE);
    assert_string_equal(seen, "..");
    bl_frame_reader_release(&reader);
}

static void frame__rejects_length_above_max(void **state)
{
    static const struct {
        uint8_t head[5];
        size_t max;
    } rows[] = {
        {{0, 0, 0, 0, 4}, 3},
        {{0, 0, 0, 0, 1}, 0},
        {{0, 0, 0x40, 0, 1}, BL_FRAME_MAX_DEFAULT},
        {{0, 0x80, 0, 0, 0}, BL_FRAME_MAX_CEILING},
        {{0, 0xff, 0xff, 0xff, 0xff}, BL_FRAME_MAX_CEILING},
    };
    struct bl_quota quota = {.max_bytes = SIZE_MAX};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_frame_reader reader;
        char seen[32] = "";

        bl_frame_reader_init(&reader, rows[i].max, &quota);
        assert_int_equal(feed(&reader, rows[i].head, 5, seen), BL_FRAME_TOO_LARGE);
        bl_frame_reader_release(&reader);
    }
}

static void frame__rejects_the_compressed_flag(void **state)
{
    struct bl_quota quota = {.max_bytes = 64};

    (void)state;
    for (unsigned flag = 1; flag < 256; flag++) {
        struct bl_frame_reader reader;
        char seen[32] = "";

        bl_frame_reader_init(&reader, 10, &quota);
        assert_int_equal(feed(&reader, (const uint8_t[]){(uint8_t)flag, 0, 0, 0, 0}, 5, seen),
                         BL_FRAME_COMPRESSED);
    }
}

static void frame__memory_grows_with_what_came_not_with_what_was_declared(void **state)
{
    static const uint8_t begun[] = {0, 0x04, 0, 0, 0, 'x'};
    struct bl_quota quota = {.max_bytes = BL_FRAME_MAX_CEILING};
    struct bl_frame_reader reader;
    char seen[32] = "";

    (void)state;
    bl_frame_reader_init(&reader, BL_FRAME_MAX_CEILING, &quota);
    assert_int_equal(feed(&reader, begun, sizeof(begun), seen), BL_FRAME_MORE);
    assert_in_range(quota.used_bytes, 1, 4096);
    assert_false(bl_frame_reader_is_between(&reader));
    bl_frame_reader_release(&reader);
    assert_int_equal(quota.used_bytes, 0);
}

static void frame__says_when_the_quota_of_the_connection_or_of_all_is_used_up(void **state)
{
    struct bl_quota all = {.max_bytes = 1}, quota = {.max_bytes = 100, .parent = &all};
    struct bl_frame_reader reader;
    char seen[32] = "";

    (void)state;
    bl_frame_reader_init(&reader, 10, &quota);
    assert_int_equal(feed(&reader, two_messages, 6, seen), BL_FRAME_NO_ROOM);
    assert_int_equal(quota.used_bytes, 0);
    assert_int_equal(all.used_bytes, 0);
    bl_frame_reader_release(&reader);
}

static void frame__writes_the_head_that_it_reads(void **state)
{
    uint8_t head[BL_FRAME_HEAD_BYTES];

    (void)state;
    bl_frame_head(head, 0x01020304);
    assert_memory_equal(head, ((const uint8_t[]){0, 1, 2, 3, 4}), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame__any_split_gives_the_same_messages),
        cmocka_unit_test(frame__takes_empty_messages),
        cmocka_unit_test(frame__rejects_length_above_max),
        cmocka_unit_test(frame__rejects_the_compressed_flag),
        cmocka_unit_test(frame__memory_grows_with_what_came_not_with_what_was_declared),
        cmocka_unit_test(frame__says_when_the_quota_of_the_connection_or_of_all_is_used_up),
        cmocka_unit_test(frame__writes_the_head_that_it_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
