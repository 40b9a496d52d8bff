/* admission_heap.c - the pairing heap; see admission_heap.h. */
#include "executor/server/admission_heap.h"

#include <assert.h>

/* Two roots become one: the later is the eldest child of the earlier. */
static struct bl_heap_node *meld(const struct bl_heap *heap, struct bl_heap_node *a,
                                 struct bl_heap_node *b)
{
    if (!a || !b)
        return a ? a : b;
    if (heap->before(b, a)) {
        struct bl_heap_node *earlier = b;

        b = a;
        a = earlier;
    }
    b->next = a->child;
    if (b->next)
        b->next->back = b;
    b->back = a;
    a->child = b;
    a->next = a->back = NULL;
    return a;
}

/* Siblings become one tree: pairs from the left, then all from the right. The pairs wait on a list
 * linked by `next`, so that nothing recurses by the length of a queue. */
static struct bl_heap_node *combine(const struct bl_heap *heap, struct bl_heap_node *first)
{
    struct bl_heap_node *pairs = NULL, *root = NULL;

    while (first) {
        struct bl_heap_node *second = first->next, *rest = second ? second->next : NULL, *pair;

        first->next = first->back = NULL;
        if (second)
            second->next = second->back = NULL;
        pair = meld(heap, first, second);
        pair->next = pairs;
        pairs = pair;
        first = rest;
    }
    while (pairs) {
        struct bl_heap_node *rest = pairs->next;

        pairs->next = NULL;
        root = meld(heap, root, pairs);
        pairs = rest;
    }
    return root;
}

void bl_heap_put(struct bl_heap *heap, struct bl_heap_node *node)
{
    *node = (struct bl_heap_node){.child = NULL};
    heap->root = meld(heap, heap->root, node);
}

void bl_heap_take(struct bl_heap *heap, struct bl_heap_node *node)
{
    struct bl_heap_node *below = combine(heap, node->child);

    if (node == heap->root) {
        heap->root = below;
        return;
    }
    assert(node->back);
    if (node->back->child == node)
        node->back->child = node->next;
    else
        node->back->next = node->next;
    if (node->next)
        node->next->back = node->back;
    heap->root = meld(heap, heap->root, below);
}
