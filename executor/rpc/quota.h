/* quota.h - how many bytes of other people's data may be held at once.
 *
 * A connection has one, and all connections of a server share its parent, so that neither a peer
 * nor all peers together decide how much memory the worker has. Pure counting: whoever holds bytes
 * takes them here first and gives back exactly as much. */
#ifndef BL_RPC_QUOTA_H
#define BL_RPC_QUOTA_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

struct bl_quota {
    size_t used_bytes, max_bytes;
    struct bl_quota *parent; /* NULL: none; borrowed, must outlive this one */
};

/* bl_quota_take - false, with nothing taken, where it or a parent would go above its maximum. */
static inline bool bl_quota_take(struct bl_quota *quota, size_t bytes)
{
    if (bytes > quota->max_bytes - quota->used_bytes)
        return false;
    if (quota->parent && !bl_quota_take(quota->parent, bytes))
        return false;
    quota->used_bytes += bytes;
    return true;
}

static inline void bl_quota_give(struct bl_quota *quota, size_t bytes)
{
    for (; quota; quota = quota->parent) {
        assert(bytes <= quota->used_bytes);
        quota->used_bytes -= bytes;
    }
}

#endif
