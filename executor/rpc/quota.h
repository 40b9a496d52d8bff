/* quota.h - how many bytes of other people's data may be held at once.
 *
 * A connection has one, and all connections of a server share its parent, so that neither a peer
 * nor all peers together decide how much memory the worker has. Pure counting: whoever holds bytes
 * takes them here first and gives back exactly as much.
 *
 * A few who hold as much as they can, for as long as they like, must not leave nothing for the
 * others: of a parent each child can have a share that is its own. */
#ifndef BL_RPC_QUOTA_H
#define BL_RPC_QUOTA_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

struct bl_quota {
    size_t used_bytes, max_bytes;
    struct bl_quota *parent; /* NULL: none; borrowed, must outlive this one */
    /* Of a parent. assured_bytes: each child may hold so many, whatever the others do.
     * reserved_bytes: kept for that, within max_bytes; for so many children as there may be.
     * common_bytes: what all of them hold above their shares; counted here. */
    size_t assured_bytes, reserved_bytes, common_bytes;
};

/* How many of a child's used_bytes are above its own share. */
static inline size_t bl_quota_above_share(const struct bl_quota *parent, size_t used_bytes)
{
    return used_bytes > parent->assured_bytes ? used_bytes - parent->assured_bytes : 0;
}

/* bl_quota_take - false, with nothing taken, where it or a parent would go above its maximum, or
 * what is left is the others' share. */
static inline bool bl_quota_take(struct bl_quota *quota, size_t bytes)
{
    struct bl_quota *parent = quota->parent;

    if (bytes > quota->max_bytes - quota->used_bytes)
        return false;
    if (parent) {
        size_t more = bl_quota_above_share(parent, quota->used_bytes + bytes) -
                      bl_quota_above_share(parent, quota->used_bytes);

        if (more > parent->max_bytes - parent->reserved_bytes - parent->common_bytes ||
            !bl_quota_take(parent, bytes))
            return false;
        parent->common_bytes += more;
    }
    quota->used_bytes += bytes;
    return true;
}

static inline void bl_quota_give(struct bl_quota *quota, size_t bytes)
{
    for (; quota; quota = quota->parent) {
        assert(bytes <= quota->used_bytes);
        if (quota->parent)
            quota->parent->common_bytes -=
                bl_quota_above_share(quota->parent, quota->used_bytes) -
                bl_quota_above_share(quota->parent, quota->used_bytes - bytes);
        quota->used_bytes -= bytes;
    }
}

#endif
