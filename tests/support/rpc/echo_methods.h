/* echo_methods.h - what rpc_echo_server offers; messages are plain bytes.
 *
 *     /test.Echo/One     the message
 *     /test.Echo/Many    each message, until the client half-closes
 *     /test.Echo/Count   "N SIZE": N messages of SIZE bytes, each beginning with its number in
 * decimal /test.Echo/Sum     many messages: one, with the sum of their lengths in decimal
 *     /test.Echo/Wait    nothing, until cancelled
 *     /test.Echo/Fail    the status named by metadata "x-status", with the message as its text; and
 *                        a trailer "x-echo" with the value of metadata "x-echo"
 *     /test.Echo/State   "key=value" lines: cancels, buffered, resident (bytes), connections, and
 * who calls (uid, subject, deadline) */
#ifndef TEST_ECHO_METHODS_H
#define TEST_ECHO_METHODS_H

#include "executor/rpc/server.h"

struct echo_methods {
    struct bl_server *server;
    unsigned cancels, waiting;
};

/* The service's ctx: a struct echo_methods. */
extern const struct bl_method echo_methods[];

#endif
