/* timeout.h - the value of grpc-timeout: one to eight digits and a unit (H M S m u n). Pure. */
#ifndef BL_RPC_TIMEOUT_H
#define BL_RPC_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

enum { BL_RPC_TIMEOUT_TEXT_MAX = 10 }; /* eight digits, a unit, a NUL */

/* bl_rpc_timeout_parse - nanoseconds; what would not fit into 64 bits (584 years) is UINT64_MAX.
 * False, with *ns untouched, for anything else than such a value. 0 is one: already over. */
bool bl_rpc_timeout_parse(const char *text, uint64_t *ns);

/* bl_rpc_timeout_format - the finest unit in which eight digits will do, rounded up, so that a
 * server never gives up before its client; returns text. */
const char *bl_rpc_timeout_format(uint64_t ns, char text[BL_RPC_TIMEOUT_TEXT_MAX]);

#endif
