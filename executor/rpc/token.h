/* token.h - bearer tokens of calls. Never logged, and compared so that time tells nothing. Pure. */
#ifndef BL_RPC_TOKEN_H
#define BL_RPC_TOKEN_H

#include <stdbool.h>

/* bl_token_matches - is `authorization` (metadata; NULL: none) "Bearer <token>"? The scheme in any
 * case (RFC 9110, 11.1). An empty token matches nothing. */
bool bl_token_matches(const char *token, const char *authorization);

#endif
