/* job_file.h - a job as people write it: YAML (or JSON, which is YAML) in the field names of
 * job.proto, into a draft. Pure: names of files are noted, none is opened.
 *
 *     steps:
 *       - name: compile
 *         commands:
 *           - compile: {language: cpp}
 *             inputs: [{name: /app/main.cpp, file: main.cpp}]
 *       - name: tests
 *         commands: [{compiled: {step: compile}, limits: {cpu_time_ns: 1s, memory_bytes: 256MiB}}]
 *         cases:
 *           - {name: one, input: 1.in, answer: 1.ans}
 *           - {name: two, input: {inline: "1 2\n"}, answer: {sha256: 53c2...}}
 *         check: {tokens: {}}
 *
 * Which fields there are is read from the schema's own descriptors, so a field that is added there
 * is one here. Beyond the schema: a File may be a path, as a text or as `path:`, relative to the
 * job file's folder; numbers of `_ns` and `_bytes` fields may have a unit (units.h), without one
 * they are what the field's name says; `inline` is the text itself, `sha256` is 64 hex digits. A
 * key without a value is refused: `check:` must not pass everything by silence. */
#ifndef BL_CLIENT_JOB_FILE_H
#define BL_CLIENT_JOB_FILE_H

#include "executor/cli/client/draft.h"

enum {
    BL_JOB_FILE_BYTES_MAX = 16 * 1024 * 1024,
    BL_JOB_FILE_NODES_MAX = 256 * 1024, /* scalars, sequences and maps */
};

/* bl_job_file_parse - bytes into draft->job. name: for messages. folder: that paths are relative
 * to. Fails with JOB_FILE: "job.yaml:12: what is wrong"; MEMORY. */
int bl_job_file_parse(struct bl_draft *draft, const char *name, const char *folder,
                      const char *bytes, size_t length, struct bl_err *err);

/* bl_job_file_read - the file at path, "-": standard input, as job_file_parse. Fails with FILE_READ
 * too. */
int bl_job_file_read(struct bl_draft *draft, const char *path, struct bl_err *err);

#endif
