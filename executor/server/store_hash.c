#include "executor/server/store_hash.h"

#include <errno.h>
#include <openssl/evp.h>

/* An EVP_MD_CTX by another name: struct bl_hash is never defined. */
static EVP_MD_CTX *context(struct bl_hash *hash)
{
    return (EVP_MD_CTX *)hash;
}

static int no_memory(struct bl_err *err)
{
    return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a SHA-256 context");
}

int bl_hash_new(struct bl_hash **out, struct bl_err *err)
{
    EVP_MD_CTX *made = EVP_MD_CTX_new();

    if (!made)
        return no_memory(err);
    if (EVP_DigestInit_ex(made, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(made);
        return no_memory(err);
    }
    *out = (struct bl_hash *)made;
    return 0;
}

int bl_hash_add(struct bl_hash *hash, const void *bytes, size_t length, struct bl_err *err)
{
    return EVP_DigestUpdate(context(hash), bytes, length) == 1 ? 0 : no_memory(err);
}

int bl_hash_end(struct bl_hash *hash, struct bl_digest *out, struct bl_err *err)
{
    return EVP_DigestFinal_ex(context(hash), out->bytes, NULL) == 1 ? 0 : no_memory(err);
}

void bl_hash_free(struct bl_hash **hash)
{
    EVP_MD_CTX_free(context(*hash)); /* of NULL: nothing */
    *hash = NULL;
}

int bl_hash_of(const void *bytes, size_t length, struct bl_digest *out, struct bl_err *err)
{
    struct bl_hash *hash;
    int result;

    if (bl_hash_new(&hash, err) != 0)
        return -1;
    result = bl_hash_add(hash, bytes, length, err);
    if (result == 0)
        result = bl_hash_end(hash, out, err);
    bl_hash_free(&hash);
    return result;
}
