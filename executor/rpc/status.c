#include "executor/rpc/status.h"

#include <string.h>

const char *bl_rpc_status_name(enum bl_rpc_status status)
{
    static const char *const names[] = {
#define X(name, number) [number] = #name,
        BL_RPC_STATUSES(X)
#undef X
    };

    return names[status];
}

enum bl_rpc_status bl_rpc_status_parse(const char *text)
{
    unsigned number = 0;
    size_t length = strlen(text);

    if (length == 0 || length > 2)
        return BL_RPC_UNKNOWN;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return BL_RPC_UNKNOWN;
        number = number * 10 + (unsigned)(*text - '0');
    }
    return number > BL_RPC_UNAUTHENTICATED ? BL_RPC_UNKNOWN : (enum bl_rpc_status)number;
}

enum bl_rpc_status bl_rpc_status_of_http(unsigned http_status)
{
    static const struct {
        unsigned http;
        enum bl_rpc_status status;
    } map[] = {
        {400, BL_RPC_INTERNAL},      {401, BL_RPC_UNAUTHENTICATED}, {403, BL_RPC_PERMISSION_DENIED},
        {404, BL_RPC_UNIMPLEMENTED}, {429, BL_RPC_UNAVAILABLE},     {502, BL_RPC_UNAVAILABLE},
        {503, BL_RPC_UNAVAILABLE},   {504, BL_RPC_UNAVAILABLE},
    };

    for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
        if (map[i].http == http_status)
            return map[i].status;
    }
    return BL_RPC_UNKNOWN;
}

enum bl_rpc_status bl_rpc_status_of(const struct bl_err *err)
{
    switch (bl_step_fault(err->step)) {
    case BL_FAULT_CLIENT:
        return BL_RPC_INVALID_ARGUMENT;
    case BL_FAULT_BUSY:
        return BL_RPC_RESOURCE_EXHAUSTED;
    case BL_FAULT_HOST:
        break;
    }
    return err->step == BL_STEP_MEMORY || err->step == BL_STEP_WARDEN_GONE ? BL_RPC_UNAVAILABLE
                                                                           : BL_RPC_INTERNAL;
}

/* How much of the message is sent: all, or up to the last whole UTF-8 character that fits. */
static size_t length_to_send(const char *message)
{
    size_t length = strnlen(message, BL_RPC_MESSAGE_MAX + 1);

    if (length <= BL_RPC_MESSAGE_MAX)
        return length;
    for (length = BL_RPC_MESSAGE_MAX; length > 0; length--) {
        if (((unsigned char)message[length] & 0xc0) != 0x80)
            break;
    }
    return length;
}

size_t bl_rpc_message_encode(char wire[BL_RPC_MESSAGE_WIRE_MAX], const char *message)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t length = length_to_send(message), out = 0;

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)message[i];

        if (byte >= ' ' && byte <= '~' && byte != '%') {
            wire[out++] = (char)byte;
        } else {
            wire[out++] = '%';
            wire[out++] = digits[byte >> 4];
            wire[out++] = digits[byte & 15];
        }
    }
    wire[out] = '\0';
    return out;
}

static int digit(char text)
{
    if (text >= '0' && text <= '9')
        return text - '0';
    if (text >= 'A' && text <= 'F')
        return text - 'A' + 10;
    return text >= 'a' && text <= 'f' ? text - 'a' + 10 : -1;
}

size_t bl_rpc_message_decode(char message[BL_RPC_MESSAGE_MAX + 1], const char *wire)
{
    size_t out = 0;

    while (*wire && out < BL_RPC_MESSAGE_MAX) {
        int high = *wire == '%' ? digit(wire[1]) : -1;
        int low = high >= 0 ? digit(wire[2]) : -1;

        if (low < 0) {
            message[out++] = *wire++;
        } else {
            message[out++] = high + low > 0 ? (char)(high * 16 + low) : '?';
            wire += 3;
        }
    }
    message[out] = '\0';
    return out;
}
