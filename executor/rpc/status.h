/* status.h - how a call ended, as gRPC numbers it, and its text on the wire. Pure.
 *
 * grpc-status is the number in decimal. grpc-message is UTF-8 with everything but printable ASCII,
 * and "%" itself, percent-encoded ("Percent-Byte-*" of gRPC over HTTP/2). */
#ifndef BL_RPC_STATUS_H
#define BL_RPC_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"

/* clang-format off */
#define BL_RPC_STATUSES(X)      \
    X(OK,                   0)  \
    X(CANCELLED,            1)  \
    X(UNKNOWN,              2)  \
    X(INVALID_ARGUMENT,     3)  \
    X(DEADLINE_EXCEEDED,    4)  \
    X(NOT_FOUND,            5)  \
    X(ALREADY_EXISTS,       6)  \
    X(PERMISSION_DENIED,    7)  \
    X(RESOURCE_EXHAUSTED,   8)  \
    X(FAILED_PRECONDITION,  9)  \
    X(ABORTED,             10)  \
    X(OUT_OF_RANGE,        11)  \
    X(UNIMPLEMENTED,       12)  \
    X(INTERNAL,            13)  \
    X(UNAVAILABLE,         14)  \
    X(DATA_LOSS,           15)  \
    X(UNAUTHENTICATED,     16)
/* clang-format on */

enum bl_rpc_status {
#define X(name, number) BL_RPC_##name = number,
    BL_RPC_STATUSES(X)
#undef X
};

const char *bl_rpc_status_name(enum bl_rpc_status status); /* "NOT_FOUND" */

/* bl_rpc_status_parse - a grpc-status value. A number that gRPC does not define, or none at all, is
 * UNKNOWN, as gRPC's own clients have it. */
enum bl_rpc_status bl_rpc_status_parse(const char *text);

/* bl_rpc_status_of_http - what an answer without a grpc-status means (gRPC's "HTTP to gRPC Status
 * Code Mapping"): some proxy answered in the server's place. */
enum bl_rpc_status bl_rpc_status_of_http(unsigned http_status);

/* bl_rpc_status_of - the status that a failed call is answered with. CLIENT: INVALID_ARGUMENT;
 * BUSY: RESOURCE_EXHAUSTED; HOST: UNAVAILABLE where another worker, or this one later, would do
 * (the warden is gone, memory ran out), else INTERNAL. */
enum bl_rpc_status bl_rpc_status_of(const struct bl_err *err);

enum {
    BL_RPC_MESSAGE_MAX = 1024,                            /* bytes of a message, without its NUL */
    BL_RPC_MESSAGE_WIRE_MAX = 3 * BL_RPC_MESSAGE_MAX + 1, /* each of them encoded, and a NUL */
};

/* bl_rpc_message_encode - message: at most BL_RPC_MESSAGE_MAX bytes are used, cut between two
 * characters. Returns the length; a NUL stands behind it. */
size_t bl_rpc_message_encode(char wire[BL_RPC_MESSAGE_WIRE_MAX], const char *message);

/* bl_rpc_message_decode - what is no valid encoding is taken as it stands, as the protocol asks;
 * an encoded NUL becomes "?"; what is too long is cut. Returns the length; a NUL stands behind it.
 */
size_t bl_rpc_message_decode(char message[BL_RPC_MESSAGE_MAX + 1], const char *wire);

#endif
