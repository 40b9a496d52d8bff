/* decode_text.c - texts, names and digests. UTF-8 without NUL is settled (message.h). */
#include <string.h>

#include "limits/ceilings.h"
#include "proto/decode_private.h"

enum { SHOWN_MAX = 48 }; /* of a text that is refused */

static int check_length(const struct bl_decoder *d, const struct bl_path *path, size_t length,
                        size_t least, size_t most)
{
    if (length < least)
        return bl_fail_at(d->err, path, "is empty");
    if (length > most)
        return bl_fail_at(d->err, path, "%zu bytes are more than %zu", length, most);
    return 0;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int bl_decode_word(const struct bl_decoder *d, const struct bl_path *path, const char *text,
                   size_t least, size_t most, const char *others)
{
    if (check_length(d, path, strlen(text), least, most))
        return -1;
    for (const char *at = text; *at; at++) {
        if (!is_letter_or_digit(*at) && !strchr(others, *at))
            return bl_fail_at(d->err, path, "takes letters, digits and %s only", others);
    }
    return 0;
}

/* C0, DEL, and C1, which terminals obey as well: U+0080 to U+009F are C2 80 to C2 9F. */
static bool has_control_character(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at < 0x20 || *at == 0x7f || (*at == 0xC2 && at[1] < 0xA0))
            return true;
    }
    return false;
}

int bl_decode_label(const struct bl_decoder *d, const struct bl_path *path, const char *text,
                    size_t most)
{
    if (check_length(d, path, strlen(text), 0, most))
        return -1;
    if (has_control_character(text))
        return bl_fail_at(d->err, path, "has a control character");
    return 0;
}

int bl_decode_name(const struct bl_decoder *d, const struct bl_path *path, const char *name,
                   bool absolute_too)
{
    char text[BL_PATH_TEXT_MAX];

    if (*name == '/' && !absolute_too)
        return bl_fail_at(d->err, path, "\"%.*s\" is not relative to the box", SHOWN_MAX, name);
    if (has_control_character(name))
        return bl_fail_at(d->err, path, "has a control character");
    return bl_name_check(bl_path_text(path, text), name, d->err);
}

int bl_decode_digest(const struct bl_decoder *d, const struct bl_path *path,
                     ProtobufCBinaryData digest, const uint8_t **out)
{
    if (digest.len != BL_SHA256_BYTES)
        return bl_fail_at(d->err, path, "%zu bytes: a SHA-256 digest has %d", digest.len,
                          BL_SHA256_BYTES);
    *out = digest.data;
    return 0;
}

int bl_decode_step_name(struct bl_decoder *d, const struct bl_path *path, const char *name,
                        uint32_t *step)
{
    for (uint32_t i = 0; i < d->step; i++) {
        if (strcmp(d->steps[i].name, name) == 0) {
            d->steps[d->step].needs |= UINT64_C(1) << i;
            *step = i;
            return 0;
        }
    }
    return bl_fail_at(d->err, path, "\"%.*s\" is no earlier step", SHOWN_MAX, name);
}
