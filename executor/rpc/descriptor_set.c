#include "executor/rpc/descriptor_set.h"

#include <string.h>

#include "bailiff/own.h"

/* Field numbers of descriptor.proto. */
enum { SET_FILE = 1, ANY_NAME = 1, FILE_PACKAGE = 2, FILE_SERVICE = 6, NEST_MAX = 32 };

enum kind { FILE_KIND, MESSAGE, ENUM, SERVICE, LEAF };

/* Which field of what holds named things of which kind. */
static const struct {
    enum kind parent;
    uint32_t field;
    enum kind child;
} nesting[] = {
    {FILE_KIND, 4, MESSAGE}, {FILE_KIND, 5, ENUM}, {FILE_KIND, FILE_SERVICE, SERVICE},
    {FILE_KIND, 7, LEAF},    {MESSAGE, 2, LEAF},   {MESSAGE, 3, MESSAGE},
    {MESSAGE, 4, ENUM},      {MESSAGE, 6, LEAF},   {MESSAGE, 8, LEAF},
    {ENUM, 2, LEAF},         {SERVICE, 2, LEAF},
};

static bool take_varint(struct bl_span *rest, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && rest->length > 0; shift += 7) {
        uint8_t byte = *rest->bytes++;

        rest->length--;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool take_bytes(struct bl_span *rest, uint64_t length, struct bl_span *taken)
{
    if (length > rest->length)
        return false;
    *taken = (struct bl_span){rest->bytes, (size_t)length};
    rest->bytes += length;
    rest->length -= (size_t)length;
    return true;
}

/* The next field; value: its bytes where it is length-delimited, else of no meaning. False: the
 * end, or bytes that are no message. */
static bool take_field(struct bl_span *rest, uint32_t *field, struct bl_span *value)
{
    uint64_t tag, number;

    if (!take_varint(rest, &tag))
        return false;
    *field = (uint32_t)(tag >> 3);
    switch (tag & 7) {
    case 0:
        *value = (struct bl_span){rest->bytes, 0};
        return take_varint(rest, &number);
    case 1:
        return take_bytes(rest, 8, value);
    case 2:
        return take_varint(rest, &number) && take_bytes(rest, number, value);
    case 5:
        return take_bytes(rest, 4, value);
    default:
        return false;
    }
}

/* The first field of that number; empty: there is none. */
static struct bl_span get(struct bl_span message, uint32_t wanted)
{
    struct bl_span value;
    uint32_t field;

    while (take_field(&message, &field, &value)) {
        if (field == wanted)
            return value;
    }
    return (struct bl_span){message.bytes, 0};
}

/* What is left of a dotted name behind its first part (or parts: a package); NULL: another. */
static const char *behind(const char *symbol, struct bl_span part)
{
    if (strncmp(symbol, (const char *)part.bytes, part.length) != 0)
        return NULL;
    symbol += part.length;
    if (symbol[0] == '.' && symbol[1] != '\0')
        return symbol + 1;
    return *symbol == '\0' ? symbol : NULL;
}

/* symbol: relative to the parent. The depth is that of our own .proto files, bounded all the same.
 */
static bool holds(enum kind parent, struct bl_span message, const char *symbol, unsigned depth)
{
    struct bl_span value;
    uint32_t field;

    if (*symbol == '\0')
        return parent != FILE_KIND;
    while (depth < NEST_MAX && take_field(&message, &field, &value)) {
        for (size_t i = 0; i < BL_ARRAY_LEN(nesting); i++) {
            const char *rest;

            if (nesting[i].parent != parent || nesting[i].field != field)
                continue;
            rest = behind(symbol, get(value, ANY_NAME));
            if (rest && holds(nesting[i].child, value, rest, depth + 1))
                return true;
        }
    }
    return false;
}

bool bl_descriptor_set_file(struct bl_span set, const char *name, struct bl_span *file)
{
    uint32_t field;

    while (take_field(&set, &field, file)) {
        struct bl_span own = get(*file, ANY_NAME);

        if (field == SET_FILE && own.length == strlen(name) &&
            memcmp(own.bytes, name, own.length) == 0)
            return true;
    }
    return false;
}

static bool defines(struct bl_span file, const char *symbol)
{
    struct bl_span package = get(file, FILE_PACKAGE);
    const char *rest;

    if (package.length == 0)
        return holds(FILE_KIND, file, symbol, 0);
    rest = behind(symbol, package);
    return rest && holds(FILE_KIND, file, rest, 0);
}

bool bl_descriptor_set_symbol(struct bl_span set, const char *symbol, struct bl_span *file)
{
    uint32_t field;

    while (take_field(&set, &field, file)) {
        if (field == SET_FILE && defines(*file, symbol))
            return true;
    }
    return false;
}

size_t bl_descriptor_set_services(struct bl_span set, struct bl_service_name *names, size_t room)
{
    struct bl_span file, value;
    uint32_t in_set, in_file;
    size_t count = 0;

    while (take_field(&set, &in_set, &file)) {
        struct bl_span package = get(file, FILE_PACKAGE);

        while (in_set == SET_FILE && take_field(&file, &in_file, &value)) {
            if (in_file != FILE_SERVICE)
                continue;
            if (count < room)
                names[count] = (struct bl_service_name){package, get(value, ANY_NAME)};
            count++;
        }
    }
    return count;
}
