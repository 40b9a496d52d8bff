# embed_policy.cmake - writes OUTPUT, a C file with the bytes of INPUT as bl_NAME_policy
# (confine_private.h): a process's own walls are no file that could be missing or altered.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n    " bytes "${bytes}")
file(WRITE ${OUTPUT} "/* Generated from executor/daemon/${NAME}.json by embed_policy.cmake. */
#include \"executor/daemon/confine_private.h\"

const char bl_${NAME}_policy[] = {
    ${bytes}
};
const size_t bl_${NAME}_policy_length = sizeof(bl_${NAME}_policy);
")
