#include "executor/rpc/token.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

bool bl_token_matches(const char *token, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    unsigned char expected[SHA256_DIGEST_LENGTH], given[SHA256_DIGEST_LENGTH];

    if (!authorization || !*token || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return false;
    authorization += sizeof(scheme) - 1;
    /* Digests have one length: not even the token's is told. */
    (void)SHA256((const unsigned char *)token, strlen(token), expected);
    (void)SHA256((const unsigned char *)authorization, strlen(authorization), given);
    return CRYPTO_memcmp(expected, given, sizeof(expected)) == 0;
}
