/* bytes.h - values out of a fuzzer's bytes, in their order; zeros when they are used up. */
#ifndef BL_TESTS_FUZZ_BYTES_H
#define BL_TESTS_FUZZ_BYTES_H

#include <stdint.h>
#include <string.h>

struct fuzz_bytes {
    const uint8_t *at;
    size_t left;
};

/* fuzz_take - up to length bytes to `to`, whose rest becomes zeros. */
static inline void fuzz_take(struct fuzz_bytes *bytes, void *to, size_t length)
{
    size_t have = length < bytes->left ? length : bytes->left;

    memset(to, 0, length);
    if (have > 0)
        memcpy(to, bytes->at, have);
    bytes->at += have;
    bytes->left -= have;
}

static inline uint64_t fuzz_number(struct fuzz_bytes *bytes)
{
    uint64_t value;

    fuzz_take(bytes, &value, sizeof(value));
    return value;
}

/* fuzz_below - 0 to count - 1; count at most 256. */
static inline unsigned fuzz_below(struct fuzz_bytes *bytes, unsigned count)
{
    uint8_t value;

    fuzz_take(bytes, &value, 1);
    return value % count;
}

#endif
