/* bailiffd - the worker: runs other people's programs for those who call it over gRPC.
 *
 *     bailiffd [--config FILE]          serves (bailiffd(8))
 *     bailiffd --check-config FILE      says whether FILE is right
 *
 * Started by root, as a service: docs/architecture.md tells what it is made of, daemon.h its life.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static int print(const char *text)
{
    return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? BL_DAEMON_FAILED : 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'f'},
                                            {"check-config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    const char *config = DEFAULT_CONFIG;

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'f':
            config = optarg;
            break;
        case 'c':
            return bl_daemon_check(optarg);
        case 'h':
            return print(usage);
        case 'v':
            return print("bailiffd " BAILIFF_VERSION "\n");
        default:
            return BL_DAEMON_USAGE;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "bailiffd: \"%s\" is not an option: see bailiffd --help\n",
                      argv[optind]);
        return BL_DAEMON_USAGE;
    }
    return bl_daemon_main(config);
}
