/* bailiff - the command line: one table of subcommands.
 *
 * Runs as whoever calls it; `run` and `judge` need root, start the warden and then give up what
 * they do not need (privilege.h). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/beside.h"
#include "executor/cli/commands.h"
#include "executor/cli/exit_status.h"
#include "executor/cli/printable.h"

static const struct {
    const char *name, *summary;
    int (*run)(char **argv); /* NULL: bailiff-client's */
} commands[] = {
    {"run", "run one program in a sandbox and report what happened", bl_command_run},
    {"judge", "judge the submissions of a problem package", bl_command_judge},
    {"doctor", "tell what this host has and lacks for isolating and measuring", bl_command_doctor},
    {"selftest", "attack this host from within sandboxes and tell which walls held",
     bl_command_selftest},
    {"submit", "have a worker run a job, and tell each result as it comes", NULL},
    {"attach", "follow a job that a worker knows", NULL},
    {"cancel", "end a job", NULL},
    {"status", "tell what a worker has and what of it is used", NULL},
    {"files", "put files into a worker's store, get them, ask for them", NULL},
    {"queue", "submit jobs to a durable queue, follow and inspect them", NULL},
    {"completion", "print the completion for a shell", NULL},
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
        fprintf(to, "  %-10s  %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "  %-10s  %s\n", "help", "tell about a command: bailiff help COMMAND");
    fprintf(to, "\nOptions:\n  --help      this text\n  --version   the version\n");
}

/* The commands that talk to a worker are a program of their own: what `bailiff run` does not need
 * (TLS, HTTP/2) would cost it more than half of its start. */
static int run_client(const char *name, char **argv)
{
    char path[PATH_MAX];
    struct bl_err err;
    size_t count = 0;
    char **all;

    while (argv[count])
        count++;
    all = calloc(count + 3, sizeof(*all));
    if (!all)
        bl_err_fill(&err, BL_STEP_MEMORY, ENOMEM, "arguments");
    if (all && bl_beside(path, "bailiff-client", "BAILIFF_CLIENT", BL_STEP_EXEC, &err) == 0) {
        all[0] = path;
        all[1] = (char *)(uintptr_t)name; /* execv(3) only reads them */
        memcpy(all + 2, argv, count * sizeof(*all));
        (void)execv(path, all);
        bl_err_fill(&err, BL_STEP_EXEC, errno, "%s", path);
    }
    free(all);
    bl_complain(&err);
    return BL_EXIT_BAILIFF;
}

static int run_command(const char *name, char **argv)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run ? commands[i].run(argv) : run_client(commands[i].name, argv);
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
    return bl_output_finish() < 0 ? BL_EXIT_BAILIFF : status;
}
