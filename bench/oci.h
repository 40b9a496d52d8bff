/* oci.h - a bundle for OCI runtimes: config.json and an empty root with mount points. */
#ifndef BL_BENCH_OCI_H
#define BL_BENCH_OCI_H

#include "bailiff/err.h"

/* bl_oci_bundle - makes `folder` (absolute) a bundle that runs `program` without arguments: the
 * host's system folders read-only, own /proc, /dev and /tmp; pid, mount, network, ipc, uts and
 * cgroup namespaces, uid 65534, no capabilities, memory and pids limited; no seccomp profile.
 * Fails with FILE_WRITE, MEMORY. */
int bl_oci_bundle(const char *folder, const char *program, struct bl_err *err);

#endif
