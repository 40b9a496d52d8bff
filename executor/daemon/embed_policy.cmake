# embed_policy.cmake - writes OUTPUT, a C file with the bytes of INPUT, as bl_worker_policy
# (confine_private.h): the worker's own walls are no file that could be missing or altered.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n    " bytes "${bytes}")
file(WRITE ${OUTPUT} "/* Generated from executor/daemon/worker.json by embed_policy.cmake. */
#include \"executor/daemon/confine_private.h\"

const char bl_worker_policy[] = {
    ${bytes}
};
const size_t bl_worker_policy_length = sizeof(bl_worker_policy);
")
