/* descriptors.h - what all .proto files of this folder say, as a serialised
 * google.protobuf.FileDescriptorSet; made by the build. */
#ifndef BL_PROTO_DESCRIPTORS_H
#define BL_PROTO_DESCRIPTORS_H

#include <stddef.h>

extern const unsigned char bl_proto_descriptors[];
extern const size_t bl_proto_descriptors_length;

#endif
