/* host_check.h - has this host what a configuration names? (process: worker, or --check-config)
 *
 * Nothing is made, bound or given to anybody here. --check-config asks for all of it; the start
 * finds most of it out where it uses it, and asks here for what would else be told late, or as if
 * it could be there the next time. */
#ifndef BL_DAEMON_HOST_CHECK_H
#define BL_DAEMON_HOST_CHECK_H

#include "executor/daemon/config.h"

/* bl_host_check - notes all that is missing. The configuration may break rules between its keys:
 * those have been told. */
void bl_host_check(const struct bl_config *config, struct bl_config_problems *problems);

/* bl_host_check_socket - can a Unix socket be bound there? Anything else than "unix:" passes. key:
 * for the message. Fails with CONFIG. */
int bl_host_check_socket(const char *key, const char *address, struct bl_err *err);

/* bl_host_check_cgroup - is there a sandbox.cgroup, or none named? Fails with CONFIG, and
 * CGROUP_FIND where it can't be told. */
int bl_host_check_cgroup(const struct bl_config *config, struct bl_err *err);

/* bl_host_check_authority - is fetch.authority a file, or none named, or none needed? Fails with
 * CONFIG. */
int bl_host_check_authority(const struct bl_config *config, struct bl_err *err);

#endif
