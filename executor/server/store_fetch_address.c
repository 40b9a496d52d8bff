/* Which addresses are whose (IANA's special-purpose address registries). */
#include <arpa/inet.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/server/store_fetch_url.h"

/* The first row that an address lies in decides. */
struct range {
    const char *first;
    unsigned bits;
    enum bl_address_kind kind;
};

static const struct range v4_ranges[] = {
    {"168.63.129.16", 32, BL_ADDRESS_SPECIAL}, /* Azure's host; 100.100.100.200: Alibaba's metadata
                                                */
    {"100.100.100.200", 32, BL_ADDRESS_SPECIAL}, {"10.0.0.0", 8, BL_ADDRESS_INTERNAL},
    {"172.16.0.0", 12, BL_ADDRESS_INTERNAL},     {"192.168.0.0", 16, BL_ADDRESS_INTERNAL},
    {"100.64.0.0", 10, BL_ADDRESS_INTERNAL},     {"127.0.0.0", 8, BL_ADDRESS_INTERNAL},
    {"0.0.0.0", 8, BL_ADDRESS_SPECIAL},          {"169.254.0.0", 16, BL_ADDRESS_SPECIAL},
    {"192.0.0.0", 24, BL_ADDRESS_SPECIAL},       {"192.0.2.0", 24, BL_ADDRESS_SPECIAL},
    {"192.88.99.0", 24, BL_ADDRESS_SPECIAL},     {"198.18.0.0", 15, BL_ADDRESS_SPECIAL},
    {"198.51.100.0", 24, BL_ADDRESS_SPECIAL},    {"203.0.113.0", 24, BL_ADDRESS_SPECIAL},
    {"224.0.0.0", 3, BL_ADDRESS_SPECIAL},        {"0.0.0.0", 0, BL_ADDRESS_PUBLIC},
};

static const struct range v6_ranges[] = {
    {"fd00:ec2::", 32, BL_ADDRESS_SPECIAL}, /* AWS's metadata */
    {"::1", 128, BL_ADDRESS_INTERNAL},      {"fc00::", 7, BL_ADDRESS_INTERNAL},
    {"2001::", 23, BL_ADDRESS_SPECIAL}, /* Teredo and others */
    {"2001:db8::", 32, BL_ADDRESS_SPECIAL}, {"2002::", 16, BL_ADDRESS_SPECIAL},
    {"3fff::", 20, BL_ADDRESS_SPECIAL},     {"2000::", 3, BL_ADDRESS_PUBLIC},
    {"::", 0, BL_ADDRESS_SPECIAL},
};

static bool is_in(const uint8_t *address, const uint8_t *first, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (memcmp(address, first, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ first[whole]) >> (8 - rest) == 0;
}

static enum bl_address_kind look_up(int family, const uint8_t *address, const struct range *ranges)
{
    uint8_t first[16];

    for (;; ranges++) {
        if (inet_pton(family, ranges->first, first) == 1 && is_in(address, first, ranges->bits))
            return ranges->kind; /* the last row takes all */
    }
}

static enum bl_address_kind kind_of_v6(const uint8_t *address)
{
    static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t nat64[16] = {0x00, 0x64, 0xff, 0x9b};

    if (is_in(address, mapped, 96) || is_in(address, nat64, 96))
        return look_up(AF_INET, address + 12, v4_ranges);
    return look_up(AF_INET6, address, v6_ranges);
}

/* The bytes of an address, 4 or 16 of them; 0: of another family. */
static size_t bytes_of(const struct sockaddr *address, size_t length, uint8_t bytes[16])
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (length >= sizeof(v4) && address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        memcpy(bytes, &v4.sin_addr, 4);
        return 4;
    }
    if (length >= sizeof(v6) && address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof(v6));
        memcpy(bytes, &v6.sin6_addr, 16);
        return 16;
    }
    return 0;
}

enum bl_address_kind bl_address_kind_of(const struct sockaddr *address, size_t length)
{
    uint8_t bytes[16];

    switch (bytes_of(address, length, bytes)) {
    case 4:
        return look_up(AF_INET, bytes, v4_ranges);
    case 16:
        return kind_of_v6(bytes);
    default:
        return BL_ADDRESS_SPECIAL;
    }
}

/* Whether the URL's host, which the prefix's is, names this address. */
static bool is_named(const struct bl_url *url, const uint8_t *bytes, size_t count)
{
    uint8_t named[16];

    return url->is_address && count > 0 &&
           inet_pton(count == 4 ? AF_INET : AF_INET6, url->host, named) == 1 &&
           memcmp(named, bytes, count) == 0;
}

bool bl_address_allowed(const struct bl_url *url, const struct bl_url_prefix *by,
                        const struct sockaddr *address, size_t length)
{
    enum bl_address_kind kind = bl_address_kind_of(address, length);
    uint8_t bytes[16];
    size_t count = bytes_of(address, length, bytes);

    if (is_named(url, bytes, count))
        return true;
    return kind == BL_ADDRESS_PUBLIC || (kind == BL_ADDRESS_INTERNAL && by->is_internal);
}
