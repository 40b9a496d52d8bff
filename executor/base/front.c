#include "executor/base/front.h"

#include <getopt.h>
#include <stdio.h>

static int print(const char *text)
{
    return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? BL_FRONT_FAILED : 0;
}

static int print_version(const struct bl_front *front)
{
    char text[128];

    (void)snprintf(text, sizeof(text), "%s %s\n", front->name, BAILIFF_VERSION);
    return print(text);
}

static int refuse(const struct bl_front *front, const char *word)
{
    (void)fprintf(stderr, "%s: \"%s\" is not an option: see %s --help\n", front->name, word,
                  front->name);
    return BL_FRONT_USAGE;
}

int bl_front_main(const struct bl_front *front, int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'f'},
                                            {"check-config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    const char *config = front->config;

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'f':
            config = optarg;
            break;
        case 'c':
            return front->check(optarg);
        case 'h':
            return print(front->usage);
        case 'v':
            return print_version(front);
        default:
            return BL_FRONT_USAGE;
        }
    }
    return optind < argc ? refuse(front, argv[optind]) : front->serve(config);
}
