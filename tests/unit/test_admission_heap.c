/* The heap against a plain list: the same first one after whatever was put and taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "executor/server/admission_heap.h"
#include "tests/unit/admission_scene.h"

enum { ITEMS = 500, ROUNDS = 200000, DEEP = 300000 };

struct item {
    int value;
    bool inside;
    struct bl_heap_node node;
};

static uint64_t comparisons;

static bool before(const struct bl_heap_node *a, const struct bl_heap_node *b)
{
    const size_t offset = offsetof(struct item, node);

    comparisons++;
    return ((const struct item *)(const void *)((const char *)a - offset))->value <
           ((const struct item *)(const void *)((const char *)b - offset))->value;
}

static int least(const struct item *items)
{
    int value = INT32_MAX;

    for (size_t i = 0; i < ITEMS; i++) {
        if (items[i].inside && items[i].value < value)
            value = items[i].value;
    }
    return value;
}

static void heap__root_is_always_the_first(void **state)
{
    static struct item items[ITEMS];
    struct bl_heap heap = {.before = before};
    uint64_t seed = 42;

    (void)state;
    memset(items, 0, sizeof(items));
    for (size_t round = 0; round < ROUNDS; round++) {
        struct item *item = &items[scene_random(&seed) % ITEMS];
        const struct item *first;

        if (item->inside) {
            bl_heap_take(&heap, &item->node);
        } else {
            item->value = (int)(scene_random(&seed) % 1000); /* some are equal */
            bl_heap_put(&heap, &item->node);
        }
        item->inside = !item->inside;
        first = bl_heap_of(heap.root, struct item, node);
        assert_int_equal(first ? first->value : INT32_MAX, least(items));
    }
}

/* A heap degenerates to one list of children at first; nothing may recurse along it. */
static void heap__empties_in_order_whatever_its_shape(void **state)
{
    static struct item items[DEEP];
    struct bl_heap heap = {.before = before};

    (void)state;
    for (int i = 0; i < DEEP; i++) {
        items[i].value = i % 2 ? i : DEEP - i;
        bl_heap_put(&heap, &items[i].node);
    }
    for (int last = -1; heap.root;) {
        struct item *first = bl_heap_of(heap.root, struct item, node);

        assert_true(first->value >= last);
        last = first->value;
        bl_heap_take(&heap, &first->node);
    }
}

/* Counted, not timed: for each put and take of the first one out of so many. */
static uint64_t comparisons_each(size_t inside)
{
    static struct item items[DEEP];
    struct bl_heap heap = {.before = before};
    uint64_t seed = 9;

    memset(items, 0, sizeof(items));
    comparisons = 0;
    for (size_t i = 0; i < inside; i++) {
        items[i].value = (int)(scene_random(&seed) >> 34);
        bl_heap_put(&heap, &items[i].node);
    }
    for (size_t i = 0; i < 4 * inside; i++) {
        struct item *first = bl_heap_of(heap.root, struct item, node);

        bl_heap_take(&heap, &first->node);
        first->value = (int)(scene_random(&seed) >> 34);
        bl_heap_put(&heap, &first->node);
    }
    return comparisons / (4 * inside);
}

static void heap__work_grows_with_the_logarithm(void **state)
{
    (void)state;
    assert_in_range(comparisons_each(1 << 8), 1, 2 * 8 + 8);
    assert_in_range(comparisons_each(1 << 12), 1, 2 * 12 + 8);
    assert_in_range(comparisons_each(1 << 18), 1, 2 * 18 + 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heap__root_is_always_the_first),
        cmocka_unit_test(heap__empties_in_order_whatever_its_shape),
        cmocka_unit_test(heap__work_grows_with_the_logarithm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
