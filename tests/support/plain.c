#include "tests/support/plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

enum { RUNS = 10 };

static uint64_t time_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * BL_NS_PER_S + (uint64_t)time.tv_usec * BL_NS_PER_US;
}

/* The CPU time of one run; what it wrote is in the file `out`. */
static uint64_t run(char *const argv[], int out)
{
    posix_spawn_file_actions_t actions;
    char *const envp[] = {NULL};
    struct rusage usage;
    int status;
    pid_t pid;

    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn(&pid, argv[0], &actions, NULL, argv, envp), 0);
    assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
    assert_int_equal(wait4(pid, &status, 0, &usage), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    return time_ns(usage.ru_utime) + time_ns(usage.ru_stime);
}

/* What it says to have used. */
static uint64_t own_ns(int out)
{
    char text[64] = "";
    unsigned long long ns;

    assert_true(pread(out, text, sizeof(text) - 1, 0) > 0);
    assert_int_equal(sscanf(text, "%llu ns", &ns), 1);
    return ns;
}

static uint64_t most(char *const argv[], bool less_own)
{
    uint64_t most_ns = 0;

    for (int i = 0; i < RUNS; i++) {
        bl_autoclose int out = memfd_create("out", MFD_CLOEXEC);
        assert_true(out >= 0);
        uint64_t total = run(argv, out), own = less_own ? own_ns(out) : 0;
        if (total > own && total - own > most_ns)
            most_ns = total - own;
    }
    return most_ns;
}

uint64_t bl_plain_cost_ns(void)
{
    static char path[] = BAILIFF_BINARY_DIR "/tests/programs/hello";
    char *const argv[] = {path, NULL};

    return most(argv, false);
}

uint64_t bl_plain_unseen_ns(void)
{
    static char path[] = BAILIFF_BINARY_DIR "/tests/programs/burn", how[] = "alone", one[] = "1";
    char *const argv[] = {path, how, one, one, NULL};

    return most(argv, true);
}
