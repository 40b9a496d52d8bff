# embed_descriptors.cmake - writes OUTPUT, a C file with the bytes of INPUT, a FileDescriptorSet, as
# bl_proto_descriptors (proto/descriptors.h).
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n    " bytes "${bytes}")
file(WRITE ${OUTPUT} "/* Generated from proto by proto/embed_descriptors.cmake. */
#include \"proto/descriptors.h\"

const unsigned char bl_proto_descriptors[] = {
    ${bytes}
};
const size_t bl_proto_descriptors_length = sizeof(bl_proto_descriptors);
")
