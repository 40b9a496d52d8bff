#include "executor/cli/run_options.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"
#include "limits/cgroup_parse.h"

static int take_network(void *place, const struct bl_option *option, const char *text,
                        struct bl_err *err)
{
    enum bl_network *network = place;

    if (strcmp(text, "none") == 0)
        *network = BL_NETWORK_NONE;
    else if (strcmp(text, "loopback") == 0)
        *network = BL_NETWORK_LOOPBACK;
    else
        return bl_fail(err, BL_STEP_OPTION, 0, "--%s: \"%.48s\" is none of: none, loopback",
                       option->name, text);
    return 0;
}

/* online: the list of CPUs as the kernel writes it; empty where it does not tell. */
static void read_online(char online[BL_CPUSET_MAX])
{
    bl_autoclose int fd = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, online, BL_CPUSET_MAX - 1) : 0;

    online[length > 0 ? length : 0] = '\0';
    online[strcspn(online, "\n")] = '\0';
}

static int check_online(const char *list, struct bl_err *err)
{
    char online[BL_CPUSET_MAX];
    struct bl_cgroup_cpus asked, there;

    read_online(online);
    if (!bl_cgroup_parse_cpus(list, strlen(list), &asked) ||
        !bl_cgroup_parse_cpus(online, strlen(online), &there))
        return 0; /* the kernel will say */
    for (size_t i = 0; i < BL_ARRAY_LEN(asked.bits); i++)
        if (asked.bits[i] & ~there.bits[i])
            return bl_fail(err, BL_STEP_OPTION, 0,
                           "cpuset: \"%.48s\" names a CPU that is not there: it takes some of %s",
                           list, online);
    return 0;
}

static int take_cpuset(void *place, const struct bl_option *option, const char *text,
                       struct bl_err *err)
{
    (void)option;
    if (bl_cpuset_check(text, err) < 0 || check_online(text, err) < 0)
        return -1;
    (void)snprintf(place, BL_CPUSET_MAX, "%s", text); /* checked: it fits */
    return 0;
}

static int take_env(void *place, const struct bl_option *option, const char *text,
                    struct bl_err *err)
{
    if (text[0] == '=' || !strchr(text, '='))
        return bl_fail(err, BL_STEP_OPTION, 0, "--%s: \"%.48s\" is not of the form NAME=VALUE",
                       option->name, text);
    return bl_texts_add(place, text, err);
}

static int take_workdir(void *place, const struct bl_option *option, const char *text,
                        struct bl_err *err)
{
    if (text[0] != '/' || strlen(text) >= BL_WORKDIR_MAX)
        return bl_fail(err, BL_STEP_OPTION, 0,
                       "--%s: \"%.48s\" is not an absolute path of less than %d bytes",
                       option->name, text, BL_WORKDIR_MAX);
    *(const char **)place = text;
    return 0;
}

#define AT(field) offsetof(struct bl_run_options, field)

static const struct bl_option cpu_options[] = {
    {"cpuset", "LIST", "CPUs that it may use, such as 0-3,7; default: all that Bailiff may use",
     take_cpuset, AT(limits.cpuset)},
};

static const struct bl_option file_options[] = {
    {"stdin", "FILE", "its standard input; default: Bailiff's own", bl_option_text, AT(stdin_path)},
    {"stdout", "FILE", "created or emptied, then its standard output; default: Bailiff's own",
     bl_option_text, AT(stdout_path)},
    {"stderr", "FILE", "the same for standard error; may be the file of --stdout", bl_option_text,
     AT(stderr_path)},
    {"in", "SRC[:NAME]",
     "a file or a folder that it finds in /box as NAME (default: SRC's own name), read-only and "
     "not copied; an absolute NAME stands where it says. May be repeated",
     bl_option_texts, AT(inputs)},
    {"out", "GLOB[:DEST]",
     "regular files of /box to keep once it has ended, with their folders below DEST (default: "
     "the current folder). ** is every file. Where GLOB has no *, ? or [ and DEST is no folder, "
     "DEST is the file's new name. Nothing matched: FILE_ERROR. May be repeated",
     bl_option_texts, AT(outputs)},
    {"bind", "SRC:DST[:rw]",
     "a file or a folder of the host at the absolute path DST inside; read-only without :rw. May "
     "be repeated",
     bl_option_texts, AT(binds)},
};

static const struct bl_option sandbox_options[] = {
    {"root", "DIR",
     "a root file system (an unpacked OCI image); default: the host's /usr, read-only",
     bl_option_text, AT(root)},
    {"seccomp", "NAME|FILE",
     "system call policy: default, strict, compile, or a file in Docker's (OCI) format",
     bl_option_text, AT(seccomp)},
    {"network", "KIND",
     "none (default) or loopback: its own, and the policy loopback where no other is named",
     take_network, AT(network)},
    {"env", "NAME=VALUE",
     "adds to or replaces in its environment, which is PATH, HOME and LANG and nothing of "
     "Bailiff's. May be repeated",
     take_env, AT(env)},
    {"workdir", "DIR", "where it starts, an absolute path inside; default: /box", take_workdir,
     AT(workdir)},
};

static const struct bl_option report_options[] = {
    {"report", "FILE", "what happened, as JSON (docs/report.md); -: to standard error",
     bl_option_text, AT(report_path)},
    {"quiet", NULL, "no line on standard error about how it ended", bl_option_flag, AT(quiet)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

#define GROUP(heading, rows)                 \
    {                                        \
        heading, rows, BL_ARRAY_LEN(rows), 0 \
    }

/* The first place is for the limits, which another file makes. */
static const struct bl_option_group own_groups[] = {
    GROUP("CPUs", cpu_options),
    GROUP("Files", file_options),
    GROUP("Sandbox", sandbox_options),
    GROUP("Report", report_options),
};

enum { GROUP_COUNT = 1 + BL_ARRAY_LEN(own_groups) };

static struct bl_syntax describe(struct bl_option_group groups[GROUP_COUNT])
{
    groups[0] = bl_limit_option_group(AT(limits));
    memcpy(&groups[1], own_groups, sizeof(own_groups));
    return (struct bl_syntax){
        .command = "run",
        .usage = "[OPTION]... [--] PROGRAM [ARG]...",
        .about = "Runs a program that nobody trusts, once, in a sandbox of its own, and says what "
                 "happened. The status is the program's own; 128 + N where signal N ended it; 124 "
                 "where it broke a limit; 126 or 127 where it could not be executed or found; 125 "
                 "where Bailiff could not run it.",
        .groups = groups,
        .group_count = GROUP_COUNT,
        .operand_ends = true,
    };
}

int bl_run_options_parse(struct bl_run_options *options, char **argv, struct bl_err *err)
{
    struct bl_option_group groups[GROUP_COUNT];
    struct bl_syntax syntax = describe(groups);

    *options = (struct bl_run_options){.limits = bl_limits_default(), .network = BL_NETWORK_NONE};
    if (bl_options_parse(&syntax, options, argv, err) < 0)
        return -1;
    if (!options->help && !argv[0])
        return bl_fail(err, BL_STEP_OPTION, 0, "no program is named: see `bailiff run --help`");
    return 0;
}

void bl_run_options_release(struct bl_run_options *options)
{
    bl_texts_release(&options->inputs);
    bl_texts_release(&options->outputs);
    bl_texts_release(&options->binds);
    bl_texts_release(&options->env);
}

void bl_run_options_describe(bl_syntax_fn *use, void *ctx)
{
    struct bl_option_group groups[GROUP_COUNT];
    struct bl_syntax syntax = describe(groups);

    use(ctx, &syntax);
}
