/* test_large_inputs.c - test data of a gigabyte, which lies on a disk and is in no cache: reading
 * it is not charged to the program's memory, whichever way it comes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/support/rig.h"

/* A gigabyte, where the page cache has room for it. */
static uint64_t large_bytes(void)
{
    struct sysinfo machine;

    assert_int_equal(sysinfo(&machine), 0);
    uint64_t quarter = (uint64_t)machine.totalram * machine.mem_unit / 4 / BL_MIB * BL_MIB;
    return quarter < BL_GIB ? quarter : BL_GIB;
}

#define LARGE_FILE BAILIFF_BINARY_DIR "/tests/large-input-XXXXXX"

/* On the disk that the build is on, and cold: the page cache knows nothing of it any more. */
static int make_cold_file(char path[static sizeof(LARGE_FILE)])
{
    size_t block_size = 1 << 20;
    bl_autofree char *block = malloc(block_size);
    int fd = mkstemp(strcpy(path, LARGE_FILE));

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_non_null(block);
    memset(block, 7, block_size);
    for (uint64_t done = 0; done < large_bytes(); done += block_size)
        assert_int_equal(write(fd, block, block_size), block_size);
    assert_int_equal(fdatasync(fd), 0);
    assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void expect_large_is_not_charged(struct bl_rig *rig, struct bl_trial *trial,
                                        const char *path)
{
    struct bl_outcome outcome;
    char expected[64];

    trial->spec.limits.cpu_time_ns = 60 * BL_NS_PER_S;
    trial->spec.limits.wall_time_ns = 600 * BL_NS_PER_S;
    bl_rig_run(rig, trial, &outcome);
    (void)unlink(path); /* what has no name can't be handed over */
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    (void)snprintf(expected, sizeof(expected), "%llu %llu\n", (unsigned long long)large_bytes(),
                   (unsigned long long)large_bytes() / 512 * 7);
    assert_string_equal(outcome.out, expected);
    print_message("peak %llu KiB, of which file %llu KiB at the end\n",
                  (unsigned long long)outcome.result.usage.memory_peak_bytes / 1024,
                  (unsigned long long)outcome.result.usage.memory_file_bytes / 1024);
    if (outcome.result.usage.has_memory_peak)
        assert_true(outcome.result.usage.memory_peak_bytes < 16 * BL_MIB);
    bl_outcome_release(&outcome);
}

static void input__a_large_cold_file_is_not_charged(void **state)
{
    struct bl_rig *rig = bl_rig_of_root(state);
    char path[sizeof(LARGE_FILE)];
    bl_autoclose int file = make_cold_file(path);
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "swallow", "/box/in", NULL);
    bl_trial_add_input(&trial, file, "in");
    expect_large_is_not_charged(rig, &trial, path);
}

static void input__a_large_cold_stdin_is_not_charged(void **state)
{
    struct bl_rig *rig = bl_rig_of_root(state);
    char path[sizeof(LARGE_FILE)];
    bl_autoclose int file = make_cold_file(path);
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "swallow", NULL);
    trial.streams[0] = (struct bl_stream){BL_STREAM_HAND, file};
    expect_large_is_not_charged(rig, &trial, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input__a_large_cold_file_is_not_charged),
        cmocka_unit_test(input__a_large_cold_stdin_is_not_charged),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
