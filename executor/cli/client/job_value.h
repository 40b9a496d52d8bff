/* job_value.h - one scalar of a job file into one value of a message of protobuf-c. Pure. */
#ifndef BL_CLIENT_JOB_VALUE_H
#define BL_CLIENT_JOB_VALUE_H

#include <protobuf-c/protobuf-c.h>

#include "executor/base/yaml.h"

/* bl_job_value_size - of a value of the field's type in memory. */
size_t bl_job_value_size(const ProtobufCFieldDescriptor *field);

/* bl_job_value_read - node into place, by the field's type; no messages. Bytes go to the arena.
 * Fails with file->step, or MEMORY. */
int bl_job_value_read(const struct bl_yaml_file *file, const struct bl_yaml *node,
                      const ProtobufCFieldDescriptor *field, void *place, struct bl_arena *arena,
                      struct bl_err *err);

#endif
