/* descriptor_set.h - looking things up in a serialised google.protobuf.FileDescriptorSet. Pure: it
 * walks the wire form, because protobuf-c keeps no descriptors that could be sent. */
#ifndef BL_RPC_DESCRIPTOR_SET_H
#define BL_RPC_DESCRIPTOR_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that lie in the set; lent as long as it. */
struct bl_span {
    const uint8_t *bytes;
    size_t length;
};

/* bl_descriptor_set_file - the FileDescriptorProto of that name ("a/b.proto"). False: none. */
bool bl_descriptor_set_file(struct bl_span set, const char *name, struct bl_span *file);

/* bl_descriptor_set_symbol - the FileDescriptorProto that defines a full name: a service, method,
 * message, field, oneof, enumeration, extension or value. False: none does. */
bool bl_descriptor_set_symbol(struct bl_span set, const char *symbol, struct bl_span *file);

/* A service's package (may be empty) and name. */
struct bl_service_name {
    struct bl_span package, name;
};

/* bl_descriptor_set_services - fills up to `room` names; returns how many services there are. */
size_t bl_descriptor_set_services(struct bl_span set, struct bl_service_name *names, size_t room);

#endif
