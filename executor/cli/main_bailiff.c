/* bailiff - the command line: one table of subcommands.
 *
 * Runs as whoever calls it; `run` and `judge` need root, start the warden and then give up what
 * they do not need (privilege.h). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/cli/commands.h"
#include "executor/cli/exit_status.h"

static const struct {
    const char *name, *summary;
    int (*run)(char **argv);
} commands[] = {
    {"run", "run one program in a sandbox and report what happened", bl_command_run},
    {"judge", "judge the submissions of a problem package", bl_command_judge},
    {"doctor", "tell what this host has and lacks for isolating and measuring", bl_command_doctor},
    {"selftest", "attack this host from within sandboxes and tell which walls held",
     bl_command_selftest},
};

/* A descriptor that is closed now would be the next file that is opened, and the program would read
 * or write that. */
static int open_missing_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
            return -1;
    }
    return 0;
}

/* The caller's soft limits are for other programs: each sandbox and each collected file is a
 * descriptor, and what is handed over has limits of its own. Programs in sandboxes get theirs. */
static void raise_limits(void)
{
    static const __rlimit_resource_t ours[] = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_AS,
                                               RLIMIT_DATA,   RLIMIT_STACK, RLIMIT_CPU};

    for (size_t i = 0; i < BL_ARRAY_LEN(ours); i++) {
        struct rlimit limit;

        if (getrlimit(ours[i], &limit) < 0 || limit.rlim_cur == limit.rlim_max)
            continue;
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(ours[i], &limit); /* up to the hard one is always allowed */
    }
}

static void print_usage(FILE *to)
{
    fprintf(to, "Usage: bailiff COMMAND [OPTION]...\n\nRuns untrusted programs for those who "
                "grade them.\n\nCommands:\n");
    for (size_t i = 0; i < BL_ARRAY_LEN(commands); i++)
        fprintf(to, "  %-8s  %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "  %-8s  %s\n", "help", "tell about a command: bailiff help COMMAND");
    fprintf(to, "\nOptions:\n  --help      this text\n  --version   the version\n");
}

/* Text that was asked for and could not be written is a failure like another. */
static int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "bailiff: cannot write to standard output: %s\n", strerror(errno));
    return BL_EXIT_BAILIFF;
}

static int run_command(const char *name, char **argv)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(argv);
    }
    fprintf(stderr, "bailiff: \"%s\" is not a command: see `bailiff --help`\n", name);
    return BL_EXIT_BAILIFF;
}

static int help_command(char **argv)
{
    char option[] = "--help", *help_argv[] = {option, NULL};

    if (argv[0])
        return run_command(argv[0], help_argv);
    print_usage(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    int status;

    if (open_missing_streams() < 0)
        return BL_EXIT_BAILIFF;
    raise_limits();
    (void)signal(SIGXFSZ,
                 SIG_IGN); /* an error like others: the signal would look like a program's */
    if (argc < 2) {
        print_usage(stderr);
        return BL_EXIT_BAILIFF;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("bailiff %s\n", BAILIFF_VERSION);
        status = 0;
    } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        status = help_command(argv + 2);
    } else {
        status = run_command(argv[1], argv + 2);
    }
    return finish_output() ? BL_EXIT_BAILIFF : status;
}
