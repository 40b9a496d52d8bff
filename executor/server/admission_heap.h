/* admission_heap.h - a priority queue that never allocates: a pairing heap (Fredman, Sedgewick,
 * Sleator, Tarjan 1986) whose nodes live in their owners.
 *
 * Nothing can fail once an object exists, which is why it is not an array. First and put are O(1),
 * take is O(log n) amortised. */
#ifndef BL_SERVER_ADMISSION_HEAP_H
#define BL_SERVER_ADMISSION_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct bl_heap_node {
    struct bl_heap_node *child, *next; /* the eldest child; the next sibling */
    struct bl_heap_node *back; /* the sibling before, or the parent of the eldest; NULL: the root */
};

/* Does a come before b? Must be the same as long as both are inside. */
typedef bool bl_heap_before(const struct bl_heap_node *a, const struct bl_heap_node *b);

struct bl_heap {
    struct bl_heap_node *root; /* the first of all; NULL: empty */
    bl_heap_before *before;
};

/* bl_heap_put - node: in no heap. */
void bl_heap_put(struct bl_heap *heap, struct bl_heap_node *node);

/* bl_heap_take - node: anywhere in this heap. */
void bl_heap_take(struct bl_heap *heap, struct bl_heap_node *node);

/* bl_heap_of(node, struct x, member) - the object that the node is a member of; NULL of NULL. */
#define bl_heap_of(node, type, member)                                               \
    ({                                                                               \
        struct bl_heap_node *bl_node = (node);                                       \
        bl_node ? (type *)(void *)((char *)bl_node - offsetof(type, member)) : NULL; \
    })

#endif
