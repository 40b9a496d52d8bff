/* digest.h - the name of a file's content: SHA-256, as 32 bytes or as 64 lower-case hex digits. */
#ifndef BAILIFF_DIGEST_H
#define BAILIFF_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    BL_DIGEST_BYTES = 32,
    BL_DIGEST_TEXT_MAX = 2 * BL_DIGEST_BYTES + 1, /* with its NUL */
};

struct bl_digest {
    uint8_t bytes[BL_DIGEST_BYTES];
};

static inline bool bl_digest_equal(const struct bl_digest *a, const struct bl_digest *b)
{
    return memcmp(a->bytes, b->bytes, BL_DIGEST_BYTES) == 0;
}

/* bl_digest_format - 64 digits and a NUL. Returns text. */
static inline const char *bl_digest_format(const struct bl_digest *digest,
                                           char text[BL_DIGEST_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < BL_DIGEST_BYTES; i++) {
        text[2 * i] = digits[digest->bytes[i] >> 4];
        text[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    text[BL_DIGEST_TEXT_MAX - 1] = '\0';
    return text;
}

/* bl_digest_parse - false, with *out untouched, unless the text is exactly what bl_digest_format()
 * writes: upper case is refused, so that a digest has one spelling and a file one name. */
static inline bool bl_digest_parse(const char *text, struct bl_digest *out)
{
    struct bl_digest digest = {{0}};

    for (size_t i = 0; i < BL_DIGEST_TEXT_MAX - 1; i++) {
        char c = text[i];
        unsigned value;

        if (c >= '0' && c <= '9')
            value = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = (unsigned)(c - 'a' + 10);
        else
            return false;
        digest.bytes[i / 2] = (uint8_t)((unsigned)digest.bytes[i / 2] << 4 | value);
    }
    if (text[BL_DIGEST_TEXT_MAX - 1] != '\0')
        return false;
    *out = digest;
    return true;
}

#endif
