/* bailiffd - the worker: runs other people's programs for those who call it over gRPC.
 *
 *     bailiffd [--config FILE]          serves (bailiffd(8))
 *     bailiffd --check-config FILE      says whether FILE is right
 *
 * Started by root, as a service: docs/architecture.md tells what it is made of, daemon.h its life.
 */
#include "executor/base/front.h"
#include "executor/daemon/daemon.h"

#define DEFAULT_CONFIG "/etc/bailiff/bailiffd.yaml"

static const char usage[] =
    "Usage: bailiffd [--config FILE]\n"
    "       bailiffd --check-config FILE\n"
    "\n"
    "Runs untrusted programs for those who grade them, on calls over gRPC.\n"
    "\n"
    "Options:\n"
    "  --config FILE        the configuration (" DEFAULT_CONFIG ")\n"
    "  --check-config FILE  say OK, or all that is wrong, and end\n"
    "  --help               this text\n"
    "  --version            the version\n"
    "\n"
    "Signals: SIGTERM drains and ends, SIGHUP reads the configuration again.\n"
    "See bailiffd(8), bailiffd.yaml(5).\n";

int main(int argc, char **argv)
{
    static const struct bl_front bailiffd = {.name = "bailiffd",
                                             .usage = usage,
                                             .config = DEFAULT_CONFIG,
                                             .serve = bl_daemon_main,
                                             .check = bl_daemon_check};

    return bl_front_main(&bailiffd, argc, argv);
}
