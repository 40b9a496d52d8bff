/* reflection.h - grpc.reflection.v1 and v1alpha: what a server offers, for tools like grpcurl. */
#ifndef BL_RPC_REFLECTION_H
#define BL_RPC_REFLECTION_H

#include "executor/rpc/descriptor_set.h"
#include "executor/rpc/service.h"

/* bl_reflection_service - set: a FileDescriptorSet, for instance proto/descriptors.h; borrowed, as
 * is the struct that names it. */
struct bl_service bl_reflection_service(const struct bl_span *set);

#endif
