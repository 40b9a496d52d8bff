/* The store's index against a list that is searched from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>

#include "executor/server/store_index.h"

enum { FILES = 64, STEPS = 200000 };

/* What the index should be: files in the order of use, the oldest first, pinned ones apart. */
struct naive {
    struct {
        bool is_there;
        unsigned pins;
        uint64_t size_bytes, used; /* used: a count that grows */
    } files[FILES];
    uint64_t clock;
};

static struct bl_digest digest_of(unsigned file)
{
    struct bl_digest digest = {{0}};

    digest.bytes[0] = (uint8_t)(file & 1); /* few first bytes, many collisions */
    digest.bytes[31] = (uint8_t)file;
    return digest;
}

static int oldest_of(const struct naive *naive)
{
    int oldest = -1;

    for (int i = 0; i < FILES; i++) {
        if (naive->files[i].is_there && naive->files[i].pins == 0 &&
            (oldest < 0 || naive->files[i].used < naive->files[oldest].used))
            oldest = i;
    }
    return oldest;
}

static void expect_same(const struct bl_index *index, const struct naive *naive)
{
    uint64_t bytes = 0, bytes_pinned = 0, files = 0, files_pinned = 0;
    int oldest = oldest_of(naive);

    for (unsigned i = 0; i < FILES; i++) {
        uint64_t footprint = bl_footprint(naive->files[i].size_bytes);
        bool is_pinned = naive->files[i].pins > 0;

        if (!naive->files[i].is_there)
            continue;
        bytes += footprint;
        files++;
        bytes_pinned += is_pinned ? footprint : 0;
        files_pinned += is_pinned;
    }
    assert_int_equal(index->bytes, bytes);
    assert_int_equal(index->files, files);
    assert_int_equal(index->bytes_pinned, bytes_pinned);
    assert_int_equal(index->files_pinned, files_pinned);
    assert_int_equal(oldest < 0, index->oldest == NULL);
    if (oldest >= 0)
        assert_int_equal(index->oldest->digest.bytes[31], oldest);
}

static void step(struct bl_index *index, struct naive *naive)
{
    unsigned file = (unsigned)rand() % FILES;
    struct bl_digest digest = digest_of(file);
    struct bl_entry *entry = bl_index_find(index, &digest);
    uint64_t size = (uint64_t)rand() % 20000;

    assert_int_equal(entry != NULL, naive->files[file].is_there);
    if (!entry) {
        naive->files[file].is_there = true;
        naive->files[file].size_bytes = size;
        naive->files[file].used = ++naive->clock;
        assert_non_null(bl_index_add(index, &digest, size));
        return;
    }
    switch (rand() % 6) {
    case 0:
    case 1:
        bl_index_pin(index, entry);
        naive->files[file].pins++;
        break;
    case 2:
    case 3:
        if (naive->files[file].pins == 0)
            break;
        bl_index_unpin(index, entry);
        if (--naive->files[file].pins == 0)
            naive->files[file].used = ++naive->clock;
        break;
    case 4:
        bl_index_use(index, entry);
        if (naive->files[file].pins == 0)
            naive->files[file].used = ++naive->clock;
        break;
    default:
        if (naive->files[file].pins > 0) {
            bl_index_resize(index, entry, size);
            naive->files[file].size_bytes = size;
        } else {
            bl_index_drop(index, entry);
            naive->files[file].is_there = false;
        }
    }
}

static void index__is_what_a_list_would_be(void **state)
{
    struct naive naive = {0};
    struct bl_index index;
    struct bl_err err;

    (void)state;
    srand(1);
    assert_int_equal(bl_index_init(&index, 8, &err), 0);
    for (unsigned i = 0; i < STEPS; i++) {
        step(&index, &naive);
        expect_same(&index, &naive);
    }
    for (unsigned i = 0; i < FILES; i++) {
        struct bl_digest digest = digest_of(i);

        for (; naive.files[i].pins > 0; naive.files[i].pins--)
            bl_index_unpin(&index, bl_index_find(&index, &digest));
    }
    bl_index_release(&index);
}

static void index__a_dropped_file_lives_until_its_last_pin(void **state)
{
    struct bl_digest digest = digest_of(1);
    struct bl_entry *entry, *again;
    struct bl_index index;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_index_init(&index, 8, &err), 0);
    entry = bl_index_add(&index, &digest, 5000);
    bl_index_pin(&index, entry);
    bl_index_pin(&index, entry);
    bl_index_drop(&index, entry);
    assert_null(bl_index_find(&index, &digest));
    assert_int_equal(index.bytes, 0);
    assert_int_equal(index.files_pinned, 0);
    again = bl_index_add(&index, &digest, 1);
    assert_ptr_equal(bl_index_find(&index, &digest), again);
    bl_index_unpin(&index, entry);
    assert_int_equal(entry->stamp.size_bytes, 5000);
    bl_index_unpin(&index, entry);
    assert_ptr_equal(index.oldest, again);
    assert_int_equal(index.bytes, 4096);
    bl_index_release(&index);
}

static void index__sorts_by_use(void **state)
{
    struct bl_index index;
    struct bl_err err;
    int64_t last = -1;

    (void)state;
    srand(2);
    assert_int_equal(bl_index_init(&index, 8, &err), 0);
    for (unsigned i = 0; i < FILES; i++) {
        struct bl_digest digest = digest_of(i);

        bl_index_add(&index, &digest, 0)->stamp.used_s = rand() % 20;
    }
    assert_int_equal(bl_index_sort(&index, &err), 0);
    for (const struct bl_entry *entry = index.oldest; entry; entry = entry->newer) {
        assert_true(entry->stamp.used_s >= last);
        last = entry->stamp.used_s;
    }
    bl_index_release(&index);
}

static void digest__has_one_spelling(void **state)
{
    static const char *const wrong[] = {
        "",
        "0",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0",
        "000102030405060708090A0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "000102030405060708090g0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        " 00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1/",
    };
    char text[BL_DIGEST_TEXT_MAX];
    struct bl_digest digest, back, untouched = {{7}};

    (void)state;
    for (unsigned i = 0; i < BL_DIGEST_BYTES; i++)
        digest.bytes[i] = (uint8_t)(i * 37);
    assert_true(bl_digest_parse(bl_digest_format(&digest, text), &back));
    assert_true(bl_digest_equal(&digest, &back));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(bl_digest_parse(wrong[i], &untouched));
        assert_int_equal(untouched.bytes[0], 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index__is_what_a_list_would_be),
        cmocka_unit_test(index__a_dropped_file_lives_until_its_last_pin),
        cmocka_unit_test(index__sorts_by_use),
        cmocka_unit_test(digest__has_one_spelling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
